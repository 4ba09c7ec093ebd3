"""All handlers under real servers, scraped by real Prometheus servers."""

from __future__ import annotations

import contextlib
import gzip
import importlib.util
import socket
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from support.handler_apps import ASGI, WSGI, registry_of
from support.processes import Program, request, running
from support.prometheus_server import SERVERS as GENERATIONS
from support.prometheus_server import Target, prometheus
from support.scrape_servers import Connection

TESTS = Path(__file__).resolve().parents[1]

UVICORN = "-m uvicorn --host 127.0.0.1 --port {port} --log-level warning"
GRANIAN = "-m granian --host 127.0.0.1 --port {port} --log-level warning --no-ws --interface"
#: The commands of the servers, and what they serve.
COMMANDS = {
    "uvicorn": (f"{UVICORN} app:asgi", ASGI),
    "uvicorn, httptools": (f"{UVICORN} --http httptools app:asgi", ASGI),
    "hypercorn": ("-m hypercorn --bind 127.0.0.1:{port} app:asgi", ASGI),
    "hypercorn, trio": ("-m hypercorn --worker-class trio --bind 127.0.0.1:{port} app:asgi", ()),
    "granian": (f"{GRANIAN} asgi app:asgi", ASGI),
    "granian, wsgi": (f"{GRANIAN} wsgi app:wsgi", WSGI),
    "werkzeug": ("app.py werkzeug {port}", WSGI),
    "wsgiref": ("app.py wsgiref {port}", WSGI),
    "gevent": ("app.py gevent {port}", WSGI),
    "aiohttp": ("app.py aiohttp {port}", ("aiohttp",)),
}
# Under trio, those that run there.
COMMANDS["hypercorn, trio"] = (
    COMMANDS["hypercorn, trio"][0],
    [name for name in ASGI if name in ("plain", "starlette", "fastapi")],
)
for server, module in (("uvicorn, httptools", "httptools"), ("gevent", "gevent")):
    if importlib.util.find_spec(module) is None:
        del COMMANDS[server]

PROGRAM = f"""
import sys
sys.path.insert(0, {str(TESTS)!r})
if "gevent" in sys.argv:
    from gevent import monkey
    monkey.patch_all()

from support import handler_apps, scrape_servers
if __name__ != "__main__":
    asgi, wsgi = handler_apps.asgi, handler_apps.wsgi


def serve(server, port):
    if server == "gevent":
        from gevent.pywsgi import WSGIServer
        WSGIServer(("127.0.0.1", port), handler_apps.wsgi, log=None).serve_forever()
    elif server == "werkzeug":
        from werkzeug.serving import run_simple
        run_simple("127.0.0.1", port, handler_apps.wsgi, threaded=True)
    elif server == "wsgiref":
        from wsgiref.simple_server import make_server
        from wsgiref.validate import validator
        make_server("127.0.0.1", port, validator(handler_apps.wsgi)).serve_forever()
    elif server == "aiohttp":
        from aiohttp import web
        app = web.Application()
        sub = scrape_servers.aiohttp_app(handler_apps.registry_of("aiohttp"))
        app.add_subapp("/aiohttp", sub)
        web.run_app(app, host="127.0.0.1", port=port)


if __name__ == "__main__":
    serve(sys.argv[1], int(sys.argv[2]))
"""


@contextlib.contextmanager
def serving(server: str, directory: Path) -> Iterator[tuple[Program, int]]:
    """Run a server on a port that is free, and give the port."""
    directory.mkdir()
    (directory / "app.py").write_text(PROGRAM, "utf-8")
    while True:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        command = [sys.executable, *COMMANDS[server][0].format(port=port).split()]
        with running(command, directory) as program:

            def state(program: Program = program, port: int = port) -> str | None:
                with socket.socket() as client:
                    if client.connect_ex(("127.0.0.1", port)) == 0:
                        return "listening"
                # Somebody else has got the port meanwhile.
                return "taken" if "address already in use" in program.stderr.lower() else None

            try:
                if program.wait_for(state, "it listens") == "listening":
                    yield program, port
                    return
            finally:
                # A worker of granian is a process of its own, which ends with it. The others are
                # killed: wsgiref takes no Ctrl-C while it writes.
                if server.startswith("granian"):
                    program.stop()


Start = Callable[[str], tuple[Program, int]]


@pytest.fixture(scope="module")
def start(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Start]:
    """Give a function that starts a server, unless it runs, up to the end of this module."""
    started: dict[str, tuple[Program, int]] = {}
    with contextlib.ExitStack() as stack:

        def start_once(server: str) -> tuple[Program, int]:
            if server not in started:
                directory = tmp_path_factory.mktemp("server") / "run"
                started[server] = stack.enter_context(serving(server, directory))
            return started[server]

        yield start_once


@pytest.mark.parametrize("server", COMMANDS)
def test_every_handler_under_a_server(server: str, start: Start) -> None:
    program, port = start(server)
    for name in COMMANDS[server][1]:
        body = f'served_total{{by="{name}"}} 1\n'.encode()
        path = f"/{name}/metrics"
        url = f"http://127.0.0.1:{port}{path}"
        answer = request(url, headers={"Accept-Encoding": "identity"})
        assert answer.status == 200, (name, answer)
        assert answer.body.endswith(body), (name, answer)
        assert answer.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
        assert answer.headers["Content-Length"] == str(len(answer.body))

        head = request(url, "HEAD", headers={"Accept-Encoding": "identity"})
        assert (head.status, head.body) == (200, b""), name
        for header in ("Content-Type", "Content-Length", "Vary"):
            assert head.headers.get_all(header) == answer.headers.get_all(header), name

        packed = request(f"{url}?name[]=served_total", headers={"Accept-Encoding": "gzip"})
        assert packed.headers["Content-Encoding"] == "gzip"
        assert gzip.decompress(packed.body) == answer.body
        assert body not in request(f"{url}?name[]=nothing").body
        assert request(url, "POST", b"name=a").status == 405, name

        with Connection(port) as connection:
            accepts = [("Accept", "text/html"), ("Accept", "application/openmetrics-text")]
            connection.send(target=path, headers=accepts)
            several = connection.answer()
        assert several.status == 200
        content_type = several.header("Content-Type")
        assert content_type and content_type.startswith("application/openmetrics-text"), name
    assert "Traceback" not in program.stderr, program.describe()


@pytest.mark.parametrize("generation", GENERATIONS)
def test_prometheus_scrapes_every_handler(generation: str, start: Start, tmp_path: Path) -> None:
    jobs: dict[str, str] = {}
    targets = []
    for server, (_, names) in COMMANDS.items():
        _, port = start(server)
        for name in names:
            job = f"{server}: {name}"
            jobs[job] = name
            settings = {"metrics_path": f"/{name}/metrics"}
            targets.append(Target(job, f"http://127.0.0.1:{port}/", settings))
    with prometheus(generation, tmp_path / "database", *targets) as database:
        for job, name in jobs.items():
            database.wait_for_scrape(job)
            [(labels, value)] = database.query(f'served_total{{job="{job}"}}')
            assert (labels["by"], value) == (name, "1")
            database.assert_nothing_was_dropped(job)


def test_what_is_served_has_a_name() -> None:
    assert registry_of("a").get("served_total").get({"by": "a"}) == 1
