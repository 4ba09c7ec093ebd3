"""`make_wsgi_app`: the rules of WSGI, threads, time limits, gevent, Flask and Django."""

import asyncio
import gzip
import io
import logging
import subprocess
import sys
import textwrap
import threading
import wsgiref.util
import wsgiref.validate
from concurrent.futures import ThreadPoolExecutor

import pytest

from aioprometheus import REGISTRY, Counter, CounterFamily, Gauge, Registry, make_wsgi_app, render
from support.scrape_servers import Connection, _ask, wsgi_server


class Failing(Registry):
    def get_all(self):
        raise RuntimeError("of the registry")


@pytest.fixture
def registry():
    registry = Registry()
    Counter("c_total", "doc", registry=registry).inc()
    return registry


def ask(app, method="GET", query="", **headers):
    """Ask an application, and have the standard library judge both sides."""
    environ = {
        "REQUEST_METHOD": method,
        "QUERY_STRING": query,
        "PATH_INFO": "/metrics",
        "SCRIPT_NAME": "",
    }
    environ |= {f"HTTP_{name.upper()}": value for name, value in headers.items()}
    environ["wsgi.input"] = io.BytesIO()
    wsgiref.util.setup_testing_defaults(environ)
    begun = []
    answer = wsgiref.validate.validator(app)(
        environ, lambda status, headers, exc=None: begun.append((status, dict(headers)))
    )
    body = b"".join(answer)
    answer.close()
    [(status, headers)] = begun
    return status, headers, body


def test_get_and_head(registry):
    app = make_wsgi_app(registry)
    status, headers, body = ask(app)
    assert (status, body) == ("200 OK", render(registry)[0])
    assert headers == {
        "Content-Type": "text/plain; version=0.0.4; charset=utf-8",
        "Vary": "Accept, Accept-Encoding",
        "Content-Length": str(len(body)),
    }
    assert ask(app, "HEAD") == ("200 OK", headers, b"")


def test_names_and_compression(registry):
    Gauge("g", "doc", registry=registry).set(1)
    query = "name[]=c_total&name%5B%5D=nothing"
    status, headers, body = ask(make_wsgi_app(registry), query=query, accept_encoding="gzip")
    assert (status, headers["Content-Encoding"]) == ("200 OK", "gzip")
    assert gzip.decompress(body) == render(registry, names=["c_total"])[0]


@pytest.mark.filterwarnings("ignore:Unknown REQUEST_METHOD")
@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "TRACE", "BREW"])
def test_other_methods_are_refused(registry, method):
    status, headers, body = ask(make_wsgi_app(registry), method)
    assert status == "405 Method Not Allowed" and headers["Allow"] == "GET, HEAD, OPTIONS"
    assert headers["Content-Length"] == str(len(body))


def test_options(registry):
    answer = ask(make_wsgi_app(registry), "OPTIONS")
    assert answer == ("204 No Content", {"Allow": "GET, HEAD, OPTIONS"}, b"")


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_a_scrape_that_fails_is_logged_and_answered(method, caplog):
    status, headers, body = ask(make_wsgi_app(Failing()), method)
    said = b"the scrape failed: the log of this service has the reason\n"
    assert status == "500 Internal Server Error"
    assert headers == {
        "Content-Type": "text/plain; charset=utf-8",
        "Content-Length": str(len(said)),
    }
    assert body == (said if method == "GET" else b"")
    [record] = caplog.records
    assert (record.name, record.levelno) == ("aioprometheus.wsgi", logging.ERROR)
    assert "of the registry" in record.exc_text


def test_the_default_registry_is_looked_up_at_the_request(registry, monkeypatch):
    app = make_wsgi_app()
    assert ask(app)[2] == render(REGISTRY)[0]
    monkeypatch.setattr("aioprometheus.collectors.REGISTRY", registry)
    assert ask(app)[2] == render(registry)[0]


def test_repr(registry):
    assert repr(make_wsgi_app(registry)) == f"<MetricsApp of {registry!r}>"
    assert repr(make_wsgi_app()) == "<MetricsApp of the default registry>"


class Collecting:
    """A collector whose call waits until the test lets it go."""

    def __init__(self):
        self.go_on = threading.Event()

    def collect(self):
        self.go_on.wait()
        yield CounterFamily("collected_total", "doc", value=1)


class CollectingAsync:
    async def collect(self):
        await asyncio.Event().wait()
        yield CounterFamily("collected_total", "doc", value=1)


class Stubborn:
    """It goes on when it is cancelled."""

    async def collect(self):
        while True:
            try:
                await asyncio.sleep(3600)
            except asyncio.CancelledError:
                continue


@pytest.mark.parametrize("make", [Collecting, CollectingAsync])
@pytest.mark.parametrize("limit", ["of the scraper", "of the handler", "of the collector"])
def test_time_limits(registry, make, limit, caplog):
    collector = make()
    registry.register(collector, timeout=0.05 if limit == "of the collector" else 3600)
    headers = {}
    if limit == "of the scraper":
        headers["x_prometheus_scrape_timeout_seconds"] = "0.05"
    app = make_wsgi_app(registry, timeout=0.05 if limit == "of the handler" else None)
    _, _, body = ask(app, **headers)
    assert b"c_total 1\n" in body and b"collected_total" not in body
    assert b"aioprometheus_collector_errors_total" in body
    [record] = caplog.records
    assert "TimeoutError" in record.exc_text or "Overdue" in record.exc_text
    if make is Collecting:
        collector.go_on.set()


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_what_goes_on_when_it_is_cancelled_is_left_behind(registry, caplog):
    registry.register(Stubborn(), timeout=0.05)
    for _ in range(2):
        assert b"c_total 1\n" in ask(make_wsgi_app(registry))[2]


def test_collectors_are_asked(registry):
    class Async:
        async def collect(self):
            await asyncio.sleep(0)
            yield CounterFamily("a_total", "doc", value=1)

    class Sync:
        def collect(self):
            yield CounterFamily("b_total", "doc", value=1)

    registry.register(Async())
    registry.register(Sync())
    Gauge("g", "doc", registry=registry).set_function(lambda: 5)
    body = ask(make_wsgi_app(registry))[2]
    assert all(line in body for line in (b"a_total 1\n", b"b_total 1\n", b"\ng 5\n"))

    async def under_a_loop():
        with pytest.warns(RuntimeWarning, match="has to be awaited"):
            return ask(make_wsgi_app(registry))[2]

    body = asyncio.run(under_a_loop())
    assert b"a_total" not in body and b"b_total 1\n" in body and b"\ng 5\n" in body


def test_the_event_loop_of_the_thread_stays(registry):
    registry.register(CollectingAsync(), timeout=0.01)
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    try:
        ask(make_wsgi_app(registry))
        assert asyncio.get_event_loop_policy().get_event_loop() is loop
    finally:
        asyncio.set_event_loop(None)
        loop.close()


def test_threads(registry):
    counter = Counter("hits_total", "doc", registry=registry)
    Gauge("g", "doc", registry=registry).set_function(lambda: 5)
    app = make_wsgi_app(registry)

    def scrape(number):
        counter.inc({"n": str(number % 50)})
        status, _, body = ask(app, accept_encoding="gzip")
        return status == "200 OK" and b"\ng 5\n" in gzip.decompress(body)

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(scrape, range(200)))
    assert ask(app)[2] == render(registry)[0]
    assert sum(value for _, value in counter.get_all()) == 200


def test_a_body_of_a_request_is_left_alone(registry):
    with wsgi_server(make_wsgi_app(registry)) as port:
        with Connection(port) as connection:
            connection.send("POST", headers=[("Content-Length", "5")])
            connection.socket.sendall(b"12345")
            assert connection.answer().status == 405
        assert _ask(port).body == render(registry)[0]


GEVENT = """
    from gevent import monkey
    monkey.patch_all()
    import asyncio, time
    import gevent
    from gevent.pywsgi import WSGIServer
    from urllib.request import urlopen
    from aioprometheus import Counter, CounterFamily, Registry, make_wsgi_app

    registry = Registry()
    Counter("c_total", "doc", registry=registry).inc()

    class Sync:
        def collect(self):
            time.sleep(0.01)
            yield CounterFamily("sync_total", "doc", value=1)

    registry.register(Sync())
    server = WSGIServer(("127.0.0.1", 0), make_wsgi_app(registry), log=None)
    server.start()
    url = f"http://127.0.0.1:{server.server_port}/metrics"

    def scrape():
        with urlopen(url) as answer:
            return answer.read()

    def all_of(count):
        jobs = [gevent.spawn(scrape) for _ in range(count)]
        return [job.get() for job in jobs]

    for body in all_of(1) + all_of(20):
        assert b"c_total 1\\n" in body and b"sync_total 1\\n" in body, body

    class Async:
        async def collect(self):
            await asyncio.sleep(0.01)
            yield CounterFamily("async_total", "doc", value=1)

    registry.register(Async())
    [body] = all_of(1)
    assert b"async_total 1\\n" in body and b"sync_total 1\\n" in body, body
    server.stop()
    print("served")
"""


def test_gevent():
    pytest.importorskip("gevent", reason="gevent is not there for this Python")
    command = [sys.executable, "-c", textwrap.dedent(GEVENT)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout, done.stderr) == (0, "served\n", "")
