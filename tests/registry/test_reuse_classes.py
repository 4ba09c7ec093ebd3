"""Metrics of the user's classes that are made twice in a registry that hands back the first one."""

from unittest import mock

import pytest

from aioprometheus import Counter, Enum, Gauge, Histogram, Info, Registry, Summary, render
from aioprometheus.collectors import Collector
from support.make import make

KINDS = [Collector, Counter, Gauge, Summary, Histogram, Info, Enum]


@pytest.fixture
def registry():
    return Registry(on_duplicate="reuse")


def _notes(caught):
    return "\n".join(caught.value.__notes__)


def test_a_class_without_a_constructor_of_its_own(registry):
    class Own(Counter):
        label = "x"

        def inc_twice(self):
            self.inc()
            self.inc()

    first = Own("c", "d", registry=registry)
    first.inc_twice()
    assert Own("c", "d", registry=registry) is first and first.get() == 2


def test_a_class_with_an_init_of_its_own_is_told(registry):
    made = []

    class Own(Counter):
        def __init__(self, kind):
            super().__init__(f"{kind}_total", "d", registry=registry)
            self.kind = kind
            made.append(self)

    first = Own("a")
    first.inc(5)
    with pytest.raises(
        ValueError, match=r"^A collector for a_total is already registered"
    ) as caught:
        Own("a")
    assert "Own has an __init__ or __new__ of its own" in _notes(caught)
    assert "registry.get('a_total')" in _notes(caught)
    assert made == [first] and registry.get_all() == [first] and first.get() == 5
    assert Own("b").kind == "b"


def test_a_class_with_a_new_of_its_own_can_hand_back(registry):
    class Own(Counter):
        begun = 0

        def __new__(cls, *args, **kwargs):
            return registry.collectors.get(args[0]) or super().__new__(cls, *args, **kwargs)

        def __init__(self, name, doc):
            super().__init__(name, doc, registry=registry)
            self.begun += 1

    first = Own("c", "d")
    first.inc()
    assert Own("c", "d") is first and first.begun == 2 and first.get() == 1
    # The same object with other arguments: refused, and nothing has changed.
    with pytest.raises(ValueError, match="already registered") as caught:
        Own("c", "e")
    assert "doc is 'd' there, and 'e' here" in _notes(caught)
    assert first.begun == 2 and first.doc == "d"


def test_init_is_not_called_twice_elsewhere(registry):
    for where in (registry, Registry()):
        metric = Counter("c", "d", registry=where)
        with pytest.raises(RuntimeError, match="initialised already"):
            metric.__init__("other", "d", registry=where)
        with pytest.raises(RuntimeError, match="initialised already"):
            metric.__init__("c", "d", registry=Registry())
    assert metric.name == "c"


def test_new_alone(registry):
    """Objects that are not initialised, as mocks make them, need no arguments."""
    bare = Counter.__new__(Counter)
    with pytest.raises(RuntimeError, match="not initialised"):
        bare.inc()
    bare.__init__("c", "d", registry=registry)
    assert registry.get("c") is bare
    assert Counter.__new__(Counter, "c", "d", registry=registry) is bare


def test_a_class_that_overrides_what_is_read(registry):
    class Own(Gauge):
        def get_all(self):
            return [({}, 7)]

    first = Own("g", "d", registry=registry)
    assert Own("g", "d", registry=registry) is first
    assert render(registry)[0].endswith(b"\ng 7\n")


def test_a_class_of_registries(registry):
    class Shop(Registry):
        def __init__(self):
            super().__init__(on_duplicate="reuse")
            self.seen = []

        def register(self, collector):
            self.seen.append(collector.name)
            super().register(collector)

    shop = Shop()
    first = Counter("c", "d", registry=shop)
    assert Counter("c", "d", registry=shop) is first and shop.seen == ["c"]
    with pytest.raises(ValueError, match="already registered"):
        Counter("c", "e", registry=shop)


@pytest.mark.parametrize("kind", KINDS)
def test_mocks(registry, kind):
    first = make(kind, registry)
    with mock.patch.object(kind, "__init__", return_value=None) as init:
        assert kind("x", "d", registry=registry) is not first
    assert init.call_count == 1
    assert make(kind, registry) is first
    spec = mock.create_autospec(kind)
    assert isinstance(spec("m", "d", registry=registry), kind)
