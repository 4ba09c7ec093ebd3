"""Labels: their text, their identity, refusals, and callers that change or break them."""

import datetime
import enum
import gc
import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aioprometheus import Counter, Gauge, Histogram, Registry, Summary
from support import text_parser
from support.label_model import series
from support.make import body_of

A = {"a": "x"}
KINDS = [Counter, Gauge, Summary, Histogram]
UTC = datetime.timezone.utc


def _update(metric, labels, value=1):
    metric.add(labels, value)


def _counter(**options):
    return Counter("c", "d", registry=Registry(), **options)


class Plain(enum.Enum):
    TEXT = "text"
    NUMBER = 5
    NOTHING = None
    BYTES = b"x"


class StrEnum(str, enum.Enum):
    ONE = "one"


class IntEnum(enum.IntEnum):
    TWO = 2


class Flag(enum.IntFlag):
    BIT = 4


class MyStr(str):
    def __str__(self):
        return "not the value"

    __repr__ = __str__
    __format__ = lambda self, spec: "not the value"  # noqa: E731


class Thing:
    def __str__(self):
        return "a thing"


class MyDict(dict):
    pass


VALUES = [
    ("x", "x"),
    ("", ""),
    ("Ünï ☃ 𝄞", "Ünï ☃ 𝄞"),
    ('quote " back \\ line \n end', 'quote " back \\ line \n end'),
    ("\\n", "\\n"),
    ("\r\t\0", "\r\t\0"),
    (MyStr("value"), "value"),
    (1, "1"),
    (-5, "-5"),
    (2**70, "1180591620717411303424"),
    (1.0, "1.0"),
    (1e16, "1e+16"),
    (0.1, "0.1"),
    (float("inf"), "inf"),
    (True, "True"),
    (False, "False"),
    (None, "None"),
    (Plain.TEXT, "text"),
    (Plain.NUMBER, "5"),
    (Plain.NOTHING, "None"),
    (StrEnum.ONE, "one"),
    (IntEnum.TWO, "2"),
    (Flag.BIT, "4"),
    (datetime.date(2024, 2, 29), "2024-02-29"),
    (datetime.datetime(2024, 2, 29, 1, 2, 3), "2024-02-29T01:02:03"),
    (datetime.datetime(2024, 2, 29, 1, 2, 3, 4, UTC), "2024-02-29T01:02:03.000004+00:00"),
    (datetime.time(1, 2, 3), "01:02:03"),
    (uuid.UUID(int=1), "00000000-0000-0000-0000-000000000001"),
    ([1, "a"], "[1, 'a']"),
    ((1,), "(1,)"),
    ({"k": 1}, "{'k': 1}"),
    (b"x", "b'x'"),
    (Thing(), "a thing"),
    (1j, "1j"),
    (Thing, str(Thing)),
]


@pytest.mark.parametrize(("value", "text"), VALUES)
@pytest.mark.parametrize("kind", KINDS)
def test_the_text_of_a_value(kind, value, text):
    metric = kind("m", "d", registry=Registry())
    _update(metric, {"a": value})
    _update(metric, {"a": text})
    assert metric.get_all()[0][0] == {"a": text}
    assert len(metric.values) == len(metric.get_all()) == 1
    assert {line.labels["a"] for line in text_parser.parse(body_of(metric))} == {text}
    assert metric.samples[0].labels["a"] == text
    assert type(metric.samples[0].labels["a"]) is str
    assert metric.get({"a": value}) == metric.get({"a": text})
    assert {"a": value} in metric.values
    del metric.values[{"a": value}]
    assert len(metric.values) == 0


@pytest.mark.parametrize(("value", "text"), VALUES)
def test_the_text_of_a_constant_label(value, text):
    counter = Counter("c", "d", {"k": value}, registry=Registry())
    counter.inc(A)
    assert text_parser.parse(body_of(counter))[0].labels == {"a": "x", "k": text}
    assert counter.samples[0].labels == {"k": text, "a": "x"}


def test_one_series_for_one_text():
    counter = _counter()
    for value in (1, "1", MyStr("1"), Plain("text"), "text", StrEnum.ONE, "one"):
        counter.inc({"a": value})
    assert counter.get_all() == [({"a": "1"}, 3), ({"a": "text"}, 2), ({"a": "one"}, 2)]


def test_values_that_differ_only_in_where_they_end():
    counter = _counter()
    pairs = [("ab", "c"), ("a", "bc"), ("abc", ""), ("", "abc")]
    pairs += [('","b":"', ""), ("", '","b":"'), ("\0", "a"), ("a", "\0")]
    for first, second in pairs:
        counter.inc({"a": first, "b": second})
    assert [tuple(labels.values()) for labels, _ in counter.get_all()] == pairs
    assert all(value == 1 for _, value in counter.get_all())


@given(st.lists(st.dictionaries(st.sampled_from("abcd"), st.text(), max_size=4)))
def test_identity_and_text_of_any_labels(label_sets):
    counter, spellings, expected = _counter(), {}, {}
    for labels in label_sets:
        counter.inc(labels)
        # The text is that of the first use.
        key = spellings.setdefault(series(labels), tuple(sorted(labels.items())))
        expected[key] = expected.get(key, 0) + 1
    parsed = [
        (tuple(line.labels.items()), int(line.value))
        for line in text_parser.parse(body_of(counter))
    ]
    assert parsed == list(expected.items())
    for key, value in expected.items():
        assert counter.get(dict(key)) == counter.get(dict(reversed(key))) == value


@pytest.mark.parametrize("value", ["\ud800", "a\udfffb", MyStr("\ud800")], ids=ascii)
@pytest.mark.parametrize("kind", KINDS)
def test_what_has_no_utf8_is_refused_at_the_update(kind, value):
    metric = kind("m", "d", registry=Registry())
    _update(metric, A)
    for labels in ({"a": value}, {"a": "x", "b": value}):
        with pytest.raises(ValueError):
            _update(metric, labels)
    with pytest.raises(ValueError):
        _update(metric, {"\ud800": "x"})
    assert len(metric.values) == 1


@pytest.mark.parametrize("make", [MyDict, dict])
def test_dict_subclasses_and_orders(make):
    counter = _counter()
    counter.inc(make({"a": "1", "b": "2"}))
    counter.inc(make({"b": "2", "a": "1"}))
    counter.inc(make({"b": 2, "a": 1}), 2)
    assert counter.get_all() == [({"a": "1", "b": "2"}, 4)]
    assert counter.get(make({"b": "2", "a": "1"})) == 4


def test_keys_that_are_str_subclasses():
    counter = _counter()
    counter.inc({MyStr("a"): "x"})
    counter.inc(A)
    assert counter.get_all() == [(A, 2)]
    assert text_parser.parse(body_of(counter))[0].labels == A
    with pytest.raises(ValueError):
        counter.inc({MyStr("job"): "x"})


def test_the_caller_may_change_the_dict_later():
    counter = _counter()
    labels = {"a": "1"}
    counter.inc(labels)
    labels["a"] = "2"
    counter.inc(labels)
    labels["b"] = "3"
    counter.inc(labels)
    labels.clear()
    counter.inc(labels)
    labels["a"] = "1"
    counter.inc(labels)
    assert counter.get_all() == [
        ({"a": "1"}, 2),
        ({"a": "2"}, 1),
        ({"a": "2", "b": "3"}, 1),
        ({}, 1),
    ]


def test_one_object_as_many_values():
    """A mutable value is read anew at every call: its text counts, not who it is."""
    counter, value = _counter(), []
    for _ in range(3):
        counter.inc({"a": value})
        value.append(1)
    assert [labels["a"] for labels, _ in counter.get_all()] == ["[]", "[1]", "[1, 1]"]


def test_values_that_live_where_another_lived():
    counter = _counter()
    for number in range(5000):
        counter.inc({"a": f"value {number}"})
        counter.inc({"a": number})
    gc.collect()
    assert len(counter.values) == 10000
    assert {value for _, value in counter.get_all()} == {1}


@pytest.mark.parametrize("count", [1, 2, 3, 7, 8, 9, 15, 16, 17, 32, 33, 40])
def test_many_labels(count):
    counter = _counter()
    labels = {f"l{number:02}": str(number) for number in range(count)}
    counter.inc(labels)
    counter.inc(dict(reversed(labels.items())))
    counter.inc({name: int(value) for name, value in labels.items()})
    counter.inc({**labels, "l00": "other"})
    assert counter.get_all() == [(labels, 3), ({**labels, "l00": "other"}, 1)]
    assert text_parser.parse(body_of(counter))[0].labels == labels
    declared = _counter(labelnames=list(labels))
    declared.inc(labels)
    with pytest.raises(ValueError, match=f"l{count - 1:02}"):
        declared.inc({name: labels[name] for name in list(labels)[:-1]})


def test_a_label_of_empty_value_is_none_and_shown_as_it_was_given():
    counter = _counter()
    counter.inc({"a": ""})
    counter.inc()
    counter.inc({"b": "", "a": ""})
    assert body_of(counter).endswith(b'\nc{a=""} 3\n')
    assert counter.get_all() == [({"a": ""}, 3)]
    assert list(counter.values) == [b'{"a":""}']


@pytest.mark.parametrize(
    "labels", [["a"], [("a", "x")], ("a",), "a", 'a="x"', b"a", {"a"}, object()]
)
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("born", [False, True])
def test_what_is_not_a_dict_is_refused(kind, labels, born):
    metric = kind("m", "d", registry=Registry())
    if born:
        _update(metric, A)
    before = metric.get_all()
    for call in (
        lambda: metric.add(labels, 1),
        lambda: metric.set_value(labels, 1),
        lambda: metric.get(labels),
    ):
        with pytest.raises(Exception) as caught:
            call()
        assert isinstance(caught.value, (TypeError, AttributeError))
    assert metric.get_all() == before


class Raising:
    def __str__(self):
        raise ZeroDivisionError("no text")


class WrongText:
    def __str__(self):
        return 5


@pytest.mark.parametrize("kind", KINDS)
def test_a_value_without_text(kind):
    metric = kind("m", "d", registry=Registry())
    for value, error in [(Raising(), ZeroDivisionError), (WrongText(), TypeError)]:
        for labels in ({"a": value}, {"a": "x", "b": value}, {"a": value, "b": "x"}):
            with pytest.raises(error):
                _update(metric, labels)
            with pytest.raises(error):
                metric.get(labels)
    assert len(metric.values) == 0
    _update(metric, A)
    assert len(metric.values) == 1


class Reentrant:
    """Its text is taken while the same metric is updated, cleared or read."""

    def __init__(self, action):
        self.action = action

    def __str__(self):
        self.action()
        return "x"


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("extra", [{}, {"b": "2"}])
def test_a_value_that_uses_the_metric(kind, extra):
    metric = kind("m", "d", registry=Registry())
    for action in (
        lambda: _update(metric, {"a": "x", **extra}),
        metric.values.clear,
        metric.get_all,
        lambda: body_of(metric),
        lambda: _update(metric, {"a": Reentrant(lambda: _update(metric, A))}),
        lambda: metric.values.pop({"a": "x", **extra}, None),
    ):
        _update(metric, {"a": Reentrant(action), **extra})
        assert {"a": "x", **extra} in metric.values
    metric.values.clear()
    _update(metric, {"a": Reentrant(lambda: _update(metric, {"a": "x", **extra})), **extra})
    assert len(metric.values) == 1
    assert text_parser.parse(body_of(metric))[-1].value in ("2", "2.0")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("change", ["clear", "grow", "shrink", "replace"])
def test_a_value_that_changes_the_dict(kind, change):
    metric = kind("m", "d", registry=Registry())
    labels = {}

    def action():
        if change == "clear":
            labels.clear()
        elif change == "grow":
            labels.update({f"n{number}": "1" for number in range(100)})
        elif change == "shrink":
            labels.pop("b", None)
        else:
            labels["b"] = "other"

    labels.update({"a": Reentrant(action), "b": "1", "c": "2"})
    try:
        _update(metric, labels)
    except RuntimeError:  # Python's message for a dict that changes while it is read
        assert len(metric.values) == 0
    else:
        assert len(metric.values) == 1
    text_parser.parse(body_of(metric))
