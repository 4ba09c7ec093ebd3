"""Exemplars of metrics whose methods are overridden or patched: the updates do not change."""

from unittest import mock

import pytest

from aioprometheus import Counter, Histogram, Registry
from aioprometheus.exemplars import set_hook
from support.scrapes import everything, exemplars, scrape

A = {"a": "x"}
TRACE = {"trace_id": "4bf92f3577b34da6"}
OPEN = ["openmetrics", "protobuf"]


@pytest.fixture(params=["given", "by the hook", "both"])
def exemplar(request):
    """Keywords of an update, with a hook or without one."""
    if request.param != "given":
        set_hook(lambda: {"hook": "1"})
    yield {} if request.param == "by the hook" else {"exemplar": TRACE}
    set_hook(None)


def _make(kind, **members):
    registry = Registry()
    return type("Derived", (kind,), members)("m_total", "d", registry=registry), registry


def _exemplars(registry):
    return [one.labels for kind in OPEN for one in exemplars(kind, scrape(registry, kind)).values()]


class Recorded:
    """Overrides that do what they override, and write down how they were called."""

    def __init__(self, kind):
        calls = self.calls = []

        def add(self, labels, value):
            calls.append(("add", labels, value))
            kind.add(self, labels, value)

        def get_value(self, labels=None):
            calls.append(("get_value", labels))
            return kind.get_value(self, labels)

        def set_value(self, labels, value):
            calls.append(("set_value", labels, value))
            kind.set_value(self, labels, value)

        self.methods = {"add": add, "get_value": get_value, "set_value": set_value}


UPDATES = [
    (Counter, lambda metric, **more: metric.inc(A, 2, **more)),
    (Counter, lambda metric, **more: metric.inc(A, **more)),
    (Counter, lambda metric, **more: metric.labels(A).inc(2, **more)),
    (Counter, lambda metric, **more: metric.labels(A).inc(**more)),
    (Histogram, lambda metric, **more: metric.observe(A, 2, **more)),
    (Histogram, lambda metric, **more: metric.labels(A).observe(2, **more)),
]


@pytest.mark.parametrize("method", ["add", "get_value", "set_value"])
@pytest.mark.parametrize(("kind", "update"), UPDATES)
def test_overrides_are_called_as_without_exemplars(kind, update, method, exemplar):
    plain, recorded = Recorded(kind), Recorded(kind)
    expected, _ = _make(kind, **{method: plain.methods[method]})
    metric, _ = _make(kind, **{method: recorded.methods[method]})
    for _ in range(2):
        update(expected)
        update(metric, **exemplar)
    kinds_of_calls = [call[:2] for call in recorded.calls]
    assert kinds_of_calls == [call[:2] for call in plain.calls]
    assert metric.get_all() == expected.get_all()


@pytest.mark.parametrize("method", ["get_value", "set_value"])
@pytest.mark.parametrize(("kind", "update"), UPDATES)
def test_metrics_that_keep_their_values_leave_exemplars_out(kind, update, method, exemplar):
    metric, registry = _make(kind, **{method: Recorded(kind).methods[method]})
    update(metric, **exemplar)
    assert _exemplars(registry) == []


def test_a_counter_with_an_add_of_its_own_leaves_them_out():
    metric, registry = _make(Counter, add=Recorded(Counter).methods["add"])
    metric.inc(A, 2, exemplar=TRACE)
    metric.labels(A).inc(exemplar=TRACE)
    assert metric.get_all() == [(A, 3)]
    assert _exemplars(registry) == []


# `observe` does not call `add`, as in 23.12.0.
@pytest.mark.parametrize(
    ("kind", "update", "method"),
    [
        (kind, update, method)
        for kind, update in UPDATES
        for method in ("add", "get_value", "set_value")
        if (kind, method) != (Histogram, "add")
    ],
)
@pytest.mark.parametrize(("bad", "error"), [({"a b": "x"}, ValueError), ("junk", TypeError)])
def test_exemplars_are_checked_all_the_same(kind, update, method, bad, error):
    metric, registry = _make(kind, **{method: Recorded(kind).methods[method]})
    metric.labels(A)
    before = everything(registry)
    with pytest.raises(error, match="m_total"):
        update(metric, exemplar=bad)
    assert everything(registry) == before


@pytest.mark.parametrize("kind", [Counter, Histogram])
def test_an_override_of_add_that_takes_exemplars_passes_them_on(kind):
    def add(self, labels, value, *, exemplar=None):
        kind.add(self, labels, value * 2, exemplar=exemplar)

    metric, _ = _make(kind, add=add)
    metric.add(A, 2, exemplar=TRACE)
    metric.labels(A).add(2, exemplar=TRACE)
    value = metric.get(A)
    assert (value if kind is Counter else value["sum"]) == 8


@pytest.mark.parametrize(("kind", "method"), [(Counter, "inc"), (Histogram, "observe")])
def test_an_override_of_the_update_that_takes_exemplars_passes_them_on(kind, method):
    def update(self, labels=None, value=1, *, exemplar=None):
        getattr(kind, method)(self, labels, value, exemplar={**(exemplar or {}), "more": "1"})

    metric, registry = _make(kind, **{method: update})
    bound = getattr(metric.labels(A), method)
    for call, labels in ((getattr(metric, method), (A,)), (bound, ())):
        call(*labels, 2, exemplar=TRACE)
        assert _exemplars(registry) == [{**TRACE, "more": "1"}] * 2


@pytest.mark.parametrize(("kind", "method"), [(Counter, "inc"), (Histogram, "observe")])
def test_mocks_get_the_exemplar(kind, method):
    metric, _ = _make(kind)
    with mock.patch.object(metric, method) as patched:
        getattr(metric, method)(A, 2, exemplar=TRACE)
        getattr(metric.labels(A), method)(2, exemplar=TRACE)
    assert patched.call_args_list == [mock.call(A, 2, exemplar=TRACE)] * 2


@pytest.mark.parametrize("kind", [Counter, Histogram])
def test_a_metric_that_says_itself_what_it_is_shows_none(kind):
    def get_all(self):
        return kind.get_all(self)

    metric, registry = _make(kind, get_all=get_all)
    metric.add(A, 2, exemplar=TRACE)
    assert _exemplars(registry) == []


@pytest.mark.parametrize("kind", [Counter, Histogram])
def test_a_subclass_without_overrides_keeps_them(kind, exemplar):
    metric, registry = _make(kind)
    metric.add(A, 2, **exemplar)
    shown = exemplar.get("exemplar", {"hook": "1"})
    assert _exemplars(registry) == [shown, shown]
