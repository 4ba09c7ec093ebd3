"""Labels, names and constructors: the tests of prometheus_client 0.26.0.

They are translated by the table in from-prometheus-client.md, and have the names that they have
there. What differs on purpose is in those that begin with `test_other`.
"""

from __future__ import annotations

from typing import Any

import pytest

from aioprometheus import (
    Counter,
    Enum,
    Histogram,
    Info,
    Registry,
    Summary,
)
from support.migration import Value


class TestMetricWrapper:
    @pytest.fixture
    def counter(self, registry: Registry) -> Counter:
        return Counter("c_total", "help", labelnames=["l"], registry=registry)

    @pytest.fixture
    def two_labels(self, registry: Registry) -> Counter:
        return Counter("two_total", "help", labelnames=["a", "b"], registry=registry)

    @pytest.fixture
    def tenants(self, registry: Registry) -> Counter:
        counter = Counter("t_total", "help", labelnames=["tenant", "endpoint"], registry=registry)
        for labels in (("acme", "/"), ("acme", "/checkout"), ("globex", "/")):
            counter.labels(*labels).inc()
        return counter

    def test_child(self, counter: Counter, two_labels: Counter, value: Value) -> None:
        counter.labels("x").inc()
        assert value("c_total", {"l": "x"}) == 1
        two_labels.labels("x", "y").inc(2)
        assert value("two_total", {"a": "x", "b": "y"}) == 2

    def test_remove(self, counter: Counter, value: Value) -> None:
        counter.labels("x").inc()
        counter.labels("y").inc(2)
        assert [value("c_total", {"l": label}) for label in "xy"] == [1, 2]
        counter.remove("x")
        assert [value("c_total", {"l": label}) for label in "xy"] == [None, 2]

    def test_clear(self, counter: Counter, value: Value) -> None:
        counter.labels("x").inc()
        counter.labels("y").inc(2)
        assert [value("c_total", {"l": label}) for label in "xy"] == [1, 2]
        counter.clear()
        assert [value("c_total", {"l": label}) for label in "xy"] == [None, None]

    @pytest.mark.parametrize("method", ["labels", "remove"])
    @pytest.mark.parametrize("labels", [(), ("a", "b")])
    def test_incorrect_label_count_raises(
        self, counter: Counter, method: str, labels: tuple[str, ...]
    ) -> None:
        with pytest.raises(ValueError):
            getattr(counter, method)(*labels)

    def test_other_labels_on_labels(self, counter: Counter) -> None:
        """There it is a ValueError."""
        with pytest.raises(AttributeError):
            counter.labels("a").labels("b")

    def test_labels_coerced_to_string(self, counter: Counter, value: Value) -> None:
        """There None is text, too: see below."""
        counter.labels(5).inc()
        counter.labels(l=5).inc()
        assert value("c_total", {"l": "5"}) == 2
        counter.remove(5)
        assert value("c_total", {"l": "5"}) is None

    def test_other_lone_none(self, counter: Counter, value: Value) -> None:
        """A lone None by position is no label here; by name it is the text None."""
        with pytest.raises(ValueError, match="missing label 'l'"):
            counter.labels(None)
        counter.labels(l=None).inc()
        assert value("c_total", {"l": "None"}) == 1

    def test_remove_by_labels(self, tenants: Counter, value: Value) -> None:
        assert tenants.remove_by_labels({"tenant": "acme"}) == 2
        assert value("t_total", {"tenant": "acme", "endpoint": "/"}) is None
        assert value("t_total", {"tenant": "acme", "endpoint": "/checkout"}) is None
        assert value("t_total", {"tenant": "globex", "endpoint": "/"}) == 1

    def test_remove_by_labels_invalid_label_name(self, tenants: Counter) -> None:
        with pytest.raises(ValueError):
            tenants.remove_by_labels({"badkey": "x"})

    def test_remove_by_labels_empty_is_noop(self, tenants: Counter, value: Value) -> None:
        assert tenants.remove_by_labels({}) == 0
        assert value("t_total", {"tenant": "acme", "endpoint": "/"}) == 1

    def test_non_string_labels_raises(self, counter: Counter) -> None:
        class Test:
            __str__ = None

        with pytest.raises(TypeError):
            counter.labels(Test())
        with pytest.raises(TypeError):
            counter.labels(l=Test())

    def test_namespace_subsystem_concatenated(self, registry: Registry, value: Value) -> None:
        Counter("c_total", "help", namespace="a", subsystem="b", registry=registry).inc()
        assert value("a_b_c_total") == 1

    def test_labels_by_kwarg(self, counter: Counter, two_labels: Counter, value: Value) -> None:
        counter.labels(l="x").inc()
        assert value("c_total", {"l": "x"}) == 1
        for wrong in ({"l": "x", "m": "y"}, {"m": "y"}, {}):
            with pytest.raises(ValueError):
                counter.labels(**wrong)
        two_labels.labels(a="x", b="y").inc()
        assert value("two_total", {"a": "x", "b": "y"}) == 1
        for wrong in (
            {"a": "x", "b": "y", "c": "z"},
            {"a": "x", "c": "z"},
            {"b": "y", "c": "z"},
            {"c": "z"},
            {},
        ):
            with pytest.raises(ValueError):
                two_labels.labels(**wrong)
        with pytest.raises(ValueError):
            two_labels.labels({"a": "x"}, b="y")

    @pytest.mark.parametrize(
        ("kind", "name", "options"),
        [
            (Counter, "", {}),
            (Counter, "^", {}),
            (Counter, "", {"namespace": "&"}),
            (Counter, "", {"subsystem": "("}),
            (Counter, "c_total", {"labelnames": ["^"]}),
            (Counter, "c_total", {"labelnames": ["a:b"]}),
            (Counter, "c_total", {"labelnames": ["__reserved"]}),
            (Summary, "c_total", {"labelnames": ["quantile"]}),
        ],
    )
    def test_invalid_legacy_names_raise(
        self, registry: Registry, kind: Any, name: str, options: dict[str, Any]
    ) -> None:
        with pytest.raises(ValueError):
            kind(name, "help", registry=registry, **options)

    @pytest.mark.usefixtures("utf8_names")
    @pytest.mark.parametrize(
        ("kind", "name", "options"),
        [
            (Counter, "", {}),
            (Counter, "", {"namespace": "&"}),
            (Counter, "", {"subsystem": "("}),
            (Counter, "c_total", {"labelnames": ["__reserved"]}),
            (Summary, "c_total", {"labelnames": ["quantile"]}),
        ],
    )
    def test_invalid_names_raise(
        self, registry: Registry, kind: Any, name: str, options: dict[str, Any]
    ) -> None:
        with pytest.raises(ValueError):
            kind(name, "help", registry=registry, **options)

    def test_empty_labels_list(self, registry: Registry, value: Value) -> None:
        Histogram("h", "help", labelnames=[], registry=registry)
        assert value("h_sum") == 0

    def test_other_unit_appended(self, registry: Registry) -> None:
        """The name of a metric is exposed as it is given: it must end in the unit."""
        with pytest.raises(ValueError, match="must be named so: h_seconds"):
            Histogram("h", "help", labelnames=[], registry=registry, unit="seconds")

    def test_unit_notappended(self, registry: Registry, value: Value) -> None:
        Histogram("h_seconds", "help", labelnames=[], registry=registry, unit="seconds")
        assert value("h_seconds_sum") == 0

    @pytest.mark.parametrize("kind", [Info, Enum])
    def test_no_units_for_info_enum(self, kind: Any, registry: Registry) -> None:
        with pytest.raises(ValueError):
            kind("foo", "help", unit="x", registry=registry)

    def test_other_name_cleanup_before_unit_append(self, registry: Registry) -> None:
        with pytest.raises(ValueError, match="must be named so: b_total_total"):
            Counter("b_total", "help", unit="total", labelnames=["l"], registry=registry)
