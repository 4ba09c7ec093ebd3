"""Names of several parts, `namespace=` and `subsystem=`, also by prometheus_client's rules."""

import prometheus_client
import pytest

from aioprometheus import Counter, Enum, Gauge, Histogram, Info, Registry, Summary, names, render
from aioprometheus.collectors import Collector
from support.make import make

KINDS = [Collector, Counter, Gauge, Summary, Histogram, Info, Enum]
PARTS = [
    ({"namespace": "n"}, "n_m"),
    ({"subsystem": "s"}, "s_m"),
    ({"namespace": "n", "subsystem": "s"}, "n_s_m"),
    ({"namespace": "", "subsystem": "s"}, "s_m"),
    ({"namespace": "n", "subsystem": ""}, "n_m"),
    ({"namespace": None, "subsystem": None}, "m"),
    ({"namespace": "n_", "subsystem": "a_b"}, "n__a_b_m"),
    ({"namespace": "job:rate"}, "job:rate_m"),
]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("parts", "name"), PARTS)
def test_the_parts_are_joined(kind, parts, name):
    registry = Registry()
    metric = make(kind, registry, **parts)
    assert metric.name == name and list(registry.collectors) == [name]
    shown = f"{name}_info" if kind is Info else name
    assert f"# HELP {shown} d\n" in render(registry)[0].decode()
    assert repr(metric).startswith(f"<{kind.__name__} {name}")


@pytest.mark.parametrize(("parts", "name"), PARTS)
def test_as_prometheus_client_does(parts, name):
    parts = {key: value or "" for key, value in parts.items()}
    theirs = prometheus_client.Gauge("m", "d", registry=None, **parts)
    assert [family.name for family in theirs.describe()] == [name]


def test_errors_name_the_whole():
    for make_it, words in [
        (lambda: Counter("m", "d", namespace="n", registry=Registry()).inc(-1), "n_m"),
        (lambda: Histogram("m", "d", namespace="n", buckets=5), "n_m: buckets"),
        (lambda: Summary("m", "d", namespace="n", quantiles=5), "n_m: quantiles"),
        (lambda: Enum("m", "d", namespace="n", states=5), "n_m: states"),
        (lambda: Counter("m", "d", namespace="n", labelnames="a"), "n_m: labelnames"),
    ]:
        with pytest.raises((ValueError, TypeError)) as caught:
            make_it()
        said = [str(caught.value), *getattr(caught.value, "__notes__", [])]
        assert any(words in one for one in said)


@pytest.mark.parametrize("parameter", ["namespace", "subsystem"])
def test_what_is_no_text(parameter):
    registry = Registry()
    for given in (5, b"n", ["n"], False):
        with pytest.raises(TypeError, match=f"m: the {parameter} must be a str, not "):
            make(Counter, registry, **{parameter: given})
    for given in ("a b", "1", "a\n"):
        with pytest.raises(ValueError, match="Invalid metric name: "):
            make(Counter, registry, **{parameter: given})
    with pytest.raises(ValueError, match="surrogates not allowed"):
        make(Counter, registry, **{parameter: "\ud800"})
    assert len(registry) == 0


def test_a_name_must_be_there():
    with pytest.raises(ValueError, match=r"Invalid metric name: (\n|$)"):
        make(Counter, name="", namespace="n")
    with pytest.raises(TypeError, match="name of a metric must be a str"):
        make(Counter, name=None, namespace="n")


def test_the_unit_is_the_end_of_the_name():
    assert make(Gauge, name="seconds", namespace="request", unit="seconds").unit == "seconds"
    with pytest.raises(ValueError, match="request_time_seconds"):
        make(Gauge, name="time", namespace="request", unit="seconds")


def test_names_of_utf8():
    names.allow_utf8()
    try:
        assert make(Counter, namespace="a.b", subsystem="c d").name == "a.b_c d_m"
    finally:
        names.allow_utf8(False)


def test_an_enum_has_the_whole_name_as_its_label():
    registry = Registry(prefix="p_")
    Enum("m", "d", registry=registry, namespace="n", states=["a"], initial="a")
    assert render(registry)[0].endswith(b'p_n_m{p_n_m="a"} 1.0\n')


def test_a_class_with_a_parameter_of_this_name():
    class Own(Counter):
        def __init__(self, namespace, registry):
            super().__init__(f"{namespace}_total", "d", registry=registry)
            self.namespace = namespace

    own = Own("n", Registry())
    assert (own.name, own.namespace) == ("n_total", "n")
