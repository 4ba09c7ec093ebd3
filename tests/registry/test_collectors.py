"""``registry.collectors``: a live mapping of the metrics, with the methods of a dict."""

import copy
import gc
import pickle
import threading
import weakref
from collections.abc import Mapping, MutableMapping
from unittest import mock

import pytest

from aioprometheus import Counter, Gauge, Registry, render


def _registry(*names):
    registry = Registry()
    for name in names:
        Gauge(name, "d", registry=registry)
    return registry


def _exposed(registry):
    lines = render(registry)[0].decode().splitlines()
    return [line.split()[2] for line in lines if line.startswith("# TYPE")]


def test_it_reads_like_a_dict():
    registry = _registry("b", "a")
    collectors = registry.collectors
    b, a = registry.get("b"), registry.get("a")
    assert isinstance(collectors, MutableMapping) and isinstance(collectors, Mapping)
    assert collectors is registry.collectors
    assert list(collectors) == list(collectors.keys()) == ["b", "a"]
    assert list(collectors.values()) == [b, a]
    assert list(collectors.items()) == [("b", b), ("a", a)]
    assert list(reversed(collectors)) == ["a", "b"]
    assert len(collectors) == 2 and collectors and not Registry().collectors
    assert "a" in collectors and "c" not in collectors and 5 not in collectors
    assert collectors["a"] is a and collectors.get("c") is None and collectors.get("c", 1) == 1
    assert collectors == {"b": b, "a": a} and {"a": a, "b": b} == collectors
    assert collectors != {"a": a} and collectors != 5
    assert dict(collectors) == {**collectors} == collectors.copy() == copy.copy(collectors)
    assert type(collectors.copy()) is dict
    assert collectors | {"c": 1} == {"b": b, "a": a, "c": 1}
    assert {"c": 1} | collectors == {"c": 1, "b": b, "a": a}
    assert collectors.keys() & {"a", "c"} == {"a"}
    assert repr(collectors) == repr(dict(collectors))
    match collectors:
        case {"a": found}:
            assert found is a


def test_it_writes_like_a_dict():
    registry = _registry("a")
    collectors, other = registry.collectors, Gauge("other", "d", registry=Registry())
    collectors["other"] = other
    assert _exposed(registry) == ["a", "other"] and registry.get("other") is other
    collectors["other"] = registry.get("a")  # it keeps its place
    assert list(collectors) == ["a", "other"]
    del collectors["other"]
    assert "other" not in registry
    assert collectors.setdefault("other", other) is other
    assert collectors.setdefault("other", None) is other
    assert collectors.pop("other") is other and collectors.pop("other", None) is None
    collectors.update({"x": other}, y=other)
    collectors.update([("z", other)])
    collectors |= {"w": other}
    assert list(registry.collectors) == ["a", "x", "y", "z", "w"]
    assert collectors.popitem() == ("w", other)
    collectors.clear()
    assert len(registry) == 0 and _exposed(registry) == []
    with pytest.raises(KeyError):
        collectors.popitem()


@pytest.mark.parametrize(
    ("mistake", "error"),
    [
        (lambda collectors: collectors["c"], KeyError),
        (lambda collectors: collectors.pop("c"), KeyError),
        (lambda collectors: collectors.__delitem__("c"), KeyError),
        (lambda collectors: collectors[[]], TypeError),
        (lambda collectors: collectors.get([]), TypeError),
        (lambda collectors: collectors.pop(), TypeError),
        (lambda collectors: collectors.pop("a", 1, 2), TypeError),
        (lambda collectors: collectors.__setitem__(5, None), TypeError),
        (lambda collectors: collectors.update({"x": 1, 5: 2}), TypeError),
        (lambda collectors: collectors.update(5), TypeError),
        (lambda collectors: collectors.__setitem__("\ud800", None), ValueError),
        (lambda collectors: collectors < {}, TypeError),
        (hash, TypeError),
        (pickle.dumps, TypeError),
    ],
)
def test_mistakes_change_nothing(mistake, error):
    registry = _registry("a")
    with pytest.raises(error):
        mistake(registry.collectors)
    assert list(registry.collectors) == ["a"]


def test_names_of_other_classes_of_text():
    class Name(str):
        __slots__ = ()

    registry = _registry("a")
    assert Name("a") in registry.collectors
    registry.collectors[Name("b")] = registry.get("a")
    assert list(registry.collectors) == ["a", "b"] and "\ud800" not in registry.collectors


def test_metrics_can_be_removed_while_it_is_iterated_over():
    registry = _registry("a", "b", "c")
    for name in registry.collectors:
        del registry.collectors[name]
    assert len(registry) == 0


def test_a_dict_that_is_assigned_is_copied():
    registry, other = _registry("a"), Gauge("other", "d", registry=Registry())
    before, assigned = registry.collectors, {"other": other}
    registry.collectors = assigned
    assert registry.collectors == assigned and _exposed(registry) == ["other"]
    assert list(before) == ["a"]
    registry.collectors = before
    assert registry.collectors is before and _exposed(registry) == ["a"]
    with pytest.raises(TypeError):
        registry.collectors = 5
    with pytest.raises(TypeError):
        registry.collectors = {5: other}
    assert registry.collectors is before


def test_it_can_be_patched():
    registry = _registry("a")
    with mock.patch.dict(registry.collectors, clear=True):
        Counter("inside_total", "d", registry=registry)
        assert _exposed(registry) == ["inside_total"]
    assert _exposed(registry) == ["a"]
    with mock.patch.object(registry, "collectors", {}):
        Counter("inside_total", "d", registry=registry)
        assert _exposed(registry) == ["inside_total"]
    assert _exposed(registry) == ["a"]


def test_what_was_written_past_the_checks_clashes_with_what_is_registered():
    registry = Registry()
    registry.collectors["a"] = Gauge("a", "d", registry=Registry())
    with pytest.raises(ValueError, match="A collector for a is already registered"):
        Gauge("a", "d", registry=registry)


def test_it_outlives_its_registry_and_is_collected_in_a_circle():
    registry = _registry("a")
    collectors, gauge = registry.collectors, registry.get("a")
    reference = weakref.ref(registry)
    del registry
    gc.collect()
    assert reference() is None and collectors["a"] is gauge
    gauge.home = collectors
    reference = weakref.ref(gauge)
    del collectors, gauge
    gc.collect()
    assert reference() is None


def test_threads_that_write_to_it():
    registry, gauge = Registry(), Gauge("a", "d", registry=Registry())
    failures = []

    def write(number):
        try:
            for turn in range(200):
                registry.collectors[f"m{number}_{turn}"] = gauge
                list(registry.collectors.items())
                del registry.collectors[f"m{number}_{turn}"]
        except Exception as error:
            failures.append(error)

    threads = [threading.Thread(target=write, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == [] and len(registry) == 0
