"""Label dicts that change: each call uses their content at that moment."""

import gc
import itertools
import random

import pytest

from aioprometheus import Counter, Gauge, Histogram, Registry, Summary, render
from support import text_parser
from support.label_model import Model, amount, contents, fresh, series
from support.make import body_of, make

KINDS = [Counter, Gauge, Summary, Histogram]
WARM = 4  # calls in a row, after which everything that can be remembered is


class Pair:
    """A metric and its model, updated together."""

    def __init__(self, kind=Counter, **options):
        self.metric = make(kind, **options)
        self.model = Model()

    def add(self, labels, times=WARM):
        for _ in range(times):
            self.metric.add(labels, 1)
            self.model.add(labels)
            assert amount(self.metric.get(labels)) == self.model.amounts[series(labels)]

    def check(self):
        self.model.check(self.metric)


@pytest.mark.parametrize("kind", KINDS)
def test_a_dict_that_changes_between_the_calls(kind):
    pair = Pair(kind)
    labels = {"a": "1", "b": "2"}

    def replace(content):
        labels.clear()
        labels.update(content)

    changes = [
        lambda: labels.update(a="2"),
        lambda: labels.update(b="1"),
        lambda: labels.update(a="1", b="2"),
        lambda: labels.update(c="3"),
        lambda: labels.pop("a"),
        lambda: labels.update(a="1"),  # now the last one
        lambda: replace(reversed(list(labels.items()))),
        lambda: labels.pop("b"),
        lambda: labels.update(d=labels.pop("c")),  # another name for the same value
        lambda: labels.popitem(),
        lambda: labels.clear(),
        lambda: labels.update(a="1", b="2"),
        lambda: labels.update(a=labels["b"], b=labels["a"]),
        lambda: labels.update(a=1, b=2),
        lambda: labels.setdefault("e", ""),
        lambda: labels.update({fresh(name): value for name, value in labels.items()}),
    ]
    pair.add(labels)
    for _ in range(3):
        for change in changes:
            change()
            pair.add(labels)
        pair.check()
        replace({"a": "1", "b": "2"})


@pytest.mark.parametrize("kind", KINDS)
def test_equal_strings_that_are_other_objects(kind):
    pair = Pair(kind)
    labels = {"method": "GET", "path": "/some/where"}
    for _ in range(50):
        pair.add(labels)
        other = {fresh(name): fresh(value) for name, value in labels.items()}
        assert all(
            one is not same for one, same in zip(other.values(), labels.values(), strict=True)
        )
        pair.add(other)
        pair.add({fresh(name): value for name, value in labels.items()})
        pair.add({name: fresh(value) for name, value in reversed(labels.items())})
    pair.check()
    assert len(pair.metric.values) == 1


@pytest.mark.parametrize("count", [2, 3, 4, 5])
def test_every_order_and_every_assignment_of_the_same_objects(count):
    """The objects of names and values are always the same ones, in all their combinations."""
    pair = Pair()
    names, values = "abcde"[:count], [f"value {index}" for index in range(count)]
    dicts = [
        dict(zip(order, assignment, strict=True))
        for order in itertools.permutations(names)
        for assignment in itertools.permutations(values)
    ]
    random.Random(count).shuffle(dicts)
    for labels in dicts[:3000] * 2:
        pair.add(labels, 1)
    pair.check()
    assert len(pair.metric.values) <= len(list(itertools.permutations(values)))


@pytest.mark.parametrize("kind", KINDS)
def test_swapped_values_and_names(kind):
    pair = Pair(kind)
    x, y = "first", "second"
    for _ in range(20):
        for labels in (
            {"a": x, "b": y},
            {"a": y, "b": x},
            {"b": x, "a": y},
            {"b": y, "a": x},
            {"a": x, "b": x},
            {"a": y, "b": y},
            {"a": x},
            {"b": x},
            {"a": x, "c": y},
            {x: "a", y: "b"},
            {"a": "b", "b": "a"},
            {"b": "a", "a": "b"},
            {"a": "a", "b": "b"},
        ):
            pair.add(labels, 2)
    pair.check()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("count", range(13))
def test_any_number_of_labels_and_each_of_them_missing(kind, count):
    pair = Pair(kind)
    full = {f"name{index}": f"value {index}" for index in range(count)}
    for _ in range(3):
        pair.add(full)
        pair.add(dict(reversed(full.items())))
        for name in full:
            without = {other: value for other, value in full.items() if other != name}
            pair.add(without)
            pair.add({**without, name: "other"})
            pair.add({**without, "another": full[name]})
        pair.add({**full, "one_more": "x"})
        pair.add(dict.fromkeys(full, "one for all"))
    pair.check()


@pytest.mark.parametrize("kind", KINDS)
def test_one_dict_for_many_metrics(kind):
    labels = {"a": "x", "b": "y"}
    pairs = [Pair(kind) for _ in range(40)] + [Pair(kind, labelnames=["b", "a"])]
    for turn in range(30):
        for number, pair in enumerate(pairs):
            if (turn + number) % 3:
                pair.add(labels, 1)
        labels["b"] = f"y{turn % 4}"
    for pair in pairs:
        pair.check()


def test_a_refused_dict_is_refused_each_time_and_taken_when_it_is_mended():
    pair = Pair(const_labels={"const": "c"})
    declared = Pair(labelnames=["a", "b"])
    labels = {"a": "x", "b": "y"}
    for _ in range(5):
        pair.add(labels)
        declared.add(labels)
        for name in ("job", "__own", "a b"):
            labels[name] = "x"
            for _ in range(WARM):
                with pytest.raises(ValueError):
                    pair.metric.inc(labels)
                with pytest.raises(ValueError):
                    declared.metric.inc(labels)
            del labels[name]
        pair.add(labels)
        taken = labels.pop("a")
        for _ in range(WARM):
            with pytest.raises(ValueError):
                declared.metric.inc(labels)
        labels["a"] = taken
        declared.add(labels)
    pair.check()
    declared.check()


@pytest.mark.parametrize("kind", KINDS)
def test_reads_that_find_nothing(kind):
    """That there was no series is forgotten when there is one, and that there was one likewise."""
    metric, labels = make(kind), {"a": "x", "b": "y"}
    for _ in range(20):
        for _ in range(WARM):
            with pytest.raises(KeyError):
                metric.get(labels)
            assert labels not in metric.values
        metric.add(labels, 1)
        for _ in range(WARM):
            assert amount(metric.get(labels)) == 1
            assert labels in metric.values
        labels["a"] = "other"
        for _ in range(WARM):
            with pytest.raises(KeyError):
                metric.get(labels)
            with pytest.raises(KeyError):
                del metric.values[labels]
        labels["a"] = "x"
        del metric.values[labels]


REMOVALS = [
    lambda metric, labels: metric.values.clear(),
    lambda metric, labels: metric.values.__delitem__(labels),
    lambda metric, labels: metric.values.__delitem__(dict(labels)),
    lambda metric, labels: metric.values.pop(labels),
    lambda metric, labels: metric.values.__delitem__(next(iter(metric.values))),
]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("remove", REMOVALS)
@pytest.mark.parametrize("count", [0, 1, 2, 3, 4, 5, 8, 9])
def test_series_that_are_removed_and_born_again_from_one_dict(kind, remove, count):
    metric, labels = make(kind), {f"name{index}": "x" for index in range(count)}
    for turn in range(1, 50):
        for number in range(1, turn % 4 + 2):
            metric.add(labels, 1)
            assert amount(metric.get(labels)) == number
        assert contents(metric) == [(series(labels), turn % 4 + 1)]
        remove(metric, labels)
        assert contents(metric) == [] and text_parser.parse(body_of(metric)) == []
        if turn % 3 == 0:  # another series takes its place
            metric.add({"a": "in between"}, 1)
            metric.add(labels, 1)
            assert contents(metric)[1] == (series(labels), 1)
            metric.values.clear()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("labels", [{}, {"a": "x", "b": "y"}])
def test_series_that_are_assigned_anew(kind, labels):
    metric, source = make(kind), make(kind)
    source.add(1)
    for _ in range(10):
        for _ in range(WARM):
            metric.add(labels, 1)
        metric.values[labels] = source.values[None]
        assert amount(metric.get(labels)) == 1
        metric.add(labels, 1)
        assert amount(metric.get(labels)) == 2
        metric.set_value(labels, source.get_value())
        metric.add(labels, 1)
        assert contents(metric) == [(series(labels), 2)]
        del metric.values[labels]
        metric.values[labels] = source.values[None]
        metric.add(labels, 1)
        assert contents(metric) == [(series(labels), 2)]


@pytest.mark.parametrize("kind", KINDS)
def test_metrics_that_die_while_their_labels_live_on(kind):
    """New metrics, at addresses where others were, start from nothing."""
    labels = {"a": "x", "b": "y"}
    for turn in range(300):
        metric = make(kind)
        for number in range(1, turn % 3 + 2):
            metric.add(labels, 1)
            assert amount(metric.get(labels)) == number
        assert contents(metric) == [(series(labels), turn % 3 + 1)]
        if turn % 50 == 0:
            gc.collect()


@pytest.mark.parametrize("kind", KINDS)
def test_registries_that_are_cleared(kind):
    registry, labels, kept = Registry(), {"a": "x"}, []
    for turn in range(1, 20):
        metric = kind("m", "d", registry=registry)
        metric.add(labels, 1)
        kept.append(metric)
        registry.clear()
        for one in kept:
            one.add(labels, 1)
        assert [amount(one.get(labels)) for one in kept] == list(range(turn + 1, 1, -1))
        assert render(registry, None)[0] == render(Registry(), None)[0]
