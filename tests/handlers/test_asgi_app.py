"""`make_asgi_app`: methods, mounts, lifespan, websockets, failures, and clients that go away."""

import asyncio
import logging

import pytest
from starlette.applications import Starlette
from starlette.routing import Mount

from aioprometheus import REGISTRY, Counter, Gauge, Registry, asgi, make_asgi_app, render
from support.asgi_driver import drive, hypercorn_server, request, scope_of, serve, uvicorn_server
from support.scrape_servers import Connection, serve_app

ALLOWED = "GET, HEAD, OPTIONS"


class Failing(Registry):
    def get_all(self):
        raise RuntimeError("of the registry")


@pytest.fixture
def registry():
    registry = Registry()
    Counter("c_total", "doc", registry=registry).inc()
    return registry


def answer_of(messages):
    start, body = messages
    assert [m["type"] for m in messages] == ["http.response.start", "http.response.body"]
    return start["status"], dict(start["headers"]), body["body"]


def test_it_is_at_the_top_and_in_asgi():
    assert make_asgi_app is asgi.make_asgi_app
    assert "make_asgi_app" in dir(asgi)


@pytest.mark.parametrize("path", ["/metrics", "/metrics/", "/", "", "/elsewhere"])
@pytest.mark.parametrize("root_path", ["", "/api"])
def test_it_answers_every_path(registry, path, root_path):
    messages = request(make_asgi_app(registry), path, root_path=root_path)
    status, headers, body = answer_of(messages)
    assert (status, body) == (200, render(registry)[0])
    assert headers == {
        b"content-type": b"text/plain; version=0.0.4; charset=utf-8",
        b"vary": b"Accept, Accept-Encoding",
        b"content-length": str(len(body)).encode(),
    }


def test_head(registry):
    _, of_get, body = answer_of(request(make_asgi_app(registry)))
    status, of_head, nothing = answer_of(request(make_asgi_app(registry), method="HEAD"))
    assert (status, nothing) == (200, b"") and body != b""
    assert of_head == of_get


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "TRACE", "get", "BREW"])
def test_other_methods_are_refused(registry, method):
    status, headers, body = answer_of(request(make_asgi_app(registry), method=method))
    assert status == 405 and headers[b"allow"] == ALLOWED.encode()
    assert headers[b"content-length"] == str(len(body)).encode()


def test_options(registry):
    status, headers, body = answer_of(request(make_asgi_app(registry), method="OPTIONS"))
    assert (status, headers, body) == (204, {b"allow": ALLOWED.encode()}, b"")


def test_lifespan(registry):
    messages = [{"type": "lifespan.shutdown"}, {"type": "lifespan.startup"}]
    sent = []

    async def receive():
        return messages.pop()

    async def send(message):
        sent.append(message["type"])

    scope = {"type": "lifespan", "asgi": {"version": "3.0"}, "state": {}}
    asyncio.run(make_asgi_app(registry)(scope, receive, send))
    assert sent == ["lifespan.startup.complete", "lifespan.shutdown.complete"]


def test_a_websocket_is_refused(registry):
    scope = scope_of("/metrics", kind="websocket")
    sent = asyncio.run(drive(make_asgi_app(registry), scope))
    assert sent == [{"type": "websocket.close", "code": 1000}]


def test_another_protocol_is_an_error(registry):
    with pytest.raises(ValueError, match="metrics are served by HTTP, not by 'smtp'"):
        asyncio.run(make_asgi_app(registry)({"type": "smtp"}, None, None))


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_a_scrape_that_fails_is_logged_and_answered(method, caplog):
    status, headers, body = answer_of(request(make_asgi_app(Failing()), method=method))
    assert status == 500 and headers[b"content-type"] == b"text/plain; charset=utf-8"
    said = b"the scrape failed: the log of this service has the reason\n"
    assert headers[b"content-length"] == str(len(said)).encode()
    assert body == (said if method == "GET" else b"")
    [record] = caplog.records
    assert (record.name, record.levelno) == ("aioprometheus.asgi.app", logging.ERROR)
    assert "of the registry" in record.exc_text


def test_a_request_that_is_cancelled_is_not_answered(registry, caplog):
    began = asyncio.Event()

    class Waiting(Gauge):
        async def get_all(self):
            began.set()
            await asyncio.Event().wait()

    Waiting("waiting", "doc", registry=registry)

    async def main():
        task = asyncio.create_task(drive(make_asgi_app(registry), scope_of()))
        await began.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(main())
    assert caplog.records == []


def test_a_client_that_has_gone_is_no_error(registry, caplog):
    async def send(message):
        raise OSError("gone")  # what servers raise, by the specification

    asyncio.run(make_asgi_app(registry)(scope_of(), None, send))
    assert caplog.records == []


def test_bytes_that_are_no_ascii(registry):
    headers = [(b"Accept", b"\xff\xfe"), (b"ACCEPT-ENCODING", b"\xe9, gzip")]
    messages = request(make_asgi_app(registry), headers=headers, query_string=b"name[]=\xff")
    status, headers, _ = answer_of(messages)
    assert status == 200 and headers[b"content-encoding"] == b"gzip"


def test_a_scope_without_a_query(registry):
    scope = scope_of()
    del scope["query_string"]
    assert asyncio.run(drive(make_asgi_app(registry), scope))[0]["status"] == 200


def test_the_default_registry_is_looked_up_at_the_request(registry, monkeypatch):
    app = make_asgi_app()
    assert answer_of(request(app))[2] == render(REGISTRY)[0]
    monkeypatch.setattr("aioprometheus.collectors.REGISTRY", registry)
    assert answer_of(request(app))[2] == render(registry)[0]


def test_repr(registry):
    assert repr(make_asgi_app(registry)) == f"<MetricsApp of {registry!r}>"
    assert repr(make_asgi_app(Registry())).startswith("<MetricsApp of <Registry")
    assert repr(make_asgi_app()) == "<MetricsApp of the registry around it>"


@pytest.mark.parametrize("server", [uvicorn_server, hypercorn_server])
@pytest.mark.parametrize("root_path", ["", "/api"])
def test_mounted(registry, server, root_path):
    """Starlette redirects from /metrics to /metrics/, as for all that is mounted."""
    app = Starlette(routes=[Mount("/metrics", make_asgi_app(registry))])

    async def with_root(scope, receive, send):
        # As a server with this option.
        path = root_path + scope.get("path", "")
        await app(dict(scope, root_path=root_path, path=path), receive, send)

    async def use(client):
        for path in ("/metrics", "/metrics/", "/metrics/?name[]=c_total"):
            response = await client.get(path, follow_redirects=root_path == "")
            if root_path and path == "/metrics":
                assert response.headers["location"].endswith("/api/metrics/")
                continue
            assert response.status_code == 200, path
            assert response.content == render(registry)[0]
        assert (await client.post("/metrics/")).status_code == 405

    serve(with_root, use, server)


@pytest.mark.parametrize("server", [uvicorn_server, hypercorn_server])
def test_a_body_of_a_request_is_left_alone(registry, server):
    """The next request on the connection is read right, or the connection ends."""
    body = b"GET /none HTTP/1.1\r\n\r\n" * 2

    def ask(port):
        with Connection(port) as connection:
            connection.send(headers=[("Content-Length", str(len(body)))], last=False)
            connection.socket.sendall(body)
            first = connection.answer()
            try:
                connection.send()
                return first, connection.answer()
            except (ConnectionError, OSError):
                return first, first

    async def use(client):
        for answer in await asyncio.to_thread(ask, client.port):
            assert (answer.status, answer.body) == (200, render(registry)[0])

    serve_app(make_asgi_app(registry), use, server)


def test_clients_that_leave_while_it_is_rendered(registry):
    began, go_on = asyncio.Event(), asyncio.Event()

    class Waiting(Gauge):
        async def get_all(self):
            began.set()
            await go_on.wait()
            return [({}, 1)]

    Waiting("waiting", "doc", registry=registry)

    def leave(port):
        connection = Connection(port)
        connection.send()
        return connection

    async def use(client):
        connection = await asyncio.to_thread(leave, client.port)
        await began.wait()
        connection.socket.close()
        go_on.set()
        answer = await client.ask()
        assert answer.status == 200 and b"waiting 1\n" in answer.body

    serve_app(make_asgi_app(registry), use)
