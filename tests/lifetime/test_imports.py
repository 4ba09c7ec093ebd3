"""Repeated imports, and imports in sub-interpreters and threads, each in a program of its own."""

import sys

import pytest

from support.programs import run

USE = """
import importlib, sys
from unittest import mock

def names():
    return [name for name in sys.modules if name.partition(".")[0] == "aioprometheus"]

def forget():
    for name in names():
        del sys.modules[name]

def use(package):
    registry = package.Registry()
    updates = [
        (package.Counter, "inc", -1),
        (package.Gauge, "set", "junk"),
        (package.Gauge, "inc", "junk"),
        (package.Gauge, "dec", "junk"),
        (package.Histogram, "observe", "junk"),
        (package.Summary, "observe", "junk"),
    ]
    for number, (kind, name, refused) in enumerate(updates):
        metric = kind(f"m{number}", "d", registry=registry)
        for receiver, labels in ((metric, ({"a": "y"},)), (metric.labels(a="x"), ())):
            update = getattr(receiver, name)
            update(*labels, 3)
            update(*labels, value=2)  # none of the shortcuts takes it
            try:
                update(*labels, refused)
            except (TypeError, ValueError):
                continue
            raise SystemExit(f"{name} takes {refused!r}")
        if kind in (package.Counter, package.Histogram):
            getattr(metric, name)({"a": "x"}, 2, exemplar={"trace_id": "t"})
        collectors = sys.modules["aioprometheus.collectors"]
        assert isinstance(metric.samples[0], package.Sample)
        assert isinstance(metric.values, collectors.MetricDict)
        assert len(metric.values) == 2, list(metric.values)
        assert metric.kind in collectors.MetricsTypes
    body = package.render(registry, "application/openmetrics-text")[0]
    assert body.count(b"# HELP") == len(updates) and b'm0{a="x"} 7' in body, body
    package.Counter(f"default_{len(package.REGISTRY.collectors)}", "d").inc()
    assert package.render(package.REGISTRY, None)[0].endswith(b" 1\\n")

def use_all(*packages):
    for package in packages:
        use(package)
"""

AGAIN = {
    "for a while before": """
        with mock.patch.dict(sys.modules):
            import aioprometheus as first
            use(first)
        import aioprometheus as second
        assert second is not first
        use(second)
    """,
    "for a while after": """
        import aioprometheus as first
        use(first)
        with mock.patch.dict(sys.modules):
            forget()
            import aioprometheus as second
            assert second is not first and len(second.REGISTRY.collectors) == 0
            use(second)
        use(first)
    """,
    "all of it": """
        import aioprometheus as first
        use(first)
        forget()
        import aioprometheus as second
        use(second)
    """,
    "the core alone": """
        import aioprometheus
        del sys.modules["aioprometheus._core"]
        import aioprometheus._core
        use(aioprometheus)
    """,
    "one module": """
        import aioprometheus
        use(aioprometheus)
        del sys.modules["aioprometheus.values"]
        import aioprometheus.values
        use(aioprometheus)
    """,
    "reloaded": """
        import aioprometheus
        use(aioprometheus)
        for name in sorted(names()):
            importlib.reload(sys.modules[name])
        importlib.reload(aioprometheus)
        use(aioprometheus)
    """,
    "many times": """
        for _ in range(20):
            forget()
            import aioprometheus
            use(aioprometheus)
    """,
}


@pytest.mark.parametrize("again", AGAIN.values(), ids=AGAIN)
def test_import_again(tmp_path, again):
    """Each import has a default registry of its own, and what it makes is of its classes."""
    assert run(tmp_path, USE, again) == ""


@pytest.mark.parametrize("again", [*AGAIN.values()][:3], ids=[*AGAIN][:3])
def test_metrics_and_subclasses_of_an_earlier_import_go_on(tmp_path, again):
    program = """
        import aioprometheus

        class Own(aioprometheus.Gauge):
            def get_all(self):
                return [({"own": "1"}, 5)]

        registry = aioprometheus.Registry()
        counter = aioprometheus.Counter("c", "d", registry=registry)
        own = Own("own", "d", registry=registry)
        histogram = aioprometheus.Histogram("h", "d", registry=registry)
        child = histogram.labels(a="x")
        child.observe(1)
        render, kind = aioprometheus.render, counter.kind
        forget()
    """
    after = """
        counter.inc()
        counter.inc(value=2)
        child.observe(value=1)
        assert counter.kind == kind and isinstance(kind, aioprometheus.collectors.MetricsTypes)
        assert histogram.values[{"a": "x"}].observations == 2
        for rendered in (render(registry, None), aioprometheus.render(registry, None)):
            assert b"c 3\\n" in rendered[0] and b'own{own="1"} 5\\n' in rendered[0], rendered
        aioprometheus.REGISTRY.register(counter)
    """
    assert run(tmp_path, USE, program, again, "\nimport aioprometheus\n", after) == ""


SUB_INTERPRETERS = r"""
import sys
from textwrap import dedent

def with_a_lock_of_its_own(code):
    try:
        import _interpreters as interpreters
    except ImportError:
        import _xxsubinterpreters as interpreters
    one = interpreters.create()
    try:
        assert not interpreters.run_string(one, dedent(code))
    finally:
        interpreters.destroy(one)

def as_servers_make_them(code):
    import _testcapi
    assert _testcapi.run_in_subinterp(dedent(code)) == 0

REFUSED = '''
    for _ in range(2):
        try:
            import aioprometheus
        except ImportError as error:
            assert "interpreter" in str(error), error
        else:
            raise Exception("imported in a sub-interpreter")
    '''
"""


@pytest.mark.parametrize("made", ["with_a_lock_of_its_own", "as_servers_make_them"])
def test_sub_interpreters_are_refused_and_the_main_one_goes_on(tmp_path, made):
    if made == "as_servers_make_them":
        pytest.importorskip("_testcapi", reason="an interpreter without its own test module")
    program = f"""
        {made}(REFUSED)  # the first import of all
        import aioprometheus
        use(aioprometheus)
        {made}(REFUSED)
        use(aioprometheus)
        forget()
        import aioprometheus
        {made}(REFUSED)
        use(aioprometheus)
    """
    assert run(tmp_path, USE, SUB_INTERPRETERS, program) == ""


def test_import_in_a_thread_and_in_development_mode(tmp_path):
    program = """
    import threading
    errors = []

    def work(number):
        try:
            import aioprometheus
            aioprometheus.Counter(f"c{number}", "d").inc({"a": 1})
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not errors, errors
    """
    run(tmp_path, program, options=["-X", "dev"])
    if sys.version_info >= (3, 11):
        run(tmp_path, program, options=["-P"])
