"""Summaries, histograms, infos and enums: the tests of prometheus_client 0.26.0.

They are translated by the table in from-prometheus-client.md, and have the names that they have
there. What differs on purpose is in those that begin with `test_other`.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from aioprometheus import (
    Enum,
    Histogram,
    Info,
    Registry,
    Summary,
)
from support.migration import BOUNDS, TOO_LONG, Value, parameters


class TestSummary:
    @pytest.fixture
    def summary(self, registry: Registry) -> Summary:
        return Summary("s", "help", labelnames=[], registry=registry)

    @pytest.fixture
    def labelled(self, registry: Registry) -> Summary:
        return Summary("s_with_labels", "help", labelnames=("label1",), registry=registry)

    def test_other_repr(self, summary: Summary) -> None:
        assert repr(summary) == "<Summary s: 0 observations, sum 0.0>"

    def test_summary(self, summary: Summary, value: Value) -> None:
        assert (value("s_count"), value("s_sum")) == (0, 0)
        summary.observe(10)
        assert (value("s_count"), value("s_sum")) == (1, 10)

    def test_summary_not_observable(self, labelled: Summary) -> None:
        with pytest.raises(ValueError, match="missing label 'label1'"):
            labelled.observe(1)

    def test_function_decorator(self, summary: Summary, value: Value) -> None:
        @summary.time()
        def f() -> None:
            pass

        assert value("s_count") == 0
        assert parameters(f) == []
        f()
        assert value("s_count") == 1

    def test_function_decorator_multithread(
        self, summary: Summary, registry: Registry, value: Value
    ) -> None:
        summary2 = Summary("s2", "help", labelnames=[], registry=registry)
        duration = 0.1

        @summary.time()
        def f() -> None:
            time.sleep(duration / 2)
            # Different timers do not interfere.
            summary2.time()(lambda: time.sleep(duration / 2))()

        assert value("s_count") == 0
        with ThreadPoolExecutor(max_workers=3) as pool:
            for _ in range(9):
                pool.submit(f)
        assert value("s_count") == 9
        assert (value("s_sum") or 0) > 9 * duration * 0.9
        assert (value("s2_sum") or 0) > 9 * duration * 0.9 / 2

    def test_function_decorator_reentrancy(self, summary: Summary, value: Value) -> None:
        @summary.time()
        def f(i: int = 1) -> None:
            time.sleep(0.05)
            if i < 2:
                f(i + 1)

        assert value("s_count") == 0
        f()
        assert value("s_count") == 2
        assert (value("s_sum") or 0) > 0.15 * 0.9

    def test_block_decorator(self, summary: Summary, value: Value) -> None:
        assert value("s_count") == 0
        with summary.time():
            pass
        assert value("s_count") == 1

    def test_block_decorator_with_label(self, labelled: Summary, value: Value) -> None:
        assert value("s_with_labels_count", {"label1": "foo"}) is None
        with labelled.time() as metric:
            metric.labels("foo")
        assert value("s_with_labels_count", {"label1": "foo"}) == 1

    def test_timer_duration_exposed(self, summary: Summary, value: Value) -> None:
        with summary.time() as t:
            time.sleep(0.01)
        assert t.duration is not None and t.duration > 0
        assert t.duration == value("s_sum")

    def test_timer_not_observable(self, labelled: Summary) -> None:
        with pytest.raises(ValueError, match="missing label 'label1'"), labelled.time():
            pass


class TestHistogram:
    @pytest.fixture
    def histogram(self, registry: Registry) -> Histogram:
        return Histogram("h", "help", labelnames=[], registry=registry)

    @pytest.fixture
    def labelled(self, registry: Registry) -> Histogram:
        return Histogram("hl", "help", labelnames=["l"], registry=registry)

    @pytest.fixture
    def buckets(self, value: Value) -> Callable[..., list[float | None]]:
        """The buckets, the count and the sum of a series."""

        def buckets(name: str, **labels: str) -> list[float | None]:
            return [
                *(value(f"{name}_bucket", {"le": le, **labels}) for le in BOUNDS),
                value(f"{name}_count", labels),
                value(f"{name}_sum", labels),
            ]

        return buckets

    def test_other_repr(self, histogram: Histogram, labelled: Histogram) -> None:
        assert repr(histogram) == "<Histogram h: 0 observations, sum 0.0>"
        assert repr(labelled) == "<Histogram hl: no series>"

    def test_histogram(self, histogram: Histogram, buckets: Any) -> None:
        assert buckets("h") == [0, 0, 0, 0, 0, 0]
        histogram.observe(2)
        assert buckets("h") == [0, 1, 1, 1, 1, 2]
        histogram.observe(2.5)
        assert buckets("h") == [0, 2, 2, 2, 2, 4.5]
        histogram.observe(float("inf"))
        assert buckets("h") == [0, 2, 2, 3, 3, float("inf")]

    def test_histogram_not_observable(self, labelled: Histogram) -> None:
        with pytest.raises(ValueError, match="missing label 'l'"):
            labelled.observe(1)

    def test_setting_buckets(self) -> None:
        for bounds in ([0, 1, 2], [0, 1, 2, float("inf")]):
            histogram = Histogram("h", "help", registry=Registry(), buckets=bounds)
            histogram.labels()
            found = [s.labels["le"] for s in histogram.samples if s.name == "h_bucket"]
            assert found == ["0.0", "1.0", "2.0", "+Inf"]
        for bounds in ([], [float("inf")], [3, 1]):
            with pytest.raises(ValueError):
                Histogram("h", "help", registry=Registry(), buckets=bounds)

    def test_labels(self, labelled: Histogram, buckets: Any) -> None:
        with pytest.raises(ValueError):
            Histogram("h", "help", registry=Registry(), labelnames=["le"])
        labelled.labels("a").observe(2)
        assert buckets("hl", l="a") == [0, 1, 1, 1, 1, 2]

    def test_function_decorator(self, histogram: Histogram, buckets: Any) -> None:
        @histogram.time()
        def f() -> None:
            pass

        assert buckets("h")[3:5] == [0, 0]
        assert parameters(f) == []
        f()
        assert buckets("h")[3:5] == [1, 1]

    def test_function_decorator_multithread(self, histogram: Histogram, value: Value) -> None:
        duration = 0.1

        @histogram.time()
        def f() -> None:
            time.sleep(duration)

        assert value("h_count") == 0
        with ThreadPoolExecutor(max_workers=3) as pool:
            for _ in range(9):
                pool.submit(f)
        assert value("h_count") == 9
        assert (value("h_sum") or 0) > 9 * duration * 0.9

    def test_block_decorator(self, histogram: Histogram, buckets: Any) -> None:
        assert buckets("h")[3:5] == [0, 0]
        with histogram.time():
            pass
        assert buckets("h")[3:5] == [1, 1]

    def test_block_decorator_with_label(self, labelled: Histogram, buckets: Any) -> None:
        assert buckets("hl", l="a")[3:5] == [None, None]
        with labelled.time() as metric:
            metric.labels("a")
        assert buckets("hl", l="a")[3:5] == [1, 1]

    def test_exemplar_invalid_legacy_label_name(self, histogram: Histogram) -> None:
        for name in (":o)", "1"):
            with pytest.raises(ValueError):
                histogram.observe(3.0, exemplar={name: "smile"})

    @pytest.mark.usefixtures("utf8_names")
    def test_other_exemplar_label_name_of_any_text(self, registry: Registry) -> None:
        """There any text passes; here `allow_utf8()` leaves the rule for exemplars."""
        histogram = Histogram("h", "help", registry=registry)
        for name in (":o)", "1"):
            with pytest.raises(ValueError):
                histogram.observe(3.0, exemplar={name: "smile"})

    def test_exemplar_too_long(self, histogram: Histogram) -> None:
        with pytest.raises(ValueError):
            histogram.observe(1.0, exemplar=TOO_LONG)


class TestInfo:
    @pytest.fixture
    def info(self, registry: Registry) -> Info:
        return Info("i", "help", initial={}, registry=registry)

    @pytest.fixture
    def labelled(self, registry: Registry) -> Info:
        return Info("il", "help", labelnames=["l"], registry=registry)

    def test_other_repr(self, info: Info, labelled: Info) -> None:
        assert repr(info) == "<Info i: {}>"
        assert repr(labelled) == "<Info il: no series>"

    def test_info(self, info: Info, value: Value) -> None:
        assert value("i_info") == 1
        info.info({"a": "b", "c": "d"})
        assert value("i_info") is None
        assert value("i_info", {"a": "b", "c": "d"}) == 1

    def test_labels(self, labelled: Info, value: Value) -> None:
        with pytest.raises(ValueError):
            labelled.labels("a").info({"l": ""})
        labelled.labels("a").info({"foo": "bar"})
        assert value("il_info", {"l": "a", "foo": "bar"}) == 1

    def test_other_none_as_a_fact(self, labelled: Info, value: Value) -> None:
        """There it is a ValueError; here it is the text None."""
        labelled.labels("a").info({"il": None})
        assert value("il_info", {"l": "a", "il": "None"}) == 1


class TestEnum:
    @pytest.fixture
    def enum(self, registry: Registry) -> Enum:
        return Enum("e", "help", labelnames=[], states=["a", "b", "c"], registry=registry)

    @pytest.fixture
    def labelled(self, registry: Registry) -> Enum:
        return Enum("el", "help", labelnames=["l"], states=["a", "b", "c"], registry=registry)

    def test_enum(self, enum: Enum, value: Value) -> None:
        assert [value("e", {"e": state}) for state in "abc"] == [1, 0, 0]
        enum.state("b")
        assert [value("e", {"e": state}) for state in "abc"] == [0, 1, 0]
        with pytest.raises(ValueError):
            enum.state("d")
        with pytest.raises(ValueError):
            Enum("e", "help", registry=Registry())

    def test_labels(self, labelled: Enum, value: Value) -> None:
        labelled.labels("a").state("c")
        assert [value("el", {"l": "a", "el": state}) for state in "abc"] == [0, 0, 1]
        with pytest.raises(ValueError):
            labelled.state("a")

    def test_overlapping_labels(self) -> None:
        with pytest.raises(ValueError):
            Enum("e", "help", registry=Registry(), states=["a"], labelnames=["e"])

    def test_failed_init_does_not_pollute_registry(self, registry: Registry, value: Value) -> None:
        with pytest.raises(ValueError):
            Enum("task_state", "help", states=None, registry=registry)
        with pytest.raises(ValueError):
            Enum("task_state", "help", states=["a"], labelnames=["task_state"], registry=registry)
        Enum("task_state", "help", states=["a", "b"], labelnames=[], registry=registry)
        assert value("task_state", {"task_state": "a"}) == 1
