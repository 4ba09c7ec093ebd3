"""Names of any UTF-8 text after `allow_utf8`: escaped, or quoted for scrapers that ask for it."""

from __future__ import annotations

import string
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from prometheus_client import parser as text_parser
from prometheus_client.openmetrics import parser as open_parser

from aioprometheus import (
    Counter,
    Enum,
    Gauge,
    Histogram,
    Info,
    Registry,
    Summary,
    names,
    negotiate,
    render,
)
from support import protobuf_model
from support.drawn import EXAMPLES
from support.format_model import INF, KINDS, Metric, Sample, Series, Update, fill

TEXT = "text/plain;version=1.0.0"
OPENMETRICS = "application/openmetrics-text;version=1.0.0"
PROTOBUF = (
    "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited"
)
SCHEMES = ["underscores", "dots", "values", "allow-utf-8"]
BOUNDS = {Summary: [0.5], Histogram: [1.0, INF]}


pytestmark = pytest.mark.usefixtures("utf8_names")


def escaped(name: str, scheme: str | None, is_label: bool = False) -> str:
    """Return a name as the deployed code escapes it."""
    others = string.digits if is_label else string.digits + ":"
    legal = [
        char in string.ascii_letters + "_" or (char in others and (at > 0 or char == ":"))
        for at, char in enumerate(name)
    ]
    if all(legal) or scheme == "allow-utf-8":
        return name
    if scheme == "dots":
        changed = {"_": "__", ".": "_dot_"}
        return "".join(
            changed.get(char, char if is_legal else "__")
            for char, is_legal in zip(name, legal, strict=True)
        )
    if scheme == "values":
        return "U__" + "".join(
            "__" if char == "_" else char if is_legal else f"_{ord(char):x}_"
            for char, is_legal in zip(name, legal, strict=True)
        )
    return "".join(char if is_legal else "_" for char, is_legal in zip(name, legal, strict=True))


def expected(series: Series, scheme: str | None, samples: list[Sample]) -> list[Any]:
    """Return the samples of a series with the names that the scheme gives them."""
    base = series.metric.name
    if series.metric.kind is Info:
        base = base.removesuffix("_info")
    found = []
    for name, labels, value, _ in samples:
        labels = {escaped(label, scheme, True): text for label, text in labels.items()}
        suffix = name.removeprefix(base)
        found.append((escaped(base, scheme) + suffix, labels, repr(float(value))))
    return found


def unit_of(metric: Metric, shown: str) -> str:
    """Return the unit, which is left out where escaping parts it from the end of the name."""
    return metric.unit if metric.unit and shown.endswith(f"_{metric.unit}") else ""


def read(families: Any) -> dict[tuple[str, str, str], list[Any]]:
    """Return the samples of families that prometheus_client read, by name, type and unit."""
    return {
        (family.name, family.type, family.unit): [
            (sample.name, sample.labels, repr(float(sample.value))) for sample in family.samples
        ]
        for family in families
    }


def assert_text(registry: Registry, drawn: list[Metric], scheme: str | None) -> None:
    accept = f"{TEXT};escaping={scheme}" if scheme else None
    body, headers = render(registry, accept, accept_encoding="")
    if scheme:
        content_type = f"text/plain; version=1.0.0; charset=utf-8; escaping={scheme}"
        assert headers["Content-Type"] == content_type
    wanted = {}
    for metric in drawn:
        samples = [
            sample
            for series in metric.series()
            for sample in expected(series, scheme, series.samples())
        ]
        base = metric.name.removesuffix("_info") if metric.kind is Info else metric.name
        name = escaped(base, scheme) + ("_info" if metric.kind is Info else "")
        if metric.kind is Counter:
            # The parser gives all counters this name.
            name = name.removesuffix("_total")
            samples = [(f"{name}_total", labels, value) for _, labels, value in samples]
        wanted[name, metric.text_kind(), ""] = samples
    assert read(text_parser.text_string_to_metric_families(body.decode())) == wanted


def assert_open(registry: Registry, drawn: list[Metric], scheme: str) -> None:
    body, headers = render(registry, f"{OPENMETRICS};escaping={scheme}", accept_encoding="")
    content_type = f"application/openmetrics-text; version=1.0.0; charset=utf-8; escaping={scheme}"
    assert headers["Content-Type"] == content_type
    wanted = {}
    for metric in drawn:
        base = metric.name.removesuffix("_info") if metric.kind is Info else metric.name
        name = escaped(base, scheme)
        if metric.kind is Counter:
            name = name.removesuffix("_total")
        wanted[name, metric.open_kind(), unit_of(metric, name)] = [
            sample
            for series in metric.series()
            for sample in expected(series, scheme, series.open_samples())
        ]
    assert read(open_parser.text_string_to_metric_families(body.decode())) == wanted


def assert_protobuf(registry: Registry, drawn: list[Metric], scheme: str) -> None:
    body, headers = render(registry, f"{PROTOBUF};escaping={scheme}", accept_encoding="")
    assert headers["Content-Type"].endswith(f"; encoding=delimited; escaping={scheme}")
    families = {family.name: family for family in protobuf_model.parse(body)}
    assert len(families) == len(drawn)
    for metric in drawn:
        base = metric.name.removesuffix("_info") if metric.kind is Info else metric.name
        family = families[escaped(base, scheme) + ("_info" if metric.kind is Info else "")]
        shown = family.name.removesuffix("_total") if metric.kind is Counter else family.name
        assert family.unit == unit_of(metric, shown)
        found = [dict(protobuf_model.pairs(one)) for one in family.metric]
        wanted: list[Any] = []
        for series in metric.series():
            for _, labels, _ in expected(series, scheme, series.samples()):
                labels = {k: v for k, v in labels.items() if k not in ("le", "quantile")}
                if labels not in wanted[-1:] or metric.kind in (Info, Enum):
                    wanted.append(labels)
        assert found == wanted


hostile = st.text(
    st.one_of(
        st.sampled_from('.:-/_"\\\n\r\t {},=#0aZ\x01\x85\u2028\u00e9\N{PILE OF POO}'),
        # A NUL is refused.
        st.characters(exclude_categories=["Cs"], exclude_characters="\0"),
    ),
    max_size=6,
)


@st.composite
def metrics(draw: Callable[..., Any], position: int) -> Metric:
    """Draw a metric whose names end so that none of two become one in any scheme."""

    def label(end: str) -> Any:
        labels = hostile.map(lambda text: text + end)
        # Names that begin with two underscores are reserved for Prometheus.
        return labels.filter(
            lambda text: not any(escaped(text, one, True).startswith("__") for one in SCHEMES)
        )

    kind = draw(st.sampled_from(KINDS))
    end = "abcd"[position]
    # The name of an enum is also the name of a label.
    name = draw(label(end) if kind is Enum else hostile.map(lambda text: text + end))
    unit = None
    if kind not in (Info, Enum) and draw(st.booleans()):
        unit = "seconds"
        name += f"_{unit}"
    name += draw(st.sampled_from(["", {Counter: "_total", Info: "_info"}.get(kind, "")]))

    labels = [draw(label(end)) for end in "xyz"[: draw(st.integers(0, 3))]]
    updates = []
    for _ in range(draw(st.integers(0, 3))):
        used = {
            label: draw(st.sampled_from(["", 'a"b'])) for label in labels if draw(st.booleans())
        }
        value: Any = draw(st.integers(0, 5))
        if kind is Info:
            value = draw(st.dictionaries(label("f"), st.just("1"), max_size=1))
        elif kind is Enum:
            value = draw(st.sampled_from(["on", "off"]))
        updates.append(Update(used, value))
    const_labels = draw(st.dictionaries(label("k"), st.just("1"), max_size=1))
    return Metric(
        kind,
        name,
        unit=unit,
        const_labels=const_labels,
        bounds=BOUNDS.get(kind, []),
        states=["on", "off"],
        updates=updates,
    )


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    st.integers(0, 4).flatmap(lambda count: st.tuples(*(metrics(at) for at in range(count)))),
    st.sampled_from(SCHEMES),
)
def test_names_come_back(drawn: tuple[Metric, ...], scheme: str) -> None:
    # An enum has a label of its own name, with the same rules as other labels.
    metrics = [
        metric
        for metric in drawn
        if metric.kind is not Enum
        or not any(
            escaped(metric.name, one, True).startswith("__")
            or escaped(metric.name, one, True) != escaped(metric.name, one)
            for one in SCHEMES
        )
    ]
    registry = fill(metrics)
    assert_text(registry, metrics, None)
    assert_text(registry, metrics, scheme)
    assert_open(registry, metrics, scheme)
    assert_protobuf(registry, metrics, scheme)


# From the documentation and the tests of prometheus/common.
ESCAPES = [
    (
        "mysystem.prod.west.cpu.load_total",
        "mysystem_prod_west_cpu_load_total",
        "mysystem_dot_prod_dot_west_dot_cpu_dot_load__total",
        "U__mysystem_2e_prod_2e_west_2e_cpu_2e_load__total",
    ),
    (
        "http.status:sum",
        "http_status:sum",
        "http_dot_status:sum",
        "U__http_2e_status:sum",
    ),
    (
        "label with \N{FACE SCREAMING IN FEAR}",
        "label_with__",
        "label__with____",
        "U__label_20_with_20__1f631_",
    ),
    ("\u82b1\u706b", "__", "____", "U___82b1__706b_"),
    ("0a", "_a", "__a", "U___30_a"),
    ("a-b_c.d", "a_b_c_d", "a__b__c_dot_d", "U__a_2d_b__c_2e_d"),
    ("_a.", "_a_", "__a_dot_", "U____a_2e_"),
    ("a\n", "a_", "a__", "U__a_a_"),
]


@pytest.mark.parametrize(("name", "underscores", "dots", "values"), ESCAPES)
def test_escaping_schemes(name: str, underscores: str, dots: str, values: str) -> None:
    registry = Registry()
    Gauge(name, "d", registry=registry).set(1)
    by_scheme = {"underscores": underscores, "dots": dots, "values": values}
    for scheme, shown in by_scheme.items():
        assert escaped(name, scheme) == names.escape_name(name, scheme) == shown
        body = f"# HELP {shown} d\n# TYPE {shown} gauge\n{shown} 1\n"
        assert render(registry, f"{TEXT};escaping={scheme}", accept_encoding="")[0].decode() == body
        open_body = render(registry, f"{OPENMETRICS};escaping={scheme}", accept_encoding="")[
            0
        ].decode()
        assert open_body == f"{body}# EOF\n"
    assert names.escape_name(name, "allow-utf-8") == name
    for accept in (None, "text/plain", TEXT, "*/*"):
        assert (
            render(registry, accept, accept_encoding="")[0]
            .decode()
            .endswith(f" gauge\n{underscores} 1\n")
        )


@pytest.mark.parametrize("name", ["a", "_", ":", "a_b:c", "U__a", "a__b", "__a", "Z9", "a_dot_b"])
def test_legacy_names_are_left_as_they_are(name: str) -> None:
    registry = Registry()
    label = "l" + name.replace(":", "")
    Gauge(name, "d", registry=registry).set({label: "1"}, 1)
    for scheme in SCHEMES:
        for accept in (TEXT, OPENMETRICS):
            body = render(registry, f"{accept};escaping={scheme}", accept_encoding="")[0].decode()
            assert f'\n{name}{{{label}="1"}} 1\n' in body
        (family,) = protobuf_model.parse(
            render(registry, f"{PROTOBUF};escaping={scheme}", accept_encoding="")[0]
        )
        assert (family.name, family.metric[0].label[0].name) == (name, label)


@pytest.mark.parametrize("accept", [TEXT, OPENMETRICS])
def test_quoted_names(accept: str) -> None:
    registry = Registry()
    Gauge('a"\\\n.', "d", {"c.": "1"}, registry).set({'l"\\\n': "x", "m:": "y", "n": "z"}, 1)
    Histogram("b.", "d", registry=registry, buckets=[1]).observe(2)
    lines = (
        render(registry, f"{accept};escaping=allow-utf-8", accept_encoding="")[0]
        .decode()
        .splitlines()
    )
    assert lines[:3] == [
        '# HELP "a\\"\\\\\\n." d',
        '# TYPE "a\\"\\\\\\n." gauge',
        '{"a\\"\\\\\\n.","c."="1","l\\"\\\\\\n"="x","m:"="y",n="z"} 1',
    ]
    assert [line.rpartition(" ")[0] for line in lines[5:9]] == [
        '{"b._bucket",le="1.0"}',
        '{"b._bucket",le="+Inf"}',
        '{"b._count"}',
        '{"b._sum"}',
    ]


@pytest.mark.parametrize(
    ("scheme", "label"),
    [("underscores", "a_b"), ("dots", "a__b"), ("values", "U__a_3a_b"), ("allow-utf-8", '"a:b"')],
)
@pytest.mark.parametrize("accept", [TEXT, OPENMETRICS])
def test_colons_in_labels_are_escaped_or_quoted(accept: str, scheme: str, label: str) -> None:
    registry = Registry()
    Gauge("c:d", "d", registry=registry).set({"a:b": "1"}, 1)
    Summary("e", "d", registry=registry, quantiles={0.5: 0}).observe({"a:b": "1"}, 1)
    body = render(registry, f"{accept};escaping={scheme}", accept_encoding="")[0].decode()
    assert f'\nc:d{{{label}="1"}} 1\n' in body
    assert f'\ne_count{{{label}="1"}} 1\n' in body


@pytest.mark.parametrize(
    ("kind", "name", "unit"),
    [
        (Counter, "a.b_s_total", "s"),
        (Counter, "a.b_bytes_per_s", "bytes_per_s"),
        (Gauge, "a.b_bytes_per_s", "bytes_per_s"),
        (Summary, "a.b_s", "s"),
        (Histogram, "a.b_bytes_per_s", "bytes_per_s"),
    ],
)
@pytest.mark.parametrize("scheme", SCHEMES)
def test_units_end_the_name_in_every_scheme(kind: Any, name: str, unit: str, scheme: str) -> None:
    registry = Registry()
    kind(name, "d", registry=registry, unit=unit)
    (family,) = protobuf_model.parse(
        render(registry, f"{PROTOBUF};escaping={scheme}", accept_encoding="")[0]
    )
    # With another unit, a server would lose the whole scrape.
    shown = family.name.removesuffix("_total") if kind is Counter else family.name
    assert not family.unit or shown.endswith(f"_{family.unit}")
    body = render(registry, f"{OPENMETRICS};escaping={scheme}", accept_encoding="")[0].decode()
    list(open_parser.text_string_to_metric_families(body))
    assert ("# UNIT " in body) == bool(family.unit)


@pytest.mark.parametrize("name", ["a.b", "a.b_total", "a_b.c_total", "0_total", "ab_total"])
@pytest.mark.parametrize("kind", [Counter, Summary, Histogram])
@pytest.mark.parametrize("scheme", SCHEMES)
def test_births_are_samples_of_their_family(kind: Any, name: str, scheme: str) -> None:
    metric = Metric(kind, name, bounds=BOUNDS.get(kind, []), updates=[Update({"l.": "1"}, 1)])
    formatter = negotiate([f"{OPENMETRICS};escaping={scheme}"])(created=True)
    body = formatter.marshall(fill([metric])).decode()
    (family,) = open_parser.text_string_to_metric_families(body)
    shown = escaped(name, scheme)
    if metric.open_kind() == "counter":
        shown = shown.removesuffix("_total")
    assert (family.name, family.type) == (shown, metric.open_kind())
    births = [sample for sample in family.samples if sample.name == f"{shown}_created"]
    assert len(births) == (metric.open_kind() != "unknown")
    assert all(birth.labels == {escaped("l.", scheme, True): "1"} for birth in births)


def test_families_are_asked_for_by_their_names() -> None:
    registry = Registry()
    for name in ("a.b", "a.c", 'd"'):
        Gauge(name, "d", registry=registry).set(1)
    body, _ = render(registry, f"{TEXT};escaping=allow-utf-8", names=["a.b", 'd"'])
    assert body.decode().count("# TYPE ") == 2
    assert '{"a.b"} 1\n' in body.decode()
