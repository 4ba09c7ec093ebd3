"""The metrics of httpx's clients: what they say of requests, answers and connections."""

import asyncio
import threading

import httpx
import pytest

from aioprometheus import Counter, Registry
from aioprometheus.httpx import AsyncMetricsTransport, MetricsTransport
from support.aiohttp_apps import samples_of
from support.measured_clients import CLIENTS, Sync, http_server, in_progress, requests_of
from support.processes import DEADLINE


@pytest.fixture(scope="module")
def port():
    with http_server() as port:
        yield port


@pytest.fixture(params=CLIENTS.values(), ids=CLIENTS)
def steps(request):
    return request.param


def test_requests(steps, port):
    registry = Registry()
    base = f"http://user:password@127.0.0.1:{port}"
    requests = [("GET", "/hello?secret=1"), ("POST", "/hello"), ("PURGE", "/x"), ("GET", "/absent")]
    statuses = steps.send(requests, steps.outer(registry=registry), base_url=base)
    assert statuses == [200, 200, 200, 404]
    host = f"127.0.0.1:{port}"
    assert requests_of(registry, "method", "host", "status") == {
        ("GET", host, "200"): 1,
        ("POST", host, "200"): 1,
        ("<other>", host, "200"): 1,
        ("GET", host, "404"): 1,
    }
    counts = samples_of(registry, "http_client_request_duration_seconds_count", "status")
    assert counts == {("200",): 3, ("404",): 1}
    assert in_progress(registry) == 0
    assert samples_of(registry, "http_client_connections_created_total", "host") == {(host,): 1}
    assert samples_of(registry, "http_client_connections_reused_total", "host") == {(host,): 3}
    assert samples_of(registry, "http_client_connection_wait_seconds_count", "host") == {(host,): 4}


def test_redirects_are_requests_of_their_own(steps, port):
    registry = Registry()
    base = f"http://127.0.0.1:{port}"
    to = f"/moved?to=/moved%3Fto=http://localhost:{port}/hello"
    sent = steps.send(
        [("GET", to)] * 3, steps.outer(registry=registry), base_url=base, follow_redirects=True
    )
    assert sent == [200] * 3
    assert requests_of(registry, "host", "status") == {
        (f"127.0.0.1:{port}", "302"): 6,
        (f"localhost:{port}", "200"): 3,
    }
    reused = samples_of(registry, "http_client_connections_reused_total", "host")
    assert sum(reused.values()) == 7


def test_mounts_and_a_proxy(port):
    registry = Registry()
    proxied = httpx.HTTPTransport(proxy=f"http://user:password@127.0.0.1:{port}")
    mounts = {
        "all://one.example": MetricsTransport(proxied, registry),
        "all://": MetricsTransport(registry=registry),
    }
    with httpx.Client(mounts=mounts) as client:
        assert client.get("http://one.example/hello").status_code == 200
        assert client.get(f"http://127.0.0.1:{port}/hello").status_code == 200
    assert requests_of(registry, "host") == {("one.example",): 1, (f"127.0.0.1:{port}",): 1}
    created = samples_of(registry, "http_client_connections_created_total", "host")
    assert set(created.values()) == {1}


def test_an_application_as_a_transport():
    registry = Registry()

    async def app(scope, receive, send):
        await send({"type": "http.response.start", "status": 201, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    async def main():
        transport = AsyncMetricsTransport(httpx.ASGITransport(app), registry)
        async with httpx.AsyncClient(transport=transport, base_url="https://x:443") as client:
            await client.get("/")

    asyncio.run(main())
    assert requests_of(registry, "host", "status") == {("x", "201"): 1}


def test_the_traces_of_a_user(steps, port):
    registry = Registry()
    events = []

    def note(name, info):
        events.append(name)

    async def note_later(name, info):
        events.append(name)

    class Traced:
        """The requests of a client that has a trace."""

        def request(self, method, url):
            return httpx.Request(
                method, url, extensions={"trace": note if isinstance(steps, Sync) else note_later}
            )

    url = f"http://127.0.0.1:{port}/hello"
    request = Traced().request("GET", url)
    own = request.extensions["trace"]

    async def main():
        async with httpx.AsyncClient(transport=steps.outer(registry=registry)) as client:
            await client.send(request)

    if isinstance(steps, Sync):
        with httpx.Client(transport=steps.outer(registry=registry)) as client:
            client.send(request)
    elif steps.backend == "trio":
        pytest.importorskip("trio").run(main)
    else:
        asyncio.run(main())
    assert request.extensions["trace"] is own
    begins = [event.rpartition(".")[0] for event in events if event.endswith(".started")]
    assert begins == list(dict.fromkeys(begins))
    assert "connection.connect_tcp" in begins and "http11.receive_response_body" in begins
    created = samples_of(registry, "http_client_connections_created_total")
    assert sum(created.values()) == 1


def test_transports_are_entered_and_closed(steps):
    seen = []

    class Inner(httpx.MockTransport):
        def __init__(self):
            super().__init__(lambda request: httpx.Response(200))

        def __enter__(self):
            seen.append("enter")
            return self

        def __exit__(self, *arguments):
            seen.append("exit")

        def close(self):
            seen.append("close")

        async def __aenter__(self):
            return self.__enter__()

        async def __aexit__(self, *arguments):
            self.__exit__()

        async def aclose(self):
            self.close()

    transport = steps.outer(Inner(), Registry())
    assert steps.send([("GET", "http://x/")], transport) == [200]
    assert seen == ["enter", "exit"]
    if isinstance(steps, Sync):
        transport.close()
        assert seen.pop() == "close"
    assert "Inner" in repr(transport)


def test_threads_share_a_transport(port):
    registry = Registry()
    with httpx.Client(transport=MetricsTransport(registry=registry)) as client:

        def get():
            for _ in range(20):
                client.get(f"http://127.0.0.1:{port}/hello")

        threads = [threading.Thread(target=get) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(DEADLINE)
    assert requests_of(registry) == {("GET", "200"): 80}
    made = samples_of(registry, "http_client_connections_created_total", "host")
    again = samples_of(registry, "http_client_connections_reused_total", "host")
    assert sum(made.values()) + sum(again.values()) == 80
    assert in_progress(registry) == 0


def test_hosts_are_bounded():
    registry = Registry()
    inner = httpx.MockTransport(lambda request: httpx.Response(200))
    with httpx.Client(transport=MetricsTransport(inner, registry)) as client:
        for number in range(3_000):
            client.get(f"http://h{number}.example/")
    counts = requests_of(registry, "host")
    assert len(counts) == 1_001 and counts[("<overflow>",)] == 2_000


def test_options(steps):
    registry = Registry()
    with pytest.raises(TypeError, match="unexpected keyword argument 'bucket'"):
        steps.outer(registry=registry, bucket=[1])
    with pytest.raises(Exception, match="registry must be a Registry"):
        steps.outer(registry=steps)
    Counter("http_client_requests_in_progress", "another", registry=registry)
    with pytest.raises(ValueError, match=r"MetricsTransport: .* is not a Gauge of this client"):
        steps.outer(registry=registry)
    steps.outer(registry=registry, prefix="own_", const_labels={"a": 1})
    reused = registry.collectors["own_http_client_connections_reused_total"]
    assert reused.doc == "Requests on a connection that was already open"


def test_a_stream_is_measured_up_to_its_head(port):
    registry = Registry()
    with (
        httpx.Client(transport=MetricsTransport(registry=registry)) as client,
        client.stream("GET", f"http://127.0.0.1:{port}/hello") as response,
    ):
        assert in_progress(registry) == 0 and requests_of(registry) == {("GET", "200"): 1}
        assert b"".join(response.iter_raw()) == b"hello"
