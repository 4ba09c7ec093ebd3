"""Names of any UTF-8 text: refusals, and such names in the Python API."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

from aioprometheus import Counter, Enum, Gauge, Histogram, Info, Registry, Summary, names, render
from support import protobuf_model
from support.format_model import INF, KINDS, METHODS

TEXT = "text/plain;version=1.0.0"
OPENMETRICS = "application/openmetrics-text;version=1.0.0"
PROTOBUF = (
    "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited"
)
SCHEMES = ["underscores", "dots", "values", "allow-utf-8"]
VALUES = {Info: {"v": "1"}, Enum: "on"}
OPTIONS = {
    Summary: {"quantiles": {0.5: 0}},
    Histogram: {"buckets": [1]},
    Enum: {"states": ["on"]},
}


@pytest.fixture(autouse=True)
def any_names() -> Iterator[None]:
    names.allow_utf8()
    yield
    names.allow_utf8(False)


def make(kind: Any, name: str, registry: Registry, **options: Any) -> Any:
    for base, more in OPTIONS.items():
        if issubclass(kind, base):
            options = {**more, **options}
    return kind(name, "d", registry=registry, **options)


def update(metric: Any, labels: dict[str, Any] | None) -> None:
    kind = next(kind for kind in KINDS if isinstance(metric, kind))
    getattr(metric, METHODS[kind])(labels, VALUES.get(kind, 1))


def bodies(registry: Registry) -> dict[tuple[str, str], bytes]:
    return {
        (accept, scheme): render(registry, f"{accept};escaping={scheme}", accept_encoding="")[0]
        for accept in (TEXT, OPENMETRICS, PROTOBUF)
        for scheme in SCHEMES
    }


MEETINGS = [
    ("a.b", "a_b"),
    ("a.b", "a-b"),
    ("a.b", "a b"),
    ("a.b", "a_dot_b"),
    ("a/b", "a__b"),
    ("a.b", "U__a_2e_b"),
    ("\u00e9", "_"),
    ("0a", "_a"),
    ("a\n", "a_"),
]


@pytest.mark.parametrize(("first", "second"), MEETINGS)
@pytest.mark.parametrize("kind", KINDS)
def test_metrics_whose_names_become_one(kind: Any, first: str, second: str) -> None:
    for one, other in ((first, second), (second, first)):
        registry = Registry()
        metric = make(kind, one, registry)
        with pytest.raises(ValueError) as caught:
            make(kind, other, registry)
        assert repr(str(caught.value)).count(repr(one)[1:-1]) >= 1
        assert repr(other)[1:-1] in repr(str(caught.value))
        assert registry.get_all() == [metric]
        # They may be in two registries, but not in the same one.
        alone = make(kind, other, Registry())
        with pytest.raises(ValueError, match=re.escape(one)):
            registry.register(alone)
        registry.deregister(one)
        registry.register(alone)
        assert registry.get_all() == [alone]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ((Summary, "a.b"), (Gauge, "a_b_sum")),
        ((Summary, "a_b"), (Gauge, "a.b_count")),
        ((Histogram, "a.b"), (Counter, "a_dot_b_bucket")),
        ((Histogram, "a.b"), (Counter, "a.b_sum")),
        ((Info, "a.b"), (Gauge, "a_b_info")),
        ((Info, "a.b_info"), (Info, "a.b")),
    ],
)
def test_metrics_whose_samples_become_one(first: Any, second: Any) -> None:
    for (kind, name), (other_kind, other) in ((first, second), (second, first)):
        registry = Registry()
        make(kind, name, registry)
        with pytest.raises(ValueError, match=re.escape(name)) as caught:
            make(other_kind, other, registry)
        assert other in str(caught.value)
        assert len(registry.get_all()) == 1


def test_legacy_names_do_not_meet() -> None:
    registry = Registry()
    for name in ("a_b", "a__b", "a_dot_b", "U__a__b", "U__a_2e_b"):
        make(Gauge, name, registry).set({"a_b": "1", "a__b": "1", "U__a_2e_b": "2"}, 1)
    assert len(registry.get_all()) == 5


@pytest.mark.parametrize(("first", "second"), MEETINGS)
@pytest.mark.parametrize("kind", KINDS)
def test_labels_that_become_one(kind: Any, first: str, second: str) -> None:
    registry = Registry()
    for options in (
        {"const_labels": {first: "1", second: "2"}},
        {"labelnames": [first, second]},
        {"const_labels": {first: "1"}, "labelnames": [second]},
    ):
        with pytest.raises(ValueError, match=re.escape(first)) as caught:
            make(kind, "m", registry, **options)
        assert second in str(caught.value)
    assert registry.get_all() == []
    metric = make(kind, "m", registry)
    with pytest.raises(ValueError, match="m: ") as caught:
        update(metric, {first: "1", second: "2"})
    assert first in str(caught.value) and second in str(caught.value)
    assert len(metric.values) == 0
    # In two series they clash if the values are the same too.
    update(metric, {first: "1"})
    with pytest.raises(ValueError, match=r"m: the labels .* cannot stand beside ") as caught:
        update(metric, {second: "1"})
    assert all(repr(name)[1:-1] in str(caught.value) for name in (first, second))
    assert len(metric.values) == 1
    update(metric, {second: "2"})
    assert len(metric.values) == 2


def test_facts_that_become_one_with_a_label() -> None:
    info = make(Info, "i", Registry(), const_labels={"c.d": "1"})
    for labels, facts in (
        ({"a.b": "1"}, {"a_b": "2"}),
        ({}, {"c_d": "1"}),
        ({}, {"x.": "", "x_": ""}),
    ):
        with pytest.raises(ValueError, match="i: "):
            info.info(labels, facts)
    assert len(info.values) == 0


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", ["", "\ud800", "a\udfff.b"])
def test_names_that_are_refused(kind: Any, name: str) -> None:
    registry = Registry()
    with pytest.raises(ValueError):
        make(kind, name, registry)
    for options in ({"const_labels": {name: "1"}}, {"labelnames": [name]}):
        with pytest.raises(ValueError):
            make(kind, "m", registry, **options)
    assert registry.get_all() == []
    metric = make(kind, "m", registry)
    with pytest.raises(ValueError):
        update(metric, {name: "1"})
    assert len(metric.values) == 0


@pytest.mark.parametrize("name", ["job", "__a.b", "__", "__name__"])
@pytest.mark.parametrize("kind", KINDS)
def test_reserved_labels_stay_reserved(kind: Any, name: str) -> None:
    metric = make(kind, "m.x", Registry())
    with pytest.raises(ValueError, match=re.escape(name)):
        update(metric, {name: "1"})
    own = {Summary: "quantile", Histogram: "le", Enum: "m.x"}.get(kind)
    if own is not None:
        with pytest.raises(ValueError, match=re.escape(own)):
            update(metric, {own: "1"})
    assert len(metric.values) == 0


@pytest.mark.parametrize("name", ["a.b", "a b", "\u00e9", "1a", "a\n", "a-b", '"', "{", "a\0"])
@pytest.mark.parametrize("kind", KINDS)
def test_all_is_refused_without_leave(kind: Any, name: str) -> None:
    names.allow_utf8(False)
    assert not names.utf8_is_allowed()
    registry = Registry()
    with pytest.raises(ValueError) as caught:
        make(kind, name, registry)
    assert str(caught.value) == f"Invalid metric name: {name}"
    for options in ({"const_labels": {name: "1"}}, {"labelnames": [name]}):
        with pytest.raises(ValueError, match=r"^Invalid label name: "):
            make(kind, "m", registry, **options)
    assert registry.get_all() == []
    metric = make(kind, "m", registry)
    with pytest.raises(ValueError, match=r"^Invalid label name: "):
        update(metric, {name: "1"})
    with pytest.raises(ValueError, match=r"^Invalid label name: "):
        update(metric, {"a:b": "1"})
    assert len(metric.values) == 0
    names.allow_utf8()
    # It keeps its rules, as do metrics that were made while any name was allowed.
    with pytest.raises(ValueError, match=r"^Invalid label name: "):
        update(metric, {name: "1"})


@pytest.mark.parametrize("kind", KINDS)
def test_metrics_keep_their_leave(kind: Any) -> None:
    registry = Registry()
    metric = make(kind, "m.x", registry)
    update(metric, {"l.x": "1"})
    with_leave = bodies(registry)
    names.allow_utf8(False)
    assert bodies(registry) == with_leave
    update(metric, {"l.y": "1"})
    assert len(metric.values) == 2
    again = Registry()
    again.register(metric)
    assert b'"m.x' in bodies(again)[TEXT, "allow-utf-8"]


@pytest.mark.parametrize("kind", [Counter, Gauge, Summary, Histogram])
def test_names_in_samples_and_values(kind: Any) -> None:
    metric = make(kind, "m.x", Registry(), const_labels={"c.x": "0"})
    update(metric, {'l"\n': "1", "a:b": "2"})
    labels = {"c.x": "0", 'l"\n': "1", "a:b": "2"}
    expected = {
        Counter: [("m.x", labels, 1.0)],
        Gauge: [("m.x", labels, 1.0)],
        Summary: [
            ("m.x", {**labels, "quantile": "0.5"}, 1.0),
            ("m.x_count", labels, 1.0),
            ("m.x_sum", labels, 1.0),
        ],
        Histogram: [
            ("m.x_bucket", {**labels, "le": "1.0"}, 1.0),
            ("m.x_bucket", {**labels, "le": "+Inf"}, 1.0),
            ("m.x_count", labels, 1.0),
            ("m.x_sum", labels, 1.0),
        ],
    }
    assert metric.samples == expected[kind]
    assert list(metric.samples[0].labels)[:3] == list(labels)
    own = {"a:b": "2", 'l"\n': "1"}
    assert own in metric.values
    assert metric.get_all()[0][0] == own
    assert metric.get(own) == metric.get_all()[0][1]
    (key,) = metric.values
    assert metric.values[key] == metric.values[own]
    del metric.values[own]
    assert metric.samples == []


def same(kind: Any) -> Any:
    """Return a class that says itself what its series are: what it would say anyway."""
    return type("Same", (kind,), {"get_all": lambda self: kind.get_all(self)})


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("name", ["m.x_y", "m_x", 'm"\\\n', "\u00e9_total", "0.a_total"])
@pytest.mark.parametrize("kind", [Counter, Gauge, Summary, Histogram])
def test_classes_that_say_what_their_series_are(kind: Any, name: str, scheme: str) -> None:
    plain, said = Registry(), Registry()
    for registry, of in ((plain, kind), (said, same(kind))):
        metric = make(of, name, registry, const_labels={"c.x_y": "0"})
        update(metric, {'l"\n_x': "1", "a:b": "2"})
        update(metric, {"l": "1"})
        update(metric, None)
    for (accept, asked), body in bodies(said).items():
        wanted = bodies(plain)[accept, asked]
        if asked != scheme:
            continue
        if accept == PROTOBUF:
            assert without_births(body) == without_births(wanted)
        elif kind is Summary and accept == TEXT:
            # Numbers are written as the class reported them.
            assert [line.rpartition(b" ")[0] for line in body.splitlines()] == [
                line.rpartition(b" ")[0] for line in wanted.splitlines()
            ]
        else:
            assert body.decode() == wanted.decode()


def without_births(body: bytes) -> str:
    families = protobuf_model.parse(body)
    for family in families:
        for metric in family.metric:
            for message in (metric.counter, metric.summary, metric.histogram):
                if message.HasField("start_timestamp"):
                    message.ClearField("start_timestamp")
    return str(families)


@pytest.mark.parametrize("kind", [Counter, Gauge, Summary, Histogram])
def test_such_classes_keep_their_leave(kind: Any) -> None:
    registry = Registry()
    update(make(same(kind), "m.x", registry), {"l.x": "1"})
    with_leave = bodies(registry)
    names.allow_utf8(False)
    # If a metric were left out, the counter of failures would be in the body.
    assert bodies(registry) == with_leave


def test_a_class_whose_labels_become_one_is_left_out() -> None:
    class Said(Counter):
        def get_all(self) -> Any:
            return [({"a.b": "1", "a_b": "2"}, 1)]

    registry = Registry()
    Said("m_total", "d", registry=registry)
    make(Gauge, "z", registry).set(1)
    for (accept, _), body in bodies(registry).items():
        if accept != PROTOBUF:
            assert b"\nz 1\n" in body
            assert b"m_total{" not in body


@pytest.mark.parametrize("scheme", ["", "Dots", "utf-8", "allow-utf-8 ", "none"])
def test_schemes_that_there_are_not(scheme: str) -> None:
    with pytest.raises(ValueError):
        names.escape_name("a.b", scheme)
    registry = Registry()
    make(Gauge, "a.b", registry).set(INF)
    body, headers = render(registry, f'{TEXT};escaping="{scheme}"')
    assert headers == {"Content-Type": "text/plain; version=1.0.0; charset=utf-8"}
    assert body == b"# HELP a_b d\n# TYPE a_b gauge\na_b inf\n"


@pytest.mark.parametrize(("first", "second"), MEETINGS)
def test_an_enum_whose_label_becomes_one_with_another(first: str, second: str) -> None:
    for name, label in ((first, second), (second, first)):
        registry = Registry()
        enum = make(Enum, name, registry)
        with pytest.raises(ValueError, match=re.escape(label)):
            update(enum, {label: "1"})
        for options in ({"const_labels": {label: "1"}}, {"labelnames": [label]}):
            with pytest.raises(ValueError, match=re.escape(label)):
                make(Enum, name, Registry(), **options)
        assert len(enum.values) == 0
