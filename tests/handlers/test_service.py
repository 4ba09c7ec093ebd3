"""The service: its routes, its URLs, and its handlers."""

from __future__ import annotations

import ssl
import subprocess
import sys
import unittest.mock
from pathlib import Path
from typing import Any

import aiohttp
import aiohttp.web
import pytest

from aioprometheus import REGISTRY, Registry, renderer
from aioprometheus.service import DEFAULT_METRICS_PATH, METRICS_URL_KEY, Service
from support.certificates import certificate
from support.loops import run
from support.services import TEXT_HEADERS, assert_as_before_start, fetch, make_registry


def test_defaults() -> None:
    assert DEFAULT_METRICS_PATH == "/metrics"
    assert Service().registry is REGISTRY


@pytest.mark.parametrize("registry", ["nope", {}, [], None])
def test_registry_is_checked(registry: Any) -> None:
    with pytest.raises(Exception, match="registry must be a Registry, got: ") as caught:
        Service(registry)
    assert str(caught.value) == f"registry must be a Registry, got: {registry}"


def test_registry_may_be_a_subclass() -> None:
    class Mine(Registry):
        pass

    assert isinstance(Service(Mine()).registry, Mine)


def test_no_url_before_the_start() -> None:
    assert_as_before_start(Service(Registry()))


def test_routes() -> None:
    async def scenario() -> None:
        server = Service(make_registry())
        await server.start(addr="127.0.0.1")
        base = server.base_url
        assert base.startswith("http://127.0.0.1:")
        assert server.root_url == f"{base}/"
        assert server.metrics_url == f"{base}/metrics"

        metrics = (
            "# HELP requests_total Requests.\n"
            "# TYPE requests_total counter\n"
            'requests_total{path="/"} 1\n'
        )
        response, body = await fetch("GET", server.metrics_url)
        assert (response.status, body) == (200, metrics)
        assert response.headers.getall("Content-Type") == [TEXT_HEADERS]

        response, body = await fetch("GET", server.root_url)
        assert response.status == 200
        assert response.headers["Content-Type"] == "text/html; charset=utf-8"
        assert body == "<html><body><a href='/metrics'>metrics</a></body></html>"

        response, body = await fetch("GET", f"{base}/robots.txt")
        assert response.status == 200
        assert response.headers["Content-Type"] == "text/plain; charset=utf-8"
        assert body == "User-agent: *\nDisallow: /\n"

        for path in ("/metrics", "/", "/robots.txt"):
            answer, _ = await fetch("GET", base + path)
            response, body = await fetch("HEAD", base + path)
            assert (response.status, body) == (200, "")
            assert response.headers["Content-Type"] == answer.headers["Content-Type"]
            assert response.headers["Content-Length"] == answer.headers["Content-Length"]

        response, _ = await fetch("POST", server.metrics_url)
        assert response.status == 405
        response, _ = await fetch("GET", f"{base}/nothing")
        assert response.status == 404
        await server.stop()

    run(scenario())


def test_accept_headers_reach_the_renderer() -> None:
    async def scenario() -> None:
        server = Service(make_registry())
        await server.start(addr="127.0.0.1")
        answer = (b"x 1\n", {"Content-Type": "text/plain; version=0.0.4"})
        with unittest.mock.patch.object(renderer, "render_async", return_value=answer) as render:
            headers = [("Accept", "text/plain"), ("Accept", "*/*;q=0.1")]
            headers += [("Accept-Encoding", "br"), ("Accept-Encoding", "zstd;q=0.5")]
            url = f"{server.metrics_url}?name[]=a&x=y&name[]=b"
            response, body = await fetch("GET", url, headers=headers)
        render.assert_called_once_with(
            server.registry,
            ["text/plain", "*/*;q=0.1"],
            accept_encoding=["br", "zstd;q=0.5"],
            names=["a", "b"],
        )
        assert body == "x 1\n"
        assert response.headers["Content-Type"] == "text/plain; version=0.0.4"
        await server.stop()

    run(scenario())


@pytest.mark.parametrize(
    ("path", "link"),
    [
        ("/custom/path", "/custom/path"),
        ("/a'b", "/a&#x27;b"),
        ("/'><script>alert(1)</script>", "/&#x27;&gt;&lt;script&gt;alert(1)&lt;/script&gt;"),
        ("/a&copy", "/a&amp;copy"),
    ],
)
def test_metrics_path_is_escaped_in_the_root_page(path: str, link: str) -> None:
    async def scenario() -> None:
        server = Service(make_registry())
        await server.start(addr="127.0.0.1", metrics_url=path)
        assert server.metrics_url == server.base_url + path
        _, body = await fetch("GET", server.root_url)
        assert body == f"<html><body><a href='{link}'>metrics</a></body></html>"
        response, body = await fetch("GET", server.metrics_url)
        assert response.status == 200
        assert "requests_total" in body
        await server.stop()

    run(scenario())


def test_handlers_can_be_used_in_another_application() -> None:
    async def scenario() -> None:
        server = Service(make_registry())
        app = aiohttp.web.Application()
        app[METRICS_URL_KEY] = "/elsewhere"
        app.router.add_get("/", server.handle_root)
        app.router.add_get("/elsewhere", server.handle_metrics)
        app.router.add_get("/robots.txt", server.handle_robots)
        runner = aiohttp.web.AppRunner(app)
        await runner.setup()
        await aiohttp.web.TCPSite(runner, "127.0.0.1", 0).start()
        host, port = runner.addresses[0]
        _, body = await fetch("GET", f"http://{host}:{port}/")
        assert "href='/elsewhere'" in body
        _, body = await fetch("GET", f"http://{host}:{port}/elsewhere")
        assert body.startswith("# HELP requests_total")
        await runner.cleanup()

    run(scenario())


def test_ipv6() -> None:
    async def scenario() -> None:
        server = Service(make_registry())
        try:
            await server.start(addr="::1")
        except OSError as exc:
            pytest.skip(f"NOT TESTED with IPv6, which this machine does not have: {exc}")
        assert server.base_url.startswith("http://[::1]:")
        response, body = await fetch("GET", server.metrics_url)
        assert response.status == 200
        assert "requests_total" in body
        await server.stop()

    run(scenario())


def test_all_interfaces_by_default() -> None:
    async def scenario() -> None:
        server = Service(make_registry())
        await server.start()
        response, _ = await fetch("GET", server.metrics_url)
        assert response.status == 200
        await server.stop()

    run(scenario())


def test_https(tmp_path: Path) -> None:
    trusted, key = certificate(tmp_path)

    async def scenario() -> None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(trusted, key)
        server = Service(make_registry())
        await server.start(addr="127.0.0.1", ssl=context)
        assert server.metrics_url.startswith("https://127.0.0.1:")
        trusting = ssl.create_default_context(cafile=str(trusted))
        response, body = await fetch("GET", server.metrics_url, ssl=trusting)
        assert response.status == 200
        assert "requests_total" in body
        await server.stop()

        await server.start(addr="127.0.0.1")
        assert server.metrics_url.startswith("http://127.0.0.1:")
        await server.stop()
        assert_as_before_start(server)

    run(scenario())


@pytest.mark.parametrize("module", ["service", "pusher"])
def test_import_without_aiohttp(module: str) -> None:
    program = f"import sys; sys.modules['aiohttp'] = None; import aioprometheus.{module}"
    result = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False, timeout=60
    )
    assert result.returncode == 1
    assert result.stderr.splitlines()[-1] == (
        "ImportError: `aiohttp` could not be imported. "
        "Did you install `aioprometheus` with the `aiohttp` extra?"
    )
