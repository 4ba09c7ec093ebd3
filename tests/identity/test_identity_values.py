"""Label values and dicts of unusual classes: each call uses their text, not their identity."""

import datetime
import enum
import gc
import types

import pytest

from aioprometheus import Counter, Gauge, Histogram, Summary
from support import text_parser
from support.label_model import Model, amount, contents, fresh, series
from support.make import body_of, make

KINDS = [Counter, Gauge, Summary, Histogram]
WARM = 4


class Color(enum.Enum):
    RED = "red"
    ONE = 1
    LIST = [1]  # noqa: RUF012


class Word(str, enum.Enum):
    ONE = "one"


class Number(enum.IntEnum):
    TWO = 2


def _changing(base):
    """Return a class whose instances have another text at each call."""

    class Changing(base):
        turn = 0

        def __str__(self):
            type(self).turn += 1
            return f"text {type(self).turn}"

        __repr__ = __format__ = __str__

    return Changing


BASES = [object, int, float, bytes, tuple, list, Exception, types.SimpleNamespace]


@pytest.mark.parametrize("base", BASES)
@pytest.mark.parametrize("kind", KINDS)
def test_objects_whose_text_changes(kind, base):
    metric, value = make(kind), _changing(base)()
    labels = {"a": value, "b": "y"}
    for _ in range(10):
        metric.add(labels, 1)
    texts = [dict(key)["a"] for key, _ in contents(metric)]
    assert texts == [f"text {turn}" for turn in range(1, 11)]
    metric.labels(labels).add(1)
    assert len(metric.values) == 11
    with pytest.raises(KeyError):
        metric.get(labels)


def test_enum_members_whose_value_changes():
    class Mutable(enum.Enum):
        LIST = ["x"]  # noqa: RUF012
        TEXT = "text"

    counter, expected = make(), []
    for turn in range(5):
        counter.inc({"a": Mutable.LIST})
        expected.append(str(Mutable.LIST.value))
        Mutable.LIST.value.append(turn)
        counter.inc({"a": Mutable.TEXT})
        expected.append(Mutable.TEXT.value)
        Mutable.TEXT._value_ = f"text {turn}"
    assert [dict(key)["a"] for key, _ in contents(counter)] == expected


def test_mutable_values():
    counter, model = make(), Model()
    values = [[], {}, set(), bytearray(), types.SimpleNamespace()]
    for turn in range(6):
        for value in values:
            for labels in ({"a": value}, {"a": "x", "b": value}):
                for _ in range(WARM):
                    counter.inc(labels)
                    model.add(labels)
        values[0].append(turn)
        values[1][turn] = turn
        values[2].add(turn)
        values[3].append(65 + turn)
        values[4].turn = turn
    model.check(counter)


class Lying(str):
    """Says that it is equal to everything, and is neither printed nor hashed as what it is."""

    def __str__(self):
        return "not the value"

    __repr__ = __str__

    def __eq__(self, other):
        return True

    def __hash__(self):
        return 1

    def __len__(self):
        return 0


@pytest.mark.parametrize("kind", KINDS)
def test_strings_that_lie(kind):
    metric, model = make(kind), Model()
    for _ in range(5):
        for word in ("x", "y", ""):
            for value in (Lying(word), word, fresh(word), Word.ONE):
                for labels in ({"a": value}, {"a": value, "b": value}, {"a": "x", "b": value}):
                    metric.add(labels, 1)
                    model.add(labels)
                    assert amount(metric.get(labels)) == model.amounts[series(labels)]
    model.check(metric)


def test_names_that_lie():
    counter = make()
    for _ in range(WARM):
        counter.inc({Lying("a"): "x"})
        counter.inc({Lying("b"): "x"})
        counter.inc({"a": "x"})
        with pytest.raises(ValueError):
            counter.inc({Lying("job"): "x"})
    assert contents(counter) == [(series({"a": "x"}), 2 * WARM), (series({"b": "x"}), WARM)]


class Other(str):
    """Another key of a dict than any equal string."""

    def __eq__(self, other):
        return self is other

    def __hash__(self):
        return 1


def test_a_name_that_is_there_twice():
    counter, labels = make(), {"a": "1"}
    for _ in range(WARM):
        counter.inc(labels)
        name = Other("a")
        labels[name] = "2"
        with pytest.raises(ValueError):
            counter.inc(labels)
        del labels[name]
    assert counter.get_all() == [({"a": "1"}, WARM)]


VALUES = ["1", 1, True, 1.0, Color.ONE, 0, 0.0, -0.0, False, None, "None", "", 2**70, 2**70 + 1]
VALUES += [-5, 257, 1e300, float("nan"), float("-nan"), float("inf"), Color.RED, "red", Word.ONE]
VALUES += [Number.TWO, 2, Color.LIST, [1], b"x", (1,), datetime.date(2024, 2, 29), frozenset()]
VALUES += [datetime.time(1), datetime.datetime(2024, 2, 29), int, len, 1j, range(3), ...]


@pytest.mark.parametrize("kind", KINDS)
def test_values_that_are_equal_but_have_other_texts(kind):
    """1, True, 1.0 and "1" are equal or alike; only their texts count."""
    metric, model, labels = make(kind), Model(), {}
    for turn in range(6):
        for index, value in enumerate(VALUES):
            labels["a"] = value
            labels["b"] = VALUES[(index + turn) % len(VALUES)]
            for given in (labels, {"a": value}):
                metric.add(given, 1)
                model.add(given)
                assert amount(metric.get(given)) == model.amounts[series(given)]
    model.check(metric)
    texts = {line.labels["a"] for line in text_parser.parse(body_of(metric))}
    assert {"1", "True", "1.0", "0", "0.0", "-0.0", "False", "None", "nan", ""} <= texts


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("value", ["\ud800", "a\udfffb", "long" * 1000 + "\udc80"], ids=len)
def test_what_has_no_utf8_is_refused_each_time(kind, value):
    metric = make(kind)
    labels = {"a": "x", "b": "y"}
    metric.add(labels, 1)
    before = metric.get_all()
    for _ in range(WARM):
        labels["b"] = value
        for given in (labels, {"a": value}, {"a": "x", "b": fresh(value)}, {value: "x"}):
            with pytest.raises(ValueError):
                metric.add(given, 1)
            with pytest.raises((ValueError, KeyError)):
                metric.get(given)
        assert metric.get_all() == before
    labels["b"] = "y"
    metric.add(labels, 1)
    assert contents(metric) == [(series(labels), 2)]


class Failing:
    """Has a text, or none: it then raises the error that it has."""

    def __init__(self):
        self.error = None

    def __str__(self):
        if self.error:
            raise self.error
        return "text"


@pytest.mark.parametrize("kind", KINDS)
def test_a_text_that_fails_now_and_then(kind):
    metric, value = make(kind), Failing()
    labels = {"a": "x", "b": value, "c": "z"}
    for turn in range(1, 10):
        value.error = None
        metric.add(labels, 1)
        for error in (ZeroDivisionError("no text"), KeyboardInterrupt(), KeyError("b")):
            value.error = error
            for call in (lambda: metric.add(labels, 1), lambda: metric.get(labels)):
                with pytest.raises(type(error)) as caught:
                    call()
                assert caught.value is error
        error.__traceback__ = None
        assert contents(metric) == [(series({"a": "x", "b": "text", "c": "z"}), turn)]


@pytest.mark.parametrize("size", [0, 1, 2, 63, 64, 255, 256, 1000, 4096, 65_536, 1_000_000])
def test_strings_that_die_and_whose_addresses_are_used_again(size):
    """Of strings of one size, a new one often lies where the last one lay."""
    counter, model, labels = make(), Model(), {"b": "y"}
    times = 3000 if size <= 4096 else 100
    addresses = set()
    for number in range(times):
        value = str(number % 40 + 1000).rjust(size, ".")
        addresses.add(id(value))
        labels["a"] = value
        counter.inc(labels)
        model.add(labels)
        labels["a"] = None
        del value
        counter.inc({"a": f"{number % 40:>{size}}"})
        model.add({"a": f"{number % 40:>{size}}"})
    assert len(addresses) < times
    model.check(counter)


@pytest.mark.parametrize("size", [1, 100, 5000, 600_000])
def test_a_string_that_grows_where_it_is(size):
    """Python lengthens a string in place when nothing else refers to it."""
    counter, model, labels = make(), Model(), {"b": "y"}
    value = "x" * size
    for _ in range(100):
        labels["a"] = value
        counter.inc(labels)
        model.add(labels)
        labels["a"] = ""
        value += "y"
    model.check(counter)
    assert len(counter.values) == 100


def test_names_that_die():
    counter, model = make(), Model()
    for number in range(5000):
        labels = {f"name_{number % 50}": f"{number % 3}", f"other_{number % 7}": "y"}
        counter.inc(labels)
        model.add(labels)
    gc.collect()
    model.check(counter)


def test_members_of_an_enum_that_are_their_own_values():
    class Circle(enum.Enum):
        HERE = 1
        THERE = 2

        def __str__(self):
            return self.name.lower()

    Circle.HERE._value_ = Circle.HERE
    counter = make()
    counter.inc({"a": Circle.HERE})
    counter.labels({"a": Circle.HERE}).inc()
    assert counter.get_all() == [({"a": "here"}, 2)]
    Circle.HERE._value_, Circle.THERE._value_ = Circle.THERE, Circle.HERE
    counter.values.clear()
    counter.inc({"a": Circle.HERE})
    ((labels, value),) = counter.get_all()
    assert (labels["a"] in {"here", "there"}, value) == (True, 1)
