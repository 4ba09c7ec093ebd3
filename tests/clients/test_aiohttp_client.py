"""The metrics of aiohttp's client: what they say of requests, answers and connections."""

import asyncio
import ssl
import threading

import aiohttp
import pytest

from aioprometheus import Counter, Registry
from aioprometheus.aiohttp import client_trace_config
from support.aiohttp_apps import samples_of
from support.measured_clients import get, in_progress, requests_of, run
from support.processes import DEADLINE


def test_requests():
    async def steps(session, port):
        for method in ("GET", "HEAD", "POST", "OPTIONS", "PURGE"):
            async with session.request(method, "/hello?secret=1") as response:
                await response.read()
        await get(session, "/absent")
        await get(session, "/unavailable")

    registry = run(steps)
    assert requests_of(registry) == {
        ("GET", "200"): 1,
        ("HEAD", "200"): 1,
        ("POST", "200"): 1,
        ("OPTIONS", "200"): 1,
        ("<other>", "200"): 1,
        ("GET", "404"): 1,
        ("GET", "503"): 1,
    }
    durations = samples_of(registry, "http_client_request_duration_seconds_count", "status")
    assert durations == {("200",): 5, ("404",): 1, ("503",): 1}
    assert samples_of(registry, "http_client_errors_total") == {}


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("http://user:password@127.0.0.1:{port}/hello", "127.0.0.1:{port}"),
        ("http://LOCALHOST:{port}/hello?a=b#c", "localhost:{port}"),
        ("http://127.0.0.1:{port}", "127.0.0.1:{port}"),
    ],
)
def test_the_host_is_that_of_the_url_without_credentials(url, host):
    ports = []

    async def steps(session, port):
        ports.append(port)
        async with aiohttp.ClientSession(trace_configs=session.trace_configs) as other:
            await get(other, url.format(port=port))

    registry = run(steps)
    assert set(requests_of(registry, "host")) == {(host.format(port=ports[0]),)}


class Nowhere(aiohttp.TCPConnector):
    async def _create_connection(self, *arguments):
        raise OSError("there is no network here")


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("http://example.org/", "example.org"),
        ("https://example.org:443/", "example.org"),
        ("https://example.org:80/", "example.org:80"),
        ("http://[::1]/", "[::1]"),
        ("http://[::1]:81/", "[::1]:81"),
        ("http://bücher.example/", "xn--bcher-kva.example"),
    ],
)
def test_hosts_without_a_server(url, host):
    async def steps(session, port):
        connector = Nowhere()
        configs = session.trace_configs
        async with aiohttp.ClientSession(connector=connector, trace_configs=configs) as other:
            with pytest.raises(OSError):
                await get(other, url)

    registry = run(steps)
    assert requests_of(registry, "host", "status") == {(host, "error"): 1}


@pytest.mark.parametrize(
    "urls",
    [
        ["http://example.org:443/", "https://example.org/"],
        ["https://example.org/", "http://example.org:443/"],
        ["http://example.org/", "https://example.org:80/"],
    ],
)
def test_the_label_of_a_host_does_not_depend_on_what_came_before(urls):
    async def steps(session, port):
        configs = session.trace_configs
        async with aiohttp.ClientSession(connector=Nowhere(), trace_configs=configs) as other:
            for url in urls:
                with pytest.raises(OSError):
                    await get(other, url)

    hosts = requests_of(run(steps), "host")
    assert len(hosts) == 2 and ("example.org",) in hosts and set(hosts.values()) == {1}


def test_redirects_are_requests_of_their_own():
    async def steps(session, port):
        await get(session, "/moved", params={"to": f"http://localhost:{port}/hello"})
        async with session.post("/moved", params={"to": "/hello"}) as response:
            assert response.method == "GET"
        async with session.post("/seen") as response:
            assert response.method == "GET"
        await get(session, "/moved", params={"to": "/hello"}, allow_redirects=False)
        await get(session, "/nowhere")

    registry = run(steps)
    assert requests_of(registry) == {
        ("GET", "302"): 3,
        ("GET", "200"): 3,
        ("POST", "302"): 1,
        ("POST", "303"): 1,
    }
    hosts = {
        host.partition(":")[0]: count for (host,), count in requests_of(registry, "host").items()
    }
    assert hosts == {"localhost": 1, "127.0.0.1": 7}


def test_the_pool():
    async def steps(session, port):
        connector = aiohttp.TCPConnector(limit=1)
        async with aiohttp.ClientSession(
            session._base_url, connector=connector, trace_configs=session.trace_configs
        ) as other:
            await asyncio.gather(*(get(other, "/hello") for _ in range(5)))

    registry = run(steps)
    (created,) = samples_of(registry, "http_client_connections_created_total").values()
    (reused,) = samples_of(registry, "http_client_connections_reused_total").values()
    assert (created, reused) == (1, 4)
    (count,) = samples_of(registry, "http_client_connection_wait_seconds_count").values()
    (waited,) = samples_of(registry, "http_client_connection_wait_seconds_sum").values()
    assert count == 5 and waited > 0


def test_a_websocket_is_a_request():
    async def steps(session, port):
        async with session.ws_connect("/socket") as socket:
            await socket.receive()

    assert requests_of(run(steps)) == {("GET", "101"): 1}


def test_sessions_and_event_loops_share_a_config():
    registry = Registry()
    config = client_trace_config(registry)

    async def steps(session, port):
        other = aiohttp.ClientSession(session._base_url, trace_configs=[config])
        async with other:
            await asyncio.gather(
                *(get(each, "/hello") for each in (session, other) for _ in range(10))
            )

    arguments = (steps, registry, config, False)
    threads = [threading.Thread(target=run, args=arguments) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(DEADLINE)
    assert requests_of(registry) == {("GET", "200"): 60}
    assert in_progress(registry) == 0


def test_configs_share_the_metrics_of_a_registry():
    registry = Registry()
    configs = [client_trace_config(registry), client_trace_config(registry, const_labels={"a": 1})]

    async def steps(session, port):
        await get(session, "/hello")

    run(steps, registry, trace_configs=configs)
    assert sum(requests_of(registry).values()) == 2


def test_what_a_user_gives_to_a_request_is_there():
    given = []
    registry = Registry()
    config = client_trace_config(registry)

    async def note(session, request, event):
        given.append(request.trace_request_ctx)

    config.on_request_end.append(note)

    async def steps(session, port):
        await get(session, "/hello", trace_request_ctx="of the user")

    run(steps, registry, config)
    assert given == ["of the user"]


def test_hosts_are_bounded():
    registry = Registry()
    config = client_trace_config(registry, max_series=10)

    class Here(aiohttp.abc.AbstractResolver):
        async def resolve(self, host, port=0, family=0):
            return [
                {
                    **{"hostname": host, "host": "127.0.0.1", "port": port},
                    **{"family": 2, "proto": 0, "flags": 0},
                }
            ]

        async def close(self):
            pass

    async def steps(session, port):
        connector = aiohttp.TCPConnector(resolver=Here())
        async with aiohttp.ClientSession(connector=connector, trace_configs=[config]) as other:
            for number in range(200):
                await get(other, f"http://h{number}.example:{port}/hello")

    run(steps, registry, config)
    counts = requests_of(registry, "host")
    assert len(counts) == 11 and counts[("<overflow>",)] == 190
    for name in ("connections_created_total", "connection_wait_seconds_count"):
        assert len(samples_of(registry, f"http_client_{name}", "host")) == 11


def test_options():
    registry = Registry()
    with pytest.raises(TypeError, match="unexpected keyword argument 'bucket'"):
        client_trace_config(registry, bucket=[1])
    with pytest.raises(Exception, match="registry must be a Registry"):
        client_trace_config(ssl)
    config = client_trace_config(
        registry, prefix="shop_", buckets=[1], native=True, const_labels={"app": "x"}
    )

    async def steps(session, port):
        await get(session, "/hello")

    run(steps, registry, config)
    assert samples_of(registry, "shop_http_client_requests_total", "app") == {("x",): 1}
    buckets = samples_of(registry, "shop_http_client_request_duration_seconds_bucket", "le")
    assert set(buckets) == {("1.0",), ("+Inf",)}
    Counter("http_client_requests_in_progress", "another", registry=registry)
    with pytest.raises(ValueError, match=r"is not a Gauge of this client: give prefix="):
        client_trace_config(registry)
