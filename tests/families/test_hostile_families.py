"""Families that are nonsense: each is refused in words that name it, and breaks no exposition."""

from __future__ import annotations

import gc
import logging
import math
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from aioprometheus import GaugeFamily, _core
from aioprometheus.families import Exemplar, Metric, Sample
from support import openmetrics_grammar, text_parser

NAN, INF = math.nan, math.inf


class Duck:
    """An object with the attributes of a family, and no class of ours."""

    def __init__(self, samples: Any, kind: Any = "gauge", name: Any = "x", unit: Any = "") -> None:
        self.name = name
        self.documentation = "A family"
        self.type = kind
        self.unit = unit
        self.samples = samples


def text(*families: Any) -> str:
    return _core.encode("text", list(families)).decode()


def values(*families: Any) -> dict[str, str]:
    """The values of an exposition by the text before them; every format must take it."""
    body = _core.encode("text", list(families))
    text_parser.parse(body)
    _core.encode("protobuf", list(families), created=True)
    _core.encode("openmetrics", list(families), created=True)
    lines = [line for line in body.decode().splitlines() if not line.startswith("#")]
    return dict(line.rsplit(" ", 1) for line in lines)


REFUSED: list[tuple[str, list[Any], type[Exception], str]] = [
    ("gauge", [("x", {}, None)], TypeError, "x: the value must be an int or a float, not NoneType"),
    ("gauge", [("x", {}, "five")], TypeError, "x: the value must be an int or a float, not str"),
    ("gauge", [("x", {}, [1])], TypeError, "x: the value must be"),
    ("gauge", [("x", "a=b", 1)], TypeError, "Only accepts dicts as keys"),
    ("gauge", [("x", [("a", "b")], 1)], TypeError, "Only accepts dicts as keys"),
    ("gauge", [("x", {1: "b"}, 1)], ValueError, "Invalid label name: 1"),
    ("gauge", [("x", {"a": "\ud800"}, 1)], ValueError, "x: a label value has no UTF-8 form"),
    ("gauge", [(None, {}, 1)], TypeError, "x: the name of a sample must be a str"),
    ("gauge", [("\ud800", {}, 1)], ValueError, "Invalid metric name"),
    ("gauge", [("", {}, 1)], ValueError, "Invalid metric name"),
    ("gauge", [("x", {})], TypeError, "x: a sample is a tuple of name, labels, value"),
    ("gauge", [5], TypeError, "x: a sample is a tuple"),
    ("gauge", [None], TypeError, "x: a sample is a tuple"),
    ("gauge", [("x", {}, 1, NAN)], ValueError, "x: the timestamp .* cannot be nan"),
    ("gauge", [("x", {}, 1, INF)], ValueError, "x: the timestamp .* cannot be inf"),
    ("gauge", [("x", {}, 1, 1e18)], ValueError, "x: the timestamp"),
    ("gauge", [("x", {}, 1, "now")], TypeError, "x: the timestamp .* not the str 'now'"),
    ("gauge", 5, TypeError, "x: the samples of a family are a list, not the int 5"),
    ("counter", [("x_total", {}, -1)], ValueError, "x_total{} is of a counter, and cannot be -1"),
    ("counter", [("x_total", {"a": "b"}, NAN)], ValueError, 'x_total{a="b"} .* cannot be nan'),
    ("counter", [("x_created", {}, -1)], ValueError, "x_created{} cannot be -1.0: it is the time"),
    ("counter", [("x_created", {}, 1.6e12)], ValueError, "in seconds since 1970"),
    ("counter", [("x_created", {}, NAN)], ValueError, "in seconds since 1970"),
    ("counter", [("x_total", {}, 1, None, 5)], TypeError, "x.*: an exemplar is a dict of labels"),
    ("counter", [("x_total", {}, 1, None, ({},))], TypeError, "an exemplar is a dict of labels"),
    ("counter", [("x_total", {}, 1, None, ("a", 1))], TypeError, "an exemplar is a dict of labels"),
    ("counter", [("x_total", {}, 1, None, ({}, None))], TypeError, "the value must be an int"),
    ("counter", [("x_total", {}, 1, None, ({}, 1, -1))], ValueError, "cannot be before 1970"),
    ("counter", [("x_total", {}, 1, None, {"a": "b" * 128})], ValueError, "at most 128 characters"),
    ("counter", [("x_total", {}, 1, None, {"a b": "c"})], ValueError, "cannot be a label name"),
    ("summary", [("x", {}, 1)], ValueError, "x: a sample named x needs the label 'quantile'"),
    ("summary", [("x", {"quantile": "p50"}, 1)], ValueError, 'the label quantile="p50"'),
    ("summary", [("x", {"quantile": "nan"}, 1)], ValueError, 'the label quantile="nan"'),
    ("summary", [("x_count", {}, -1)], ValueError, "x_count{} counts observations"),
    ("histogram", [("x_bucket", {}, 1)], ValueError, "x: a sample named x_bucket needs the label"),
    ("histogram", [("x_bucket", {"le": "NaN"}, 1)], ValueError, 'the label le="NaN" of x_bucket'),
    ("histogram", [("x_bucket", {"le": "1,5"}, 1)], ValueError, 'the label le="1,5" of x_bucket'),
    ("histogram", [("x_bucket", {"le": "1"}, 1.5)], ValueError, "counts observations"),
    ("histogram", [("x_bucket", {"le": "1"}, -1)], ValueError, "counts observations"),
    ("histogram", [("x_bucket", {"le": "1"}, INF)], ValueError, "counts observations"),
    ("histogram", [("x_bucket", {"le": "1"}, 1)], ValueError, 'end before le="\\+Inf"'),
    ("histogram", [("x_sum", {}, 1)], ValueError, 'end before le="\\+Inf"'),
    ("histogram", [("x", {}, 1)], ValueError, "a family of this type has no sample named x"),
    (
        "histogram",
        [("x_bucket", {"le": "1"}, 2), ("x_bucket", {"le": "+Inf"}, 1)],
        ValueError,
        'the bucket le="\\+Inf" of {} counts 1, and the one before it 2',
    ),
    ("gaugehistogram", [("x_gcount", {}, 0.5)], ValueError, "x_gcount{} counts observations"),
    ("info", [("x_info", {}, 2)], ValueError, "x_info{} cannot be 2; its value is 1"),
    ("stateset", [("x", {}, 1)], ValueError, "a sample named x needs the label 'x'"),
    ("stateset", [("x", {"x": "a"}, 0.5)], ValueError, 'x{x="a"} cannot be 0.5'),
    ("typo", [], ValueError, "x: the type of a family is one of counter, .*, not the str 'typo'"),
    (None, [], ValueError, "x: the type of a family is one of"),  # type: ignore[list-item]
]


@pytest.mark.parametrize(("kind", "samples", "error", "words"), REFUSED)
def test_nonsense_is_refused_in_words(
    kind: str, samples: Any, error: type[Exception], words: str
) -> None:
    with pytest.raises(error) as raised:
        text(Duck(samples, kind))
    told = " ".join([str(raised.value), *getattr(raised.value, "__notes__", ())])
    with pytest.raises(error, match=words):
        text(Duck(samples, kind))
    assert "x" in told


class Hostile:
    """An object whose attribute raises."""

    name = "x"
    type = "gauge"

    @property
    def samples(self) -> Any:
        raise ZeroDivisionError("samples")


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (None, "not None; leave the yield out"),
        (5, "not the int 5$"),
        ("x", "not the str 'x'; yield one family at a time"),
        ([GaugeFamily("g", "G")], "not list; yield one family at a time"),
        (GaugeFamily, "a collector must yield families"),
        (type("Collector", (), {"collect": lambda self: []})(), "yield what its collect"),
    ],
)
def test_other_objects_are_no_families(given: Any, words: str) -> None:
    with pytest.raises(TypeError, match=words):
        text(given)


def test_what_an_object_raises_is_raised() -> None:
    with pytest.raises(ZeroDivisionError, match="samples"):
        text(Hostile())

    class Value:
        def __float__(self) -> float:
            raise KeyError("value")

    def samples() -> Iterator[Any]:
        yield ("x", {}, 1)
        raise OSError("a device is gone")

    with pytest.raises(KeyError, match="value"):
        text(Duck([("x", {}, Value())]))
    with pytest.raises(OSError, match="a device"):
        text(Duck(samples()))
    with pytest.raises(TypeError, match="the name of a family must be a str"):
        text(Duck([], name=5))


def test_what_only_looks_odd_is_taken() -> None:
    samples = [
        ("x", None, True),
        ("x", {"a": 1}, "2.5"),
        ("x", {"b": None}, 3, None, Exemplar({}, 1)),
        Sample("x", {"c": "d"}, 4),
        type("Line", (), {"name": "x", "labels": {"e": "f"}, "value": 5})(),
        ("x", {"g": ""}, 6),
    ]
    found = values(Duck(iter(samples), unit=None))
    assert found == {
        "x": "1",
        'x{a="1"}': "2.5",
        'x{b="None"}': "3",
        'x{c="d"}': "4",
        'x{e="f"}': "5",
    }
    assert values(Duck([], "unknown"), Duck((), "untyped", "y")) == {}
    # Without a name for its unit, it has none.
    assert "# UNIT" not in _core.encode("openmetrics", [Duck([], unit="seconds")]).decode()


def test_a_sample_that_is_there_twice_is_left_out(caplog: pytest.LogCaptureFixture) -> None:
    samples = [
        ("x_bucket", {"le": "+Inf", "a": "b"}, 5),
        ("x_bucket", {"le": "1", "a": "b"}, 3),
        ("x_bucket", {"le": "1.0", "a": "b"}, 4),
        ("x_count", {"a": "b"}, 5),
        ("x_count", {"a": "b", "c": ""}, 6),
        ("x_sum", {"a": "b"}, 1),
        ("x_sum", {"a": "b"}, 2),
    ]
    with caplog.at_level(logging.ERROR):
        found = values(Duck(samples, "histogram"))
    assert found == {
        'x_bucket{a="b",le="1.0"}': "3.0",
        'x_bucket{a="b",le="+Inf"}': "5.0",
        'x_count{a="b"}': "5.0",
        'x_sum{a="b"}': "1.0",
    }
    [first, *_] = caplog.records
    told = first.getMessage()
    assert "metric x reports samples twice" in told and 'x_count{a="b",c=""}' in told
    for kind, twice in (
        ("gauge", [("x", {}, 1), ("x", {"a": ""}, 2)]),
        (
            "counter",
            [("x_total", {}, 1), ("x_created", {}, 1), ("x_created", {}, 2), ("x_total", {}, 2)],
        ),
        ("info", [("x_info", {"a": "b"}, 1), ("x_info", {"a": "b", "c": ""}, 1)]),
        ("stateset", [("x", {"x": "a"}, 1), ("x", {"x": "a"}, 0)]),
    ):
        assert list(values(Duck(twice, kind)).values()) in (["1"], ["1.0"])
    ranks = [("x", {"quantile": rank}, 1) for rank in ("0.5", "0.50", "0.25", "+.5")]
    summary = values(Duck([*ranks, ("x_count", {}, 1), ("x_sum", {}, 1)], "summary"))
    assert [*summary] == ['x{quantile="0.25"}', 'x{quantile="0.5"}', "x_count", "x_sum"]


def test_samples_of_one_series_may_come_in_any_order() -> None:
    parts = [
        [(f"x_{name}", {**own, "a": a}, value) for a in ("1", "2", "3")]
        for name, own, value in (
            ("sum", {}, 1),
            ("bucket", {"le": "+Inf"}, 5),
            ("created", {}, 7),
            ("bucket", {"le": "0.5"}, 2),
            ("count", {}, 5),
        )
    ]
    family = Duck([sample for part in parts for sample in part], "histogram")
    body = _core.encode("openmetrics", [family], created=True)
    [found] = openmetrics_grammar.parse(body)
    assert [sample.name for sample in found.samples] == [
        *("x_bucket", "x_bucket", "x_count", "x_sum", "x_created")
    ] * 3


def test_samples_of_other_names_are_families_of_their_own() -> None:
    family = Metric("x", "d", "histogram")
    family.add_sample("x_bucket", {"le": "+Inf"}, 1)
    family.add_sample("x_max", {"a": "b"}, 2, 5)
    family.add_sample("y", {}, -1)
    family.add_sample("x_max", {"a": "c"}, 3)
    family.add_sample("x_max", {"a": "c"}, 4)
    body = text(family)
    assert '# TYPE x_max untyped\nx_max{a="b"} 2 5000\nx_max{a="c"} 3\n' in body
    assert "# HELP y d\n# TYPE y untyped\ny -1\n" in body
    # Of a series of which only the birth is known, nothing is exposed.
    births = Metric("z", "d", "counter")
    births.add_sample("z_created", {}, 1)
    births.add_sample("z_total", {"a": "b"}, 1)
    assert values(births) == {'z_total{a="b"}': "1"}


def test_a_list_that_changes_meanwhile() -> None:
    samples: list[Any] = []

    class Value:
        def __float__(self) -> float:
            samples.append(("x", {"n": str(len(samples))}, 1))
            return 0.5

    samples += [("x", {}, Value()), ("x", {"a": "b"}, 1)]
    assert values(Duck(samples))['x{a="b"}'] == "1"

    class Clearing:
        def __float__(self) -> float:
            samples.clear()
            gc.collect()
            return 0.5

    samples[:] = [("x", {"n": str(n)}, 1) for n in range(1000)]
    samples[0] = ("x", {}, Clearing())
    assert len(text(Duck(samples)).splitlines()) == 2 + 1000


def test_threads_may_add_series_during_a_scrape() -> None:
    family, stop = GaugeFamily("x", "d"), threading.Event()

    def add() -> None:
        number = 0
        while not stop.is_set():
            family.add_metric({"n": number % 500, "t": threading.get_ident()}, number)
            number += 1
            if number % 1000 == 0:
                family.samples = []

    threads = [threading.Thread(target=add) for _ in range(2)]
    for thread in threads:
        thread.start()
    try:
        for _ in range(30):
            text_parser.parse(_core.encode("text", [family]))
    finally:
        stop.set()
        for thread in threads:
            thread.join()


def test_other_threads_run_while_a_large_family_is_read() -> None:
    family = GaugeFamily("x", "d")
    for number in range(20_000):
        family.add_metric({"n": number}, number)
    turns, seen = [0], []

    class First:
        def __float__(self) -> float:
            seen.append(turns[0])
            return 0.0

    class Last(First):
        pass

    family.samples.insert(0, Sample("x", {}, First()))  # type: ignore[arg-type]
    family.samples.append(Sample("x", {"n": "last"}, Last()))  # type: ignore[arg-type]
    stop = threading.Event()

    def turn() -> None:
        while not stop.is_set():
            turns[0] += 1

    thread = threading.Thread(target=turn)
    thread.start()
    try:
        _core.encode("text", [family])
    finally:
        stop.set()
        thread.join()
    assert seen[-1] > seen[0]
