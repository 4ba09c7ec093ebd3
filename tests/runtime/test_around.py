"""The runtime's collectors and what is around them: imports, other loops, servers, the end."""

import subprocess
import sys

import aiohttp
import pytest
import trio
from aiohttp import web

from aioprometheus import Registry, make_wsgi_app, render, render_async
from aioprometheus.aiohttp import MetricsMiddleware, setup
from aioprometheus.runtime import EventLoopCollector, install
from tests.support.runtime import FAST, of_loops, scraped

PENDING = "asyncio_loop_pending_lag_seconds"


@pytest.fixture
def registry():
    return Registry()


def run_python(code):
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def test_a_program_without_event_loops_does_not_import_asyncio():
    code = (
        "import sys; from aioprometheus import REGISTRY, render, runtime; runtime.install(); "
        "assert b'python_info' in render(REGISTRY)[0]; print('asyncio' in sys.modules)"
    )
    assert run_python(code) == "False\n"


def test_the_package_does_not_import_it_before_it_is_used():
    code = "import aioprometheus, sys; print('aioprometheus.runtime' in sys.modules)"
    assert run_python(code) == "False\n"


@pytest.mark.parametrize("end", ["pass", "sys.exit()", "await asyncio.sleep(0.05)", "loop.stop()"])
def test_the_end_of_a_program(end):
    code = f"""
import asyncio, sys
from aioprometheus import REGISTRY, render_async, runtime
runtime.install()
async def main():
    loop = asyncio.get_running_loop()
    await render_async(REGISTRY)
    {end}
loop = asyncio.new_event_loop()
loop.create_task(main()) if {"stop" in end} else None
try:
    loop.run_forever() if {"stop" in end} else loop.run_until_complete(main())
finally:
    loop.close() if {end != "pass"} else None
    print("end")
"""
    assert run_python(f"import warnings; warnings.simplefilter('ignore')\n{code}") == "end\n"


def test_the_end_while_a_loop_runs_in_another_thread():
    code = """
import asyncio, threading
from aioprometheus import REGISTRY, render, render_async, runtime
runtime.install()
started = threading.Event()
async def main():
    await render_async(REGISTRY)
    started.set()
    await asyncio.Event().wait()
threading.Thread(target=asyncio.run, args=(main(),), daemon=True).start()
started.wait()
print(b"asyncio_loop_pending_lag_seconds{" in render(REGISTRY)[0])
"""
    assert run_python(code) == "True\n"


def test_the_loop_of_a_scrape_in_a_thread_is_not_one_of_the_program(registry):
    class Awaited:
        async def collect(self):
            return []

    collector = EventLoopCollector(registry, **FAST)
    registry.register(Awaited())
    app = make_wsgi_app(registry)
    for _ in range(3):
        body = b"".join(app({"REQUEST_METHOD": "GET", "PATH_INFO": "/"}, lambda *_: None))
        assert b"asyncio_loop_pending_lag_seconds{" not in body
        render(registry)
    assert collector._known == {}


def test_under_trio_there_is_no_loop_of_asyncio(registry):
    collector = EventLoopCollector(registry, **FAST)

    async def main():
        body, _ = await render_async(registry)
        assert b"asyncio_loop_lag_seconds_count" not in body

    trio.run(main)
    assert collector._known == {}


@pytest.mark.parametrize("by_scrape", [False, True])
def test_a_service_of_aiohttp(registry, use, by_scrape):
    installed = install(registry)

    async def hello(request):
        return web.Response(text="hello")

    async def main():
        app = web.Application(middlewares=[MetricsMiddleware(registry=Registry())])
        setup(app, registry=registry, middleware=False) if by_scrape else None
        app.router.add_get("/", hello)
        runner = web.AppRunner(app)
        await runner.setup()
        try:
            site = web.TCPSite(runner, "127.0.0.1", 0)
            await site.start()
            host, port = runner.addresses[0][:2]
            assert of_loops(registry, PENDING) == {}
            path = "/metrics" if by_scrape else "/"
            async with (
                aiohttp.ClientSession() as session,
                session.get(f"http://{host}:{port}{path}") as response,
            ):
                assert response.status == 200
            assert of_loops(registry, PENDING).keys() == {"MainThread"}
        finally:
            await runner.cleanup()
            installed.uninstall()

    use(main)


def test_a_scrape_of_some_names(registry, use):
    collector = EventLoopCollector(registry, **FAST)

    async def main():
        collector.watch()
        body, _ = await render_async(registry, names=["asyncio_tasks"])
        assert body.startswith(b"# HELP asyncio_tasks ") and body.count(b"# HELP") == 1
        for name in ("asyncio_loop_lag_seconds_bucket", "asyncio_loop_stalls_total"):
            body, _ = await render_async(registry, names=[name])
            assert body.count(b"# HELP") == 1
        assert (await render_async(registry, names=["other"]))[0] == b""

    use(main)


@pytest.mark.parametrize("accept", ["text/plain", "application/openmetrics-text"])
def test_all_formats(registry, use, accept):
    installed = install(registry)

    async def main():
        body, _ = await render_async(registry, accept)
        assert b"asyncio_loop_lag_seconds_bucket" in body and b"python_info" in body

    use(main)
    installed.uninstall()


def test_a_watcher_that_fails_costs_the_scrape_nothing(registry, use, monkeypatch):
    collector = EventLoopCollector(registry, **FAST)
    monkeypatch.setattr(collector, "_label", lambda: 1 / 0)

    async def main():
        assert (await render_async(registry))[0] is not None
        assert collector._known == {}

    use(main)
    assert scraped(registry) == {}


def test_the_module_is_found_without_an_import_of_its_own():
    code = "import aioprometheus as a; print('runtime' in dir(a), a.runtime.install.__name__)"
    assert run_python(code) == "True install\n"
