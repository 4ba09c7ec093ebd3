"""Infos and enums as objects: garbage collection, copies, subclasses, patches, and threads."""

import copy
import gc
import pickle
import sys
import weakref
from unittest import mock

import pytest

from aioprometheus import Counter, Enum, Info, Registry
from support.make import make
from support.many_threads import meanwhile, run
from support.scrapes import FORMATS, everything, families, scrape, values

A = {"a": "x"}
STATES = ["starting", "running", "stopped"]
FACTS = {"version": "1", "build": "2"}
#: A class, its method for updates, and a value for it.
KINDS = [(Info, "info", FACTS), (Enum, "state", "running")]
both = pytest.mark.parametrize(("kind", "update", "value"), KINDS)
ERRORS = "aioprometheus_collector_errors_total"


def _make(kind, registry=None, name="m", **options):
    if issubclass(kind, Enum):
        options["states"] = STATES
    return make(kind, registry, name, **options)


@both
def test_it_is_collected_with_its_registry_and_its_children(kind, update, value):
    class Derived(kind):
        pass

    for one in (kind, Derived):
        registry = Registry()
        metric = _make(one, registry)
        metric.itself, metric.child = metric, metric.labels(A)
        getattr(metric.child, update)(value)
        everything(registry)
        gone = weakref.ref(metric), weakref.ref(registry)
        del metric, registry
        gc.collect()
        assert [reference() for reference in gone] == [None, None]


@both
def test_a_child_outlives_its_metric(kind, update, value):
    metric = _make(kind)
    child = metric.labels(A)
    del metric
    gc.collect()
    getattr(child, update)(value)
    assert child.get() == value


@both
@pytest.mark.parametrize("duplicate", [copy.copy, copy.deepcopy, pickle.dumps])
def test_it_is_not_copied(kind, update, value, duplicate):
    metric = _make(kind)
    for thing in (metric, metric.labels(A)):
        with pytest.raises(TypeError, match="cannot copy or pickle"):
            duplicate(thing)


@both
def test_attributes_equality_and_hash(kind, update, value):
    metric, twin = _make(kind), _make(kind)
    metric.anything = 5
    assert metric.anything == 5
    assert metric == metric
    assert (metric == twin) == (twin == metric)
    if metric == twin:
        assert hash(metric) == hash(twin)
    assert metric != 5
    assert {metric: 1}[metric] == 1


@both
def test_registries_share_it(kind, update, value):
    first, second = Registry(), Registry()
    metric = _make(kind, first)
    for one in first.collect():
        second.register(one)
    getattr(metric, update)(A, value)
    assert everything(first) == everything(second)
    first.deregister("m")
    assert everything(first) == everything(Registry())


@both
def test_it_cannot_be_made_twice(kind, update, value):
    metric = _make(kind)
    getattr(metric, update)(value)
    with pytest.raises(RuntimeError, match="initialised already"):
        metric.__init__("other", "d", registry=Registry())
    assert metric.get() == value


@both
def test_one_that_was_not_made_is_told(kind, update, value):
    metric = kind.__new__(kind)
    for call in (
        lambda: getattr(metric, update)(value),
        lambda: metric.get(),
        lambda: metric.get_all(),
        lambda: metric.samples,
        lambda: metric.values,
        lambda: metric.labels(A),
        lambda: Registry().register(metric),
    ):
        with pytest.raises(Exception) as caught:
            call()
        assert type(caught.value).__name__ != "PanicException"


@both
@pytest.mark.parametrize("missing", [(), ("m",)])
def test_a_missing_argument_is_told_as_python_does(kind, update, value, missing):
    with pytest.raises(
        TypeError, match=r"missing . required positional argument|missing 2 required"
    ):
        kind(*missing)


def _twins(kind, update, value, method):
    """A metric, and one of a class that overrides a reader by the same."""

    def override(self, *labels):
        return getattr(kind, method)(self, *labels)

    derived = type("Derived", (kind,), {method: override})
    expected, metric = _make(kind, const_labels={"z": "1"}), _make(derived, const_labels={"z": "1"})
    for one in (expected, metric):
        getattr(one, update)(A, value)
        getattr(one, update)(value)
    return expected, metric


readers = pytest.mark.parametrize("method", ["get_all", "get", "get_value"])


@both
@readers
def test_samples_of_a_reader_that_is_overridden_by_the_same(kind, update, value, method):
    expected, metric = _twins(kind, update, value, method)
    assert metric.get_all() == expected.get_all()
    assert metric.samples == expected.samples


@both
@readers
@pytest.mark.parametrize("format", FORMATS)
def test_scrapes_of_a_reader_that_is_overridden_by_the_same(kind, update, value, method, format):
    contents = []
    for metric in _twins(kind, update, value, method):
        registry = Registry()
        registry.register(metric)
        contents.append(scrape(registry, format))
    assert contents[1] == contents[0]


@pytest.mark.parametrize("kind", FORMATS)
def test_an_override_says_what_is_rendered(kind):
    class Fixed(Info):
        def get_all(self):
            return [({"b": "y"}, {"version": "9"}), (None, {})]

    class Stopped(Enum):
        def get_all(self):
            return [(labels, "stopped") for labels, _ in super().get_all()]

    registry = Registry()
    _make(Fixed, registry, "fixed").info(FACTS)
    _make(Stopped, registry, "task").state(A, "running")
    assert values(kind, scrape(registry, kind)) == {
        ("fixed_info", (("b", "y"), ("version", "9"))): 1,
        ("fixed_info", ()): 1,
        ("task", (("a", "x"), ("task", "starting"))): 0,
        ("task", (("a", "x"), ("task", "running"))): 0,
        ("task", (("a", "x"), ("task", "stopped"))): 1,
    }


@both
def test_a_setter_that_is_overridden_is_called(kind, update, value):
    calls = []

    def set_value(self, labels, given):
        calls.append((labels, given))
        kind.set_value(self, labels, given)

    metric = _make(type("Derived", (kind,), {"set_value": set_value}))
    getattr(metric, update)(A, value)
    getattr(metric, update)(value)
    getattr(metric.labels(A), update)(value)
    assert calls == [(A, value), (None, value), (A, value)]
    assert metric.get_all() == [(A, value), ({}, value)]


@both
def test_a_patched_update_gets_what_children_are_told(kind, update, value):
    metric = _make(kind)
    with mock.patch.object(metric, update) as patched:
        getattr(metric.labels(A), update)(value)
    patched.assert_called_once_with(A, value)


@both
@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize(
    "said",
    [
        None,
        [5],
        [({"a b": "x"}, None)],
        [({"a": "\ud800"}, FACTS)],
        [(A, 5)],
        [(A, object())],
    ],
)
def test_what_fails_is_left_out_and_counted(kind, update, value, format, said):
    class Failing(kind):
        def get_all(self):
            if said is None:
                raise RuntimeError("of the class")
            return said

    registry = Registry()
    getattr(_make(Failing, registry, "failing"), update)(value)
    getattr(_make(kind, registry, "working"), update)(value)
    Counter("others_total", "d", registry=registry).inc()
    for turn in (1, 2):
        shown = values(format, scrape(registry, format))
        names = {name for name, _ in shown}
        assert "failing" not in " ".join(names)
        assert names > {"others_total", ERRORS}
        assert shown[ERRORS, (("collector", "failing"),)] == turn
    assert len(families(format, scrape(registry, format))) == 3


@pytest.fixture
def _frequent_switches():
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    yield
    sys.setswitchinterval(before)


@pytest.mark.usefixtures("_frequent_switches")
@pytest.mark.parametrize("kind", FORMATS)
def test_threads_tell_whole_facts(kind):
    registry = Registry()
    info = _make(Info, registry)
    child = info.labels(A)
    child.info({"a0": "0", "b0": "0"})

    def work(number):
        for turn in range(2_000):
            facts = {f"{letter}{number}": str(turn) for letter in "abc"[: 2 + turn % 2]}
            facts = {name: text for name, text in facts.items() if name != "a"}
            (child.info if turn % 3 else lambda facts: info.info(A, facts))(facts)
            info.info({"n": str(turn % 50)}, {"t": str(number)})
            if turn % 7 == 0:
                info.values.pop({"n": str(number)}, None)

    def watch():
        shown = values(kind, scrape(registry, kind))
        (labels,) = (labels for _, labels in shown if ("a", "x") in labels)
        facts = dict(labels)
        del facts["a"]
        # The names and values are those of one call in one thread.
        assert len({name[1:] for name in facts}) == len(set(facts.values())) == 1
        assert len(facts) in (2, 3)
        assert len(info.get(A)) in (2, 3)

    with meanwhile(watch):
        run(work, 4)
    watch()


@pytest.mark.usefixtures("_frequent_switches")
@pytest.mark.parametrize("kind", FORMATS)
def test_threads_change_states(kind):
    registry = Registry()
    task = _make(Enum, registry)
    child = task.labels(A)

    def work(number):
        for turn in range(3_000):
            (child.state if turn % 2 else lambda state: task.state(A, state))(STATES[turn % 3])
            task.state({"a": str(turn % 50)}, STATES[number % 3])

    def watch():
        current = {}
        for (_, labels), value in values(kind, scrape(registry, kind)).items():
            series = dict(labels)["a"]
            current[series] = current.get(series, 0) + value
        assert set(current.values()) == {1}
        assert child.get() in STATES

    with meanwhile(watch):
        run(work, 4)
    watch()
    assert len(task.values) == 51
