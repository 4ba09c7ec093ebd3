"""The hook that supplies exemplars to all updates, and the hook for OpenTelemetry."""

import contextvars
import gc
import subprocess
import sys
import textwrap
import weakref

import pytest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF, ALWAYS_ON

from aioprometheus import Counter, Gauge, Histogram, Registry, Summary, timer
from aioprometheus.exemplars import opentelemetry_exemplar, set_hook, use_opentelemetry
from support.many_threads import run
from support.scrapes import exemplars, scrape, values

A = {"a": "x"}
TRACE = {"trace_id": "4bf92f3577b34da6"}
OPEN = ["openmetrics", "protobuf"]
in_both_formats = pytest.mark.parametrize("kind", OPEN)


@pytest.fixture(autouse=True)
def _no_hook_afterwards():
    yield
    set_hook(None)


@pytest.fixture
def registry():
    return Registry()


@pytest.fixture
def counter(registry):
    return Counter("c_total", "d", registry=registry)


@pytest.fixture
def histogram(registry):
    return Histogram("h", "d", registry=registry, buckets=[1, 5])


def _shown(registry, kind="openmetrics"):
    """The labels and values of the exemplars, in the order of their samples."""
    found = exemplars(kind, scrape(registry, kind)).values()
    return [(exemplar.labels, exemplar.value) for exemplar in found]


@in_both_formats
def test_all_updates_are_given_one(kind, registry, counter, histogram):
    calls = []

    def hook():
        calls.append(1)
        return {"n": str(len(calls))}

    set_hook(hook)
    updates = [
        lambda: counter.inc(),
        lambda: counter.inc(A, 2),
        lambda: counter.add(A, 3),
        lambda: counter.labels(A).inc(4),
        lambda: counter.labels(A).inc(),
        lambda: counter.labels(A).add(5),
        lambda: histogram.observe(2),
        lambda: histogram.observe(A, 3),
        lambda: histogram.add(A, 4),
        lambda: histogram.labels(A).observe(5),
        lambda: histogram.labels(A).add(4.5),
    ]
    shown = [1, 2, 3, 4, 1, 5, 2, 3, 4, 5, 4.5]
    for number, (update, value) in enumerate(zip(updates, shown, strict=True), 1):
        update()
        assert len(calls) == number
        assert ({"n": str(number)}, value) in _shown(registry, kind)
    assert counter.get(A) == 15
    assert histogram.get(A)["sum"] == 16.5


def test_it_is_not_asked_where_there_is_one(registry, counter, histogram):
    calls = []
    set_hook(lambda: calls.append(1))
    counter.inc(exemplar=TRACE)
    counter.labels(A).add(2, exemplar=TRACE)
    histogram.observe(3, exemplar=TRACE)
    histogram.labels(A).observe(3, exemplar=TRACE)
    assert [labels for labels, _ in _shown(registry)] == [TRACE] * 4
    counter.inc(exemplar=None)
    assert len(calls) == 1


def test_others_do_not_ask_it(registry, counter):
    calls = []
    set_hook(lambda: calls.append(1))
    counter.set(5)
    counter.values[A] = 3
    gauge = Gauge("g", "d", registry=registry)
    gauge.inc()
    gauge.labels().set(3)
    Summary("s", "d", registry=registry).observe(3)
    scrape(registry, "openmetrics")
    assert calls == []


def test_none_is_not_an_exemplar_and_leaves_the_last_one(registry, counter):
    given = [TRACE, None]
    set_hook(lambda: given.pop(0))
    counter.inc()
    counter.inc(2)
    assert _shown(registry) == [(TRACE, 1)]
    assert counter.get() == 3


def test_it_can_be_replaced_and_taken_away(registry, counter):
    set_hook(lambda: {"hook": "1"})
    set_hook(lambda: {"hook": "2"})
    counter.inc()
    assert _shown(registry) == [({"hook": "2"}, 1)]
    set_hook(None)
    counter.inc(5)
    assert _shown(registry) == [({"hook": "2"}, 1)]
    set_hook(None)


@pytest.mark.parametrize("hook", [3, "x", {}, [], True, object()])
def test_what_cannot_be_called_is_refused(registry, counter, hook):
    set_hook(lambda: TRACE)
    with pytest.raises(TypeError):
        set_hook(hook)
    counter.inc()
    assert _shown(registry) == [(TRACE, 1)]


def test_it_is_kept_as_long_as_it_is_the_hook(registry, counter):
    class Hook:
        def __call__(self):
            return TRACE

    hook = Hook()
    alive = weakref.ref(hook)
    set_hook(hook)
    del hook
    gc.collect()
    counter.inc()
    assert _shown(registry) == [(TRACE, 1)]
    set_hook(lambda: None)
    gc.collect()
    assert alive() is None


@pytest.mark.parametrize("times", [1, 2])
def test_it_may_change_hooks_itself(registry, counter, times):
    def hook():
        set_hook(None if times == 1 else lambda: {"second": "1"})
        return {"first": "1"}

    set_hook(hook)
    counter.inc()
    assert _shown(registry) == [({"first": "1"}, 1)]
    counter.inc(2)
    assert _shown(registry) == [(({"first": "1"}, 1) if times == 1 else ({"second": "1"}, 2))]


def test_it_may_use_the_metric(registry, counter, histogram):
    def hook():
        histogram.labels(A)
        counter.values.pop(A, None)
        return {"bytes": str(len(scrape(registry, "openmetrics")))}

    set_hook(hook)
    counter.inc(A, 3)
    counter.inc(A, 4)
    ((labels, value),) = _shown(registry)
    assert (list(labels), value) == (["bytes"], 4)
    assert counter.get(A) == 4


def test_it_may_change_the_labels_of_the_update(registry, counter):
    labels = {"a": "x"}

    def hook():
        labels.clear()
        return TRACE

    set_hook(hook)
    counter.inc(labels)
    # Either all that was given, or a part of it.
    assert counter.get_all() in ([(A, 1)], [({}, 1)])


def _raise():
    raise RuntimeError("the hook's own")


BROKEN = [
    _raise,
    lambda: 1 / 0,
    lambda: "junk",
    lambda: 3,
    lambda: [("a", "b")],
    lambda: {"a b": "x"},
    lambda: {"a": "x" * 128},
    lambda: {"a": "\ud800"},
    lambda: {1: "x"},
    lambda argument: TRACE,
    lambda: (_ for _ in ()),
]


@pytest.mark.parametrize("hook", BROKEN)
def test_one_that_fails_breaks_no_update(registry, counter, histogram, hook):
    set_hook(lambda: TRACE)
    for metric in (counter, histogram):
        metric.add(A, 2)
    before = _shown(registry)
    set_hook(hook)
    counter.inc(A, 2)
    counter.inc(A)
    counter.labels(A).inc()
    histogram.observe(A, 2)
    histogram.labels(A).add(2)
    assert counter.get(A) == 6
    assert histogram.get(A)["count"] == 3
    assert _shown(registry) == before
    set_hook(lambda: {"again": "1"})
    counter.inc(A)
    assert ({"again": "1"}, 1) in _shown(registry)


@pytest.mark.parametrize("hook", [_raise, lambda: TRACE])
def test_mistakes_of_the_caller_are_told_as_ever(registry, counter, histogram, hook):
    set_hook(hook)
    for update, error in (
        (lambda: counter.inc({"a b": "x"}), ValueError),
        (lambda: counter.inc(A, -1), ValueError),
        (lambda: counter.labels().inc("x"), TypeError),
        (lambda: histogram.observe(A, "x"), TypeError),
        (lambda: histogram.observe({"le": "x"}, 1), ValueError),
        (lambda: counter.inc(exemplar={"a b": "x"}), ValueError),
        (lambda: histogram.observe(1, exemplar="x"), TypeError),
    ):
        with pytest.raises(error):
            update()
    assert values("openmetrics", scrape(registry, "openmetrics")) == {("c_total", ()): 0}
    assert _shown(registry) == []


def _run(program):
    """Run a program, and return what it prints and what it logs."""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", textwrap.dedent(program)],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout, done.stderr


LOGGED_ONCE = """
    import logging, threading
    from aioprometheus import Counter, exemplars
    logging.basicConfig(format="%(name)s %(levelname)s %(message)s")
    counter = Counter("c_total", "d")
    def hook():
        raise RuntimeError("this is wrong")
    exemplars.set_hook(hook)
    def work():
        for _ in range(1000):
            counter.inc()
    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    print(counter.get())
"""


def test_its_failure_is_logged_once():
    out, err = _run(LOGGED_ONCE)
    assert out == "4000\n"
    assert err.count("the exemplar hook raised") == 1
    assert err.startswith("aioprometheus.exemplars ERROR ")


def test_a_logger_that_fails_breaks_no_update():
    program = """
        import logging
        from aioprometheus import Counter, exemplars
        class Broken(logging.Handler):
            def emit(self, record):
                raise RuntimeError("the logger's own")
        logging.getLogger("aioprometheus").addHandler(Broken())
        exemplars.set_hook(lambda: 1 / 0)
        counter = Counter("c_total", "d")
        counter.inc()
        counter.inc()
        print(counter.get())
    """
    assert _run(program) == ("2\n", "")


def test_a_hook_at_the_end_of_the_interpreter():
    program = """
        import atexit
        from aioprometheus import Counter, exemplars
        counter = Counter("c_total", "d")
        exemplars.set_hook(lambda: {"trace_id": "1"})
        class Late:
            def __del__(self):
                counter.inc()
        late = Late()
        late.itself = late
        atexit.register(counter.inc)
        counter.inc()
    """
    assert _run(program) == ("", "")


def test_threads_ask_it_for_their_own():
    context = contextvars.ContextVar("trace")
    registry = Registry()
    counter = Counter("c_total", "d", registry=registry)
    set_hook(lambda: {"trace": context.get()})

    def work(number):
        context.set(str(number))
        for _ in range(2_000):
            counter.inc({"thread": number})

    run(work)
    found = exemplars("openmetrics", scrape(registry, "openmetrics"))
    assert len(found) == 8
    assert all(one.labels["trace"] == dict(labels)["thread"] for (_, labels), one in found.items())


def test_decorators_ask_it(registry, histogram):
    set_hook(lambda: TRACE)

    @timer(histogram, labels=A)
    def work():
        return 5

    assert work() == 5
    assert [labels for labels, _ in _shown(registry)] == [TRACE]


def _tracer(sampler):
    return TracerProvider(sampler=sampler, shutdown_on_exit=False).get_tracer("tests")


@in_both_formats
def test_opentelemetry(kind, registry, counter, histogram):
    assert use_opentelemetry() is True
    counter.inc()
    assert opentelemetry_exemplar() is None
    assert _shown(registry, kind) == []
    with _tracer(ALWAYS_ON).start_as_current_span("span") as span:
        context = span.get_span_context()
        counter.inc(A, 2)
        histogram.labels(A).observe(3)
        expected = {"trace_id": f"{context.trace_id:032x}", "span_id": f"{context.span_id:016x}"}
        assert opentelemetry_exemplar() == expected
    counter.inc(A, 5)
    assert _shown(registry, kind) == [(expected, 2), (expected, 3)]


def test_opentelemetry_spans_that_are_not_sampled(registry, counter):
    use_opentelemetry()
    with _tracer(ALWAYS_OFF).start_as_current_span("span"):
        counter.inc()
        assert opentelemetry_exemplar() is None
    assert _shown(registry) == []


def test_without_opentelemetry():
    program = """
        import sys
        sys.modules["opentelemetry"] = None
        from aioprometheus import Counter, REGISTRY, exemplars, render
        exemplars.set_hook(lambda: {"own": "1"})
        print(exemplars.use_opentelemetry())
        Counter("c_total", "d").inc()
        print(b'{own="1"}' in render(REGISTRY, "application/openmetrics-text;version=1.0.0")[0])
        try:
            exemplars.opentelemetry_exemplar()
        except ImportError:
            print("ImportError")
    """
    assert _run(program) == ("False\nTrue\nImportError\n", "")
