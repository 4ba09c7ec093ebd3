"""Label dicts that one thread changes while others update with them: every update counts once."""

import sys

import pytest

from aioprometheus import Counter, Gauge, Histogram, Registry, Summary, render
from support.label_model import amount, contents, fresh, series
from support.make import make
from support.many_threads import meanwhile, run

pytestmark = pytest.mark.usefixtures("frequent_switches")

KINDS = [Counter, Gauge, Summary, Histogram]
TIMES = 20_000


def _total(metric):
    return sum(number for _, number in contents(metric))


@pytest.mark.parametrize("kind", KINDS)
def test_values_that_change_meanwhile(kind):
    """Only one value changes, so that each update means one of the dicts that there were."""
    metric, labels = make(kind), {"a": "0", "b": "y"}
    words = [str(number) for number in range(10)]
    turn = iter(range(sys.maxsize))

    def change():
        number = next(turn)
        labels["a"] = words[number % 10] if number % 3 else fresh(f"long {number % 10}")

    with meanwhile(change):
        run(lambda number: [metric.add(labels, 1) for _ in range(TIMES)], 3)
    assert _total(metric) == 3 * TIMES
    possible = {series({"a": word, "b": "y"}) for word in words}
    possible |= {series({"a": f"long {number}", "b": "y"}) for number in range(10)}
    assert {key for key, _ in contents(metric)} <= possible
    labels["a"] = "the last"
    metric.add(labels, 1)
    assert amount(metric.get({"a": "the last", "b": "y"})) == 1


@pytest.mark.parametrize("kind", KINDS)
def test_names_that_come_and_go_meanwhile(kind):
    metric, labels = make(kind), {"a": "x"}
    refused = []

    def change():
        labels["b"] = "y"
        labels["c"] = fresh("some value")
        del labels["b"]
        labels["a"] = "z"
        del labels["c"]
        labels["a"] = "x"

    def work(number):
        for _ in range(TIMES):
            try:
                metric.add(labels, 1)
            except RuntimeError:  # Python's message for a dict that changes while it is read
                refused.append(number)

    with meanwhile(change):
        run(work, 3)
    assert _total(metric) == 3 * TIMES - len(refused)
    for key, _ in contents(metric):
        found = dict(key)
        assert found.keys() <= {"a", "b", "c"}
        assert all(found[name] in allowed for name, allowed in _ALLOWED.items() if name in found)


_ALLOWED = {"a": ("x", "z"), "b": ("y",), "c": ("some value",)}


def test_values_that_trade_places_meanwhile():
    """Both dicts hold the same two strings, under other names; they are never mixed up."""
    metrics = [make() for _ in range(3)]
    x, y = fresh("first"), fresh("second")
    one, other = {"a": x, "b": y}, {"a": y, "b": x}

    def reverse():
        for labels in (one, other):
            labels["b"] = labels.pop("b")
            labels["b"] = fresh(labels["b"])

    def work(number):
        for index in range(TIMES):
            labels = {"a": x, "b": y} if index % 2 else {"b": x, "a": y}
            metrics[index % 3].inc(labels)

    with meanwhile(reverse):
        run(work, 4)
    for turn, metric in enumerate(metrics):
        odd = 4 * len([index for index in range(TIMES) if index % 3 == turn and index % 2])
        even = 4 * len([index for index in range(TIMES) if index % 3 == turn and not index % 2])
        assert metric.get(one) == odd and metric.get(other) == even
        assert len(metric.values) == 2


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_dicts_in_all_threads_while_series_are_removed(kind):
    """Removals take whole series away; what is added when they have ended is all there."""
    registry = Registry()
    metric = make(kind, registry)
    dicts = [{"i": str(index), "b": "y"} for index in range(20)]

    def work(number):
        for index in range(TIMES // 4):
            metric.add(dicts[(index + number) % 20], 1)

    def remove():
        metric.values.clear()
        metric.values.pop(dicts[3], None)
        render(registry, None)

    with meanwhile(remove):
        run(work, 3)
    assert _total(metric) <= 3 * (TIMES // 4)
    assert {key for key, _ in contents(metric)} <= {series(labels) for labels in dicts}
    metric.values.clear()
    run(work, 4)
    assert dict(contents(metric)) == {series(labels): TIMES // 20 for labels in dicts}


def test_fresh_strings_in_all_threads():
    """Strings of one thread are freed, and their addresses used again, by another."""
    counter = make()

    def work(number):
        for index in range(TIMES):
            counter.inc({"a": f"value {index % 50}", "b": f"thread {number}"})
            counter.inc({"b": f"value {index % 50}", "a": f"thread {number}"})

    with meanwhile(lambda: [fresh(f"value {index}") for index in range(100)]):
        run(work, 4)
    expected = {
        series(labels): TIMES // 50
        for number in range(4)
        for index in range(50)
        for labels in (
            {"a": f"value {index}", "b": f"thread {number}"},
            {"b": f"value {index}", "a": f"thread {number}"},
        )
    }
    assert dict(contents(counter)) == expected


def test_metrics_that_die_in_one_thread_while_others_use_the_same_labels():
    labels = [{"i": str(index)} for index in range(10)]
    counter = make()

    def work(number):
        for index in range(TIMES // 4):
            counter.inc(labels[index % 10])
            if index % 10 == number:
                short = make(KINDS[number])
                for _ in range(3):
                    short.add(labels[number], 1)
                assert contents(short) == [(series(labels[number]), 3)]
                del short

    run(work, 4)
    assert [value for _, value in counter.get_all()] == [4 * (TIMES // 40)] * 10
