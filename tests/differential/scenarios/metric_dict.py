"""The class MetricDict without a metric: it behaves as in 23.12.0."""

import datetime
import enum
import uuid

from aioprometheus.metricdict import MetricDict, regex
from record import step


class _Color(enum.Enum):
    RED = "red"
    ONE = 1


def made():
    step("empty", lambda: list(MetricDict().items()))
    step("keywords", lambda: MetricDict(a=1))
    step("bytes", lambda: list(MetricDict({b'{"a":"b"}': 1}).items()))
    step("pairs", lambda: list(MetricDict([(b'{"a":"b"}', 1), ("", 2)]).items()))
    step("the empty key", lambda: list(MetricDict({"__EMPTY__": 5, None: 6}).items()))
    step("unhashable", lambda: MetricDict([({"a": "b"}, 1)]), words=False)
    step("wrong", lambda: MetricDict({5: 1}))
    step("EMPTY_KEY", lambda: MetricDict.EMPTY_KEY)
    step("bases", lambda: [base.__name__ for base in MetricDict.__mro__])


def filled():
    mapping = MetricDict()
    step("set", mapping.__setitem__, {"b": 1, "a": "x"}, "first")
    step("set none", mapping.__setitem__, {}, "second")
    step("set object", mapping.__setitem__, {"o": "p"}, [1, 2])
    step("set bytes", mapping.__setitem__, b'{"q":"r"}', None)
    step("items", lambda: list(mapping.items()))
    step("store", lambda: mapping.store)
    for key in (
        {"a": "x", "b": 1},
        {"b": "1", "a": "x"},
        None,
        "",
        {},
        "__EMPTY__",
        [],
        (),
        0,
        b'{"a":"x","b":1}',
        b"{}",
        b'{"x":1}',
        b"{:}",
        b"junk",
        "junk",
        5,
        ["a"],
        {"n": 1},
        '{"q":"r"}',
        b'{"q":"r"}',
        b' {"q":"r"}',
        b'{"q":"r"} ',
    ):
        step(f"get {key!r}", lambda: mapping[key])
        step(f"in {key!r}", lambda: key in mapping)
    step("not utf-8", lambda: mapping[b"\xff"], words=False)
    step("length", lambda: len(mapping))
    step("pop", mapping.pop, {"o": "p"})
    step("setdefault", mapping.setdefault, {"o": "p"}, 5)
    step("delete", mapping.__delitem__, {"o": "p"})
    step("delete again", mapping.__delitem__, {"o": "p"})
    step("popitem", mapping.popitem)
    step("update", mapping.update, [({"z": "y"}, 5)])
    step("equal", lambda: mapping == MetricDict(mapping.store))
    step("items after", lambda: list(mapping.items()))
    step("clear", mapping.clear)
    step("length after", lambda: len(mapping))


def keys():
    values = (
        "",
        "a",
        'q"',
        "b\\",
        "n\n",
        "t\t",
        "r\r",
        "\b\f",
        "\x00\x1f\x7f",
        "é",
        "日本",
        "🙂",
        "\u2028",
        "/",
        "<>&'",
        1,
        -1,
        0,
        2**63 - 1,
        2**64 - 1,
        1.5,
        5.0,
        1e16,
        1e-7,
        1e22,
        -0.0,
        1e300,
        5e-324,
        True,
        False,
        None,
        [1, "a"],
        {"x": {"y": 1}},
        (1, 2),
        _Color.RED,
        _Color.ONE,
        uuid.UUID(int=5),
        datetime.date(2020, 2, 29),
        datetime.datetime(2020, 2, 29, 1, 2, 3, 4, tzinfo=datetime.timezone.utc),
        datetime.time(1, 2, 3),
        float("nan"),
        float("inf"),
    )
    for value in values:

        def key():
            mapping = MetricDict()
            mapping[{"k": value}] = 1
            return list(mapping)

        step(f"value {value!r}", key)
    names = ("é", "z", 'q"', 1, 1.5, True, None, datetime.date(2020, 2, 29), uuid.UUID(int=5))
    for name in names:

        def named():
            mapping = MetricDict()
            mapping[{name: 1, "b": 2, "A": 3}] = 1
            return list(mapping)

        step(f"name {name!r}", named)


def refused_keys():
    for value in (2**64, -(2**63) - 1, b"bytes", object(), {1, 2}, 1j, "\ud800"):
        name = (
            f"{type(value).__name__} {str(value)[:5]!r}" if type(value) is not object else "object"
        )
        step(name, lambda: MetricDict()[{"k": value}], words=False)


def pattern():
    for text in ("{a:b}", '{"a":"b"}', "{}", "{:}", "x{a:b}", "{a:b}x", "{a:b,}", "{a\n:b}"):
        step(repr(text), lambda: bool(regex.match(text)))
