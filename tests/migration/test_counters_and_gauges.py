"""Counters and gauges: the tests of prometheus_client 0.26.0.

They are translated by the table in from-prometheus-client.md, and have the names that they have
there. What differs on purpose is in those that begin with `test_other`.
"""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from aioprometheus import (
    Counter,
    Gauge,
    Histogram,
    Registry,
    Summary,
)
from aioprometheus.formats.openmetrics import disable_created_metrics, enable_created_metrics
from support.migration import OPENMETRICS, TOO_LONG, Value, created, exposed, parameters


class TestCounter:
    @pytest.fixture
    def counter(self, registry: Registry) -> Counter:
        return Counter("c_total", "help", labelnames=[], registry=registry)

    @pytest.fixture
    def labelled(self, registry: Registry) -> Counter:
        return Counter("counter", "help", labelnames=("label",), registry=registry)

    def test_increment(self, counter: Counter, value: Value) -> None:
        assert value("c_total") == 0
        counter.inc()
        assert value("c_total") == 1
        counter.inc(7)
        assert value("c_total") == 8

    def test_other_reset(self, counter: Counter, registry: Registry) -> None:
        """There is no `reset()`: `remove()` and `labels()` begin the series anew."""
        counter.inc()
        enable_created_metrics()
        try:
            before = exposed(registry, OPENMETRICS)
            time.sleep(0.05)
            counter.remove()
            counter.labels()
            after = exposed(registry, OPENMETRICS)
        finally:
            disable_created_metrics()
        assert "\nc_total 1\n" in before and "\nc_total 0\n" in after
        assert created(before) < created(after)

    def test_other_repr(self, counter: Counter) -> None:
        assert repr(counter) == "<Counter c_total: 0>"

    def test_other_clear_without_labels(self, counter: Counter, value: Value) -> None:
        """There it changes nothing; here the series goes."""
        counter.inc()
        counter.clear()
        assert value("c_total") is None

    def test_negative_increment_raises(self, counter: Counter) -> None:
        with pytest.raises(ValueError):
            counter.inc(-1)

    def test_function_decorator(self, counter: Counter, value: Value) -> None:
        @counter.count_exceptions(ValueError)
        def f(r: bool) -> None:
            if r:
                raise ValueError
            raise TypeError

        assert parameters(f) == ["r"]
        with pytest.raises(TypeError):
            f(False)
        assert value("c_total") == 0
        with pytest.raises(ValueError):
            f(True)
        assert value("c_total") == 1

    def test_block_decorator(self, counter: Counter, value: Value) -> None:
        with counter.count_exceptions():
            pass
        assert value("c_total") == 0
        with pytest.raises(ValueError), counter.count_exceptions():
            raise ValueError
        assert value("c_total") == 1

    def test_count_exceptions_not_observable(self, labelled: Counter) -> None:
        with pytest.raises(ValueError, match="missing label 'label'"):
            labelled.count_exceptions()

    def test_inc_not_observable(self, labelled: Counter) -> None:
        with pytest.raises(ValueError, match="missing label 'label'"):
            labelled.inc()

    def test_exemplar_invalid_label_name(self, counter: Counter) -> None:
        """There only with `enable_legacy_validation()`."""
        for name in (":o)", "1"):
            with pytest.raises(ValueError):
                counter.inc(exemplar={name: "smile"})

    def test_exemplar_unicode(self, counter: Counter) -> None:
        exemplar = {
            "abcdefghijklmnopqrstuvwxyz": "26+16 characters",
            "x123456": "7+15 characters",
            "zyxwvutsrqponmlkjihgfedcba": "26+16 characters",
            "unicode": "7+15 chars    平",
        }
        counter.inc(exemplar=exemplar)

    def test_exemplar_too_long(self, counter: Counter) -> None:
        with pytest.raises(ValueError):
            counter.inc(exemplar=TOO_LONG)


class TestDisableCreated:
    def test_counter(self, registry: Registry, value: Value) -> None:
        Counter("c_total", "help", registry=registry).inc()
        assert value("c_created") is None

    def test_histogram(self, registry: Registry, value: Value) -> None:
        Histogram("h", "help", registry=registry).observe(3.2)
        assert value("h_created") is None

    def test_summary(self, registry: Registry, value: Value) -> None:
        Summary("s", "help", registry=registry).observe(8.2)
        assert value("s_created") is None


class TestGauge:
    @pytest.fixture
    def gauge(self, registry: Registry) -> Gauge:
        return Gauge("g", "help", labelnames=[], registry=registry)

    @pytest.fixture
    def labelled(self, registry: Registry) -> Gauge:
        return Gauge("g2", "help", labelnames=("label1",), registry=registry)

    def test_other_repr(self, gauge: Gauge) -> None:
        assert repr(gauge) == "<Gauge g: 0>"

    def test_gauge(self, gauge: Gauge, value: Value) -> None:
        assert value("g") == 0
        gauge.inc()
        assert value("g") == 1
        gauge.dec(3)
        assert value("g") == -2
        gauge.set(9)
        assert value("g") == 9

    @pytest.mark.parametrize(
        ("method", "arguments"),
        [("inc", ()), ("dec", ()), ("set", (1,)), ("set_function", (lambda: 1,))],
        ids=["inc", "dec", "set", "set_function"],
    )
    def test_not_observable(self, labelled: Gauge, method: str, arguments: Any) -> None:
        with pytest.raises(ValueError, match="missing label 'label1'"):
            getattr(labelled, method)(*arguments)

    def test_inprogress_function_decorator(self, gauge: Gauge, value: Value) -> None:
        @gauge.track_inprogress()
        def f() -> None:
            assert value("g") == 1

        assert value("g") == 0
        assert parameters(f) == []
        f()
        assert value("g") == 0

    def test_inprogress_block_decorator(self, gauge: Gauge, value: Value) -> None:
        assert value("g") == 0
        with gauge.track_inprogress():
            assert value("g") == 1
        assert value("g") == 0

    def test_gauge_function(self, gauge: Gauge, value: Value) -> None:
        x: dict[str, None] = {}
        gauge.set_function(lambda: len(x))
        assert value("g") == 0
        gauge.inc()
        assert value("g") == 0
        x["a"] = None
        assert value("g") == 1

    def test_time_function_decorator(self, gauge: Gauge, value: Value) -> None:
        @gauge.time()
        def f() -> None:
            time.sleep(0.001)

        assert value("g") == 0
        assert parameters(f) == []
        f()
        assert value("g") != 0

    def test_function_decorator_multithread(self, gauge: Gauge, value: Value) -> None:
        @gauge.time()
        def f(duration: float) -> None:
            time.sleep(duration)

        assert value("g") == 0
        with ThreadPoolExecutor(max_workers=2) as pool:
            pool.submit(f, 0.2)
            time.sleep(0.14)
            pool.submit(f, 0.4)
            time.sleep(0.2)
            assert 0.18 < (value("g") or 0) < 0.4

    def test_time_block_decorator(self, gauge: Gauge, value: Value) -> None:
        assert value("g") == 0
        with gauge.time():
            time.sleep(0.001)
        assert value("g") != 0

    def test_time_block_decorator_with_label(self, labelled: Gauge, value: Value) -> None:
        assert value("g2", {"label1": "foo"}) is None
        with labelled.time() as metric:
            metric.labels("foo")
        assert (value("g2", {"label1": "foo"}) or 0) > 0

    def test_track_in_progress_not_observable(self, labelled: Gauge) -> None:
        with pytest.raises(ValueError, match="missing label 'label1'"):
            labelled.track_inprogress()

    def test_timer_not_observable(self, labelled: Gauge) -> None:
        with pytest.raises(ValueError, match="missing label 'label1'"), labelled.time():
            pass
