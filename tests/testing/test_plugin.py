"""The pytest plugin, in runs of pytest of its own."""

import os
import subprocess
import sys

import pytest

pytest_plugins = ["pytester"]

APP = """
from aioprometheus import Counter, render, REGISTRY

requests = Counter("requests_total", "Requests", labelnames=["method"])

def handle(method):
    requests.inc({"method": method})

def page():
    return render(REGISTRY)[0].decode()
"""


@pytest.fixture
def run(pytester, monkeypatch):
    """Run tests in a process of its own, with the plugins that its entry points name."""
    monkeypatch.setenv("PYTHONPATH", str(pytester.path))
    monkeypatch.delenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", raising=False)
    monkeypatch.delenv("PYTEST_ADDOPTS", raising=False)
    pytester.makepyfile(app=APP)

    def run(code, *options, plugins=()):
        pytester.makepyfile(test_it=code)
        others = [f"-pno:{name}" for name in ("xdist", "asyncio") if name not in plugins]
        return pytester.runpytest_subprocess("-W", "error", *others, *options)

    return run


def test_the_plugin_is_there_and_off(run):
    result = run(
        """
        import sys

        def test_nothing_is_imported():
            assert "pytest_aioprometheus" in sys.modules
            assert [name for name in sys.modules if name.startswith("aioprometheus")] == []

        def test_until_a_fixture_is_asked_for(metrics):
            assert "aioprometheus" in sys.modules
        """
    )
    result.assert_outcomes(passed=2)


def test_the_fixtures_are_listed(run):
    result = run("def test_it(): pass", "--fixtures")
    result.stdout.fnmatch_lines(["metrics -- *", "metrics_registry -- *"])


def test_what_a_call_increases(run):
    result = run(
        """
        import app, pytest

        @pytest.mark.parametrize("repeated", range(2))
        def test_a_call(metrics, repeated):
            with metrics.increased("requests_total", {"method": "GET"}, by=1):
                app.handle("GET")

        def test_it_fails(metrics):
            with metrics.increased("requests_total", {"method": "get"}, by=1):
                app.handle("GET")
        """
    )
    result.assert_outcomes(passed=2, failed=1)
    result.stdout.fnmatch_lines(
        [
            ">       with metrics.increased(*",
            'E       AssertionError: requests_total{method="get"} should have increased *',
            'E         *requests_total{method="GET"} 2 -> 3 (+1)*(method is "GET", not "get")',
        ]
    )
    # The frames of the package are not shown.
    result.stdout.no_fnmatch_line("*def __exit__*")


def test_a_fresh_default_registry(run):
    result = run(
        """
        import app
        from aioprometheus import REGISTRY, Counter

        def make():
            return Counter("made_total", "Made in a test", registry=None, initial=1)

        def test_first(metrics_registry):
            make()
            assert metrics_registry is REGISTRY and "made_total 1" in app.page()
            assert "requests_total" not in metrics_registry

        def test_again(metrics_registry, metrics):
            with metrics.increased("made_total", by=2):
                make().inc()
            app.handle("POST")

        def test_without():
            assert "made_total" not in REGISTRY
            assert REGISTRY.get_sample_value("requests_total", {"method": "POST"}) == 1
        """
    )
    result.assert_outcomes(passed=3)


def test_a_metric_that_was_made_at_import_is_explained(run):
    result = run(
        """
        import app

        def test_it(metrics, metrics_registry):
            with metrics.increased(app.requests):
                app.handle("GET")
        """
    )
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["E *was it made before metrics_registry emptied it*"])


def test_fixtures_of_the_same_names_win(run, pytester):
    pytester.makeconftest(
        """
        import pytest
        from aioprometheus import Registry
        from aioprometheus.testing import Metrics

        @pytest.fixture(scope="session")
        def own():
            return Registry()

        @pytest.fixture
        def metrics(own):
            return Metrics(own)
        """
    )
    result = run(
        """
        import pytest
        from aioprometheus import Counter

        def test_it(metrics, own):
            with metrics.increased("c_total", by=1):
                Counter("c_total", "d", registry=own).inc()

        @pytest.mark.parametrize("metrics_registry", [5])
        def test_parameter(metrics_registry):
            assert metrics_registry == 5
        """
    )
    result.assert_outcomes(passed=2)


ASYNC = """
    import asyncio, pytest
    import app
    from aioprometheus import GaugeFamily

    {mark}
    async def test_it(metrics):
        with metrics.increased("requests_total", {{"method": "GET"}}, by=3):
            async with asyncio.TaskGroup() if hasattr(asyncio, "TaskGroup") else Group() as group:
                for _ in range(3):
                    group.create_task(handle())

    {mark}
    async def test_async_collectors(metrics, metrics_registry):
        class Collector:
            count = 0

            async def collect(self):
                await asyncio.sleep(0)
                self.count += 1
                yield GaugeFamily("awaited", "d", self.count)

        metrics_registry.register(Collector())
        async with metrics.increased("awaited", by=1):
            await handle()

    async def handle():
        await asyncio.sleep(0)
        app.handle("GET")

    class Group:
        def __init__(self):
            self.tasks = []

        async def __aenter__(self):
            return self

        def create_task(self, coroutine):
            self.tasks.append(asyncio.create_task(coroutine))

        async def __aexit__(self, *_):
            await asyncio.gather(*self.tasks)

    @pytest.fixture
    def anyio_backend():
        return "asyncio"
"""


def test_tests_of_anyio(run):
    run(ASYNC.format(mark="@pytest.mark.anyio")).assert_outcomes(passed=2)


def test_tests_of_pytest_asyncio(run):
    code = ASYNC.format(mark="@pytest.mark.asyncio")
    scope = "--override-ini=asyncio_default_fixture_loop_scope=function"
    run(code, scope, plugins=["asyncio"]).assert_outcomes(passed=2)


def test_xdist(run):
    result = run(
        """
        import app, pytest

        @pytest.mark.parametrize("number", range(8))
        def test_it(metrics, number):
            with metrics.increased("requests_total", by=number):
                for _ in range(number):
                    app.handle("GET")

        @pytest.mark.parametrize("number", range(8))
        def test_fresh(metrics_registry, number):
            from aioprometheus import Counter
            Counter("made_total", "d")
        """,
        "--numprocesses=2",
        plugins=["xdist"],
    )
    result.assert_outcomes(passed=16)


def test_doctests_can_use_the_fixtures(run):
    result = run(
        '''
        def handle():
            """
            >>> metrics = getfixture("metrics")
            >>> with metrics.unchanged(): pass
            """
        ''',
        "--doctest-modules",
    )
    assert result.ret == 0


def test_the_package_may_be_imported_before_pytest(run, pytester):
    """pytest rewrites the assertions of all packages that an installed plugin came with."""
    pytester.makepyfile(other_plugin="", test_it="def test_it(): pass")
    info = pytester.mkdir("other-1.dist-info")
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: other\nVersion: 1\n")
    (info / "entry_points.txt").write_text("[pytest11]\nother = other_plugin\n")
    (info / "RECORD").write_text("aioprometheus/__init__.py,,\nother_plugin.py,,\n")

    def run_after(module):
        program = (
            f"import sys, {module}, pytest; "
            "sys.exit(pytest.main(['-W', 'error', '-p', 'no:asyncio', 'test_it.py']))"
        )
        return pytester.run(sys.executable, "-c", program)

    run_after("other_plugin").stderr.fnmatch_lines(["*already imported*other_plugin"])
    run_after("aioprometheus").assert_outcomes(passed=1)


def test_the_package_imports_no_pytest():
    program = (
        "import sys, aioprometheus, aioprometheus.testing; aioprometheus.testing.Metrics();"
        "print(sorted({'pytest', '_pytest', 'unittest', 'difflib'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTEST_ADDOPTS": ""},
    )
    assert done.stdout == "[]\n"
