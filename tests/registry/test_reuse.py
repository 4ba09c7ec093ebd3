"""Metrics that are made twice in a registry that hands back the first one."""

import enum
import gc
import importlib
import sys
import threading
import weakref
from unittest import mock

import pytest

import aioprometheus
from aioprometheus import Counter, Enum, Gauge, Histogram, Info, Registry, Summary, names, render
from aioprometheus.collectors import Collector
from support.make import make
from support.programs import run

KINDS = [Collector, Counter, Gauge, Summary, Histogram, Info, Enum]

#: What a metric is made with, what another one of its kind is made with, and how they differ.
DIFFERENT = [
    *((kind, {}, {"labelnames": ["a"]}, "labelnames is None there, and ['a']") for kind in KINDS),
    *((kind, {"labelnames": []}, {}, "labelnames is [] there, and None") for kind in KINDS),
    *(
        (kind, {"labelnames": ["a", "b"]}, {"labelnames": ["b", "a"]}, "labelnames is ['a', 'b']")
        for kind in KINDS
    ),
    *(
        (kind, {"const_labels": {"a": "x"}}, {}, 'the constant labels are {a="x"}')
        for kind in KINDS
    ),
    (Gauge, {"name": "m_s", "unit": "s"}, {"name": "m_s"}, "unit is 's' there, and None here"),
    (Histogram, {"buckets": [1, 2]}, {"buckets": [1, 3]}, "buckets are [1.0, 2.0, inf] there"),
    (Histogram, {"native": True}, {}, "only the one there has native buckets"),
    (Histogram, {}, {"native_factor": 2}, "only the new one has native buckets"),
    (Histogram, {"native_factor": 1.1}, {"native_factor": 2}, "settings of native buckets"),
    (Summary, {"quantiles": {0.5: 0.1}}, {}, "quantiles are [(0.5, 0.1)] there"),
    (Enum, {"states": ["a"]}, {"states": ["a", "b"]}, "states are ['a'] there"),
    (Enum, {"states": ["a", "b"]}, {"states": ["b", "a"]}, "states are"),
    (Enum, {"label": "state"}, {}, "label is 'state' there, and None here"),
]


@pytest.fixture
def registry():
    return Registry(on_duplicate="reuse")


class Colour(enum.Enum):
    RED = "red"


def _notes(caught):
    return "\n".join(caught.value.__notes__)


# --- Identical ones


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "options",
    [
        {},
        {"labelnames": ["a"]},
        {"labelnames": []},
        {"const_labels": {"a": "x"}},
        {"namespace": "n", "subsystem": "s"},
    ],
)
def test_an_identical_metric_is_handed_back(registry, kind, options):
    first = make(kind, registry, **options)
    body = render(registry)[0]
    with mock.patch.object(Registry, "register", side_effect=AssertionError):
        assert make(kind, registry, **options) is first
    assert registry.get_all() == [first] and render(registry)[0] == body


@pytest.mark.parametrize(
    ("kind", "one", "other"),
    [
        (Histogram, {"buckets": [1, 2]}, {"buckets": (1.0, 2.0, float("inf"))}),
        (Histogram, {"buckets": [1, 2]}, {"buckets": iter([1, 1, 2])}),
        (Histogram, {"native": True}, {"native_factor": 1.1}),
        (Histogram, {"buckets": Histogram.DEFAULT_BUCKETS}, {}),
        (Summary, {"quantiles": {0.5: 0.1, 0.9: 0.1}}, {"invariants": [(0.9, 0.1), (0.5, 0.1)]}),
        (Enum, {"states": ["red"]}, {"states": Colour}),
        (Enum, {"states": iter("ab")}, {"states": ["a", "b"]}),
        (Enum, {"label": "m"}, {}),
        (Counter, {"labelnames": iter("ab")}, {"labelnames": ["a", "b"]}),
        (Counter, {"const_labels": {"a": 1, "b": ""}}, {"const_labels": {"b": "", "a": "1"}}),
        (Gauge, {"namespace": "a_b"}, {"namespace": "a", "subsystem": "b"}),
        (Gauge, {"initial": 5}, {"initial": 7}),
        (Gauge, {"unit": ""}, {"unit": None}),
    ],
)
def test_what_is_the_same_in_other_words(registry, kind, one, other):
    first = make(kind, registry, **one)
    assert make(kind, registry, **other) is first


def test_values_go_on(registry):
    first = Counter("c", "d", registry=registry, labelnames=["a"])
    first.inc({"a": "x"}, 5)
    first.mine = "kept"
    second = Counter("c", "d", registry=registry, labelnames=["a"])
    second.labels("x").inc()
    assert first.get({"a": "x"}) == 6 and second.mine == "kept"
    gauge = Gauge("g", "d", registry=registry, initial=1)
    gauge.set(5)
    assert Gauge("g", "d", registry=registry, initial=1).get() == 5


def test_the_prefix_and_the_labels_of_the_registry():
    registry = Registry(prefix="app_", const_labels={"env": "prod"}, on_duplicate="reuse")
    first = Counter("c", "d", registry=registry)
    assert Counter("c", "d", {"env": "prod"}, registry) is first
    with pytest.raises(ValueError, match="A collector for app_c is already registered"):
        Counter("c", "d", {"env": "test"}, registry)
    assert Counter("app_c", "d", registry=registry).name == "app_app_c"


def test_all_ways_to_give_the_registry(registry):
    first = Counter("c", "d", None, registry)
    assert Counter(name="c", doc="d", registry=registry) is first
    assert Counter("c", "d", registry=registry, const_labels={}) is first


def test_the_default_registry(tmp_path):
    program = """
        import aioprometheus
        from aioprometheus import Counter, REGISTRY

        first = Counter("c", "d")
        try:
            Counter("c", "d")
        except ValueError as error:
            assert str(error) == "A collector for c is already registered"
        else:
            raise AssertionError
        aioprometheus.REGISTRY.on_duplicate = "reuse"
        assert Counter("c", "d") is first is Counter("c", "d", registry=None)
        REGISTRY.on_duplicate = "error"
        try:
            Counter("c", "d")
        except ValueError as error:
            print(error)
    """
    assert run(tmp_path, program).strip() == "A collector for c is already registered"


def test_other_registries_are_not_concerned(registry):
    other = Registry()
    Counter("c", "d", registry=registry)
    Counter("c", "d", registry=other)
    with pytest.raises(ValueError, match="already registered"):
        Counter("c", "d", registry=other)
    assert Counter("c", "d", registry=registry) is not other.get("c")


# --- Different ones


@pytest.mark.parametrize(("kind", "one", "other", "words"), DIFFERENT)
@pytest.mark.parametrize("turned", [False, True])
def test_a_different_metric_is_refused(registry, kind, one, other, words, turned):
    if turned:
        one, other = other, one
    first = make(kind, registry, **one)
    body = render(registry)[0]
    with pytest.raises(
        ValueError, match=r"^A collector for m(_s)? is already registered"
    ) as caught:
        make(kind, registry, **other)
    if not turned:
        assert words in _notes(caught)
    assert "they differ: " in _notes(caught)
    assert registry.get_all() == [first] and render(registry)[0] == body
    assert make(kind, registry, **one) is first


@pytest.mark.parametrize("kind", KINDS)
def test_another_doc_or_class(registry, kind):
    first = make(kind, registry)
    options = {"states": ["off", "on"]} if kind is Enum else {}
    with pytest.raises(ValueError, match="already registered") as caught:
        kind("m", "another", registry=registry, **options)
    assert "doc is 'd' there, and 'another' here" in _notes(caught)
    for other in (*KINDS, type("Own", (kind,), {})):
        if other is kind:
            continue
        with pytest.raises(ValueError, match="already registered") as caught:
            make(other, registry)
        assert f"the class is {kind.__name__} there, and {other.__name__} here" in _notes(caught)
    assert make(kind, registry) is first and first.doc == "d"


def test_several_differences_are_all_named(registry):
    Counter("c", "d", {"a": "x"}, registry)
    with pytest.raises(ValueError, match="already registered") as caught:
        Counter("c", "e", registry=registry, labelnames=["b"])
    assert all(word in _notes(caught) for word in ("doc", "constant labels", "labelnames"))


def test_names_of_utf8_are_a_difference(registry):
    Counter("c", "d", registry=registry)
    names.allow_utf8()
    try:
        with pytest.raises(ValueError, match="already registered") as caught:
            Counter("c", "d", registry=registry)
    finally:
        names.allow_utf8(False)
    assert "only the new one takes any UTF-8 in names" in _notes(caught)


def test_clashes_of_samples_are_refused_as_ever(registry):
    Summary("a", "d", registry=registry)
    for _ in range(2):
        with pytest.raises(ValueError, match="cannot live in one registry"):
            Counter("a_sum", "d", registry=registry)


def test_bad_arguments_are_refused_as_ever(registry):
    first = Counter("c", "d", registry=registry)
    for arguments, error in [
        ({"labelnames": "a"}, ValueError),
        ({"const_labels": {"a b": 1}}, ValueError),
        ({"initial": -1}, ValueError),
        ({"initial": "x"}, TypeError),
        ({"typo": 1}, TypeError),
    ]:
        with pytest.raises(error) as caught:
            Counter("c", "d", registry=registry, **arguments)
        assert "already registered" not in str(caught.value)
    with pytest.raises(TypeError, match="missing 1 required positional argument: 'doc'"):
        Counter("c", registry=registry)
    assert Counter("c", "d", registry=registry) is first


# --- Registering


def test_one_metric_may_be_registered_again(registry):
    metric = Counter("c", "d", registry=registry)
    registry.register(metric)
    assert registry.get_all() == [metric]
    with pytest.raises(ValueError, match="already registered"):
        registry.register(Counter("c", "d", registry=Registry()))
    # Without reuse it is refused, as ever.
    registry.on_duplicate = "error"
    with pytest.raises(ValueError, match="already registered"):
        registry.register(metric)


def test_a_metric_that_was_removed_is_made_anew(registry):
    first = Counter("c", "d", registry=registry)
    registry.unregister(first)
    second = Counter("c", "d", registry=registry)
    assert second is not first and registry.get("c") is second
    registry.clear()
    assert Counter("c", "d", registry=registry) is not second


def test_what_is_not_a_metric_stands_in_the_way(registry):
    registry.collectors["c"] = object()
    with pytest.raises(ValueError, match="already registered"):
        Counter("c", "d", registry=registry)


def test_metrics_can_be_collected_as_garbage():
    registry = Registry(on_duplicate="reuse")
    for _ in range(3):
        Counter("c", "d", registry=registry)
    seen = weakref.ref(registry.get("c"))
    registry.clear()
    gc.collect()
    assert seen() is None


# --- Reloads and threads


def test_a_module_that_is_reloaded(tmp_path, monkeypatch):
    (tmp_path / "metrics_of_a_shop.py").write_text(
        "from aioprometheus import Counter, Histogram, Registry\n"
        "try:\n"
        "    REGISTRY\n"
        "except NameError:\n"
        "    REGISTRY = Registry(on_duplicate='reuse')\n"
        "SOLD = Counter('sold_total', 'Sold', labelnames=['kind'], registry=REGISTRY)\n"
        "TIME = Histogram('seconds', 'Time', registry=REGISTRY, buckets=[1, 2])\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    module = importlib.import_module("metrics_of_a_shop")
    try:
        sold, time = module.SOLD, module.TIME
        sold.labels("book").inc()
        for _ in range(3):
            module = importlib.reload(module)
            module.SOLD.labels("book").inc()
        assert module.SOLD is sold and module.TIME is time
        assert sold.get({"kind": "book"}) == 4
    finally:
        del sys.modules["metrics_of_a_shop"]


def test_the_package_may_be_imported_again(registry):
    first = Counter("c", "d", registry=registry)
    copies = {name: sys.modules.pop(name) for name in list(sys.modules) if "aioprometheus" in name}
    try:
        again = importlib.import_module("aioprometheus")
        assert again.Counter("c", "d", registry=registry) is first
    finally:
        for name in [name for name in sys.modules if "aioprometheus" in name]:
            del sys.modules[name]
        sys.modules.update(copies)
    assert aioprometheus.Counter("c", "d", registry=registry) is first


@pytest.mark.parametrize("kind", [Counter, Histogram, Enum])
def test_threads_get_one_metric(registry, kind):
    count, rounds = 8, 50
    barrier, made = threading.Barrier(count), [[] for _ in range(rounds)]

    def run():
        for number, found in enumerate(made):
            barrier.wait()
            found.append(make(kind, registry, f"m{number}", labelnames=["a"]))

    threads = [threading.Thread(target=run) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for number, found in enumerate(made):
        assert len(found) == count and all(one is registry.get(f"m{number}") for one in found)
