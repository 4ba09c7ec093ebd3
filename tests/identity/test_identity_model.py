"""Any sequence of updates, reads, removals and changes of dicts, compared with plain dicts."""

import enum
import os
import random

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from aioprometheus import Counter, Gauge, Histogram, Registry, Summary
from support.label_model import Model, amount, fresh, series

LONG = bool(os.environ.get("AIOPROMETHEUS_LONG_TESTS"))
KINDS = [Counter, Gauge, Summary, Histogram]


class Color(enum.Enum):
    RED = "red"
    ONE = 1


class Text(str):
    def __str__(self):
        return "not the value"


class Same(str):
    """Equal by its text to no other string, as a key of a dict."""

    def __eq__(self, other):
        return self is other

    def __hash__(self):
        return 7


class Changing:
    """Its text is whatever its word is at the moment."""

    word = "1"

    def __str__(self):
        return self.word


class Labels(dict):
    pass


CHANGING = Changing()
NAMES = ["a", "b", "path", "method"]
VALUES = ["1", "x", "some longer text", "", "red", "a", 1, True, 1.0, None, 2**70, float("nan")]
VALUES += [Color.RED, Color.ONE, Text("x"), Same("x"), CHANGING]
names = st.sampled_from(NAMES)
values = st.sampled_from(VALUES)
slots = st.integers(0, 3)


class Metrics(RuleBasedStateMachine):
    """Five metrics, four dicts that live on, and children; each step changes one of them."""

    @initialize()
    def make(self):
        CHANGING.word = "1"
        self.metrics = [kind("m", "d", registry=Registry()) for kind in (*KINDS, Counter)]
        self.models = [Model() for _ in self.metrics]
        self.dicts = [{}, {"a": "1"}, {"a": "x", "path": "1"}, Labels(a="1")]
        self.children = []

    @rule(which=st.integers(0, 4), slot=slots, times=st.integers(1, 3))
    def update(self, which, slot, times):
        for _ in range(times):
            self.metrics[which].add(self.dicts[slot], 1)
            self.models[which].add(self.dicts[slot])

    @rule(slot=slots)
    def update_all(self, slot):
        for which in range(5):
            self.update(which, slot, 1)

    @rule(which=st.integers(0, 4), content=st.dictionaries(names, values, max_size=4))
    def update_once(self, which, content):
        self.metrics[which].add(content, 1)
        self.models[which].add(content)

    @rule(which=st.integers(0, 4), slot=slots)
    def read(self, which, slot):
        labels = self.dicts[slot]
        expected = self.models[which].amounts.get(series(labels))
        if expected is None:
            with pytest.raises(KeyError):
                self.metrics[which].get(labels)
        else:
            assert amount(self.metrics[which].get(labels)) == expected
        assert (labels in self.metrics[which].values) == (expected is not None)

    @rule(which=st.integers(0, 4), slot=slots)
    def remove(self, which, slot):
        labels = self.dicts[slot]
        if series(labels) in self.models[which].amounts:
            del self.metrics[which].values[labels]
            self.models[which].remove(labels)
        else:
            with pytest.raises(KeyError):
                del self.metrics[which].values[labels]

    @rule(which=st.integers(0, 4))
    def clear(self, which):
        self.metrics[which].values.clear()
        self.models[which].amounts.clear()

    @rule(which=st.integers(0, 4))
    def replace_the_metric(self, which):
        kind = type(self.metrics[which])
        self.children = [child for child in self.children if child[0] != which]
        self.metrics[which] = None
        self.metrics[which] = kind("m", "d", registry=Registry())
        self.models[which] = Model()

    @rule(which=st.integers(0, 4), slot=slots)
    def bind(self, which, slot):
        labels = dict(self.dicts[slot])
        key = series(labels)
        child = self.metrics[which].labels(self.dicts[slot])
        self.models[which].amounts.setdefault(key, 0)
        self.children.append((which, key, child))

    @precondition(lambda self: self.children)
    @rule(data=st.data())
    def update_a_child(self, data):
        which, key, child = data.draw(st.sampled_from(self.children))
        child.add(1)
        amounts = self.models[which].amounts
        amounts[key] = amounts.get(key, 0) + 1

    @precondition(lambda self: self.children)
    @rule(data=st.data())
    def read_a_child(self, data):
        which, key, child = data.draw(st.sampled_from(self.children))
        if key in self.models[which].amounts:
            assert amount(child.get()) == self.models[which].amounts[key]
        else:
            with pytest.raises(KeyError):
                child.get()

    @rule(slot=slots, name=names, value=values)
    def put(self, slot, name, value):
        self.dicts[slot][name] = value

    @rule(slot=slots, name=names)
    def take(self, slot, name):
        self.dicts[slot].pop(name, None)

    @rule(slot=slots, one=names, other=names)
    def swap(self, slot, one, other):
        labels = self.dicts[slot]
        if one in labels and other in labels:
            labels[one], labels[other] = labels[other], labels[one]

    @rule(slot=slots)
    def rename(self, slot):
        labels = self.dicts[slot]
        turned = dict(zip(labels, reversed(labels.values()), strict=True))
        labels.update(turned)

    @rule(slot=slots)
    def reorder(self, slot):
        labels = self.dicts[slot]
        content = list(reversed(labels.items()))
        labels.clear()
        labels.update(content)

    @rule(slot=slots)
    def make_equal_objects(self, slot):
        labels = self.dicts[slot]
        content = [
            (fresh(name), fresh(value) if type(value) is str else value)
            for name, value in labels.items()
        ]
        labels.clear()
        labels.update(content)

    @rule(slot=slots)
    def make_an_equal_dict(self, slot):
        self.dicts[slot] = type(self.dicts[slot])(self.dicts[slot])

    @rule(word=st.sampled_from(["1", "x", "another"]))
    def change_a_text(self, word):
        CHANGING.word = word

    @invariant()
    def compare(self):
        for metric, model in zip(
            getattr(self, "metrics", []), getattr(self, "models", []), strict=True
        ):
            model.check(metric)


TestMetrics = Metrics.TestCase
TestMetrics.settings = settings(
    max_examples=1000 if LONG else 100,
    stateful_step_count=50,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("reuse", [True, False])
def test_thousands_of_label_sets_in_random_order(seed, reuse):
    """The dicts live on and are used many times, or are made for each call."""
    chance = random.Random(seed)
    metrics = [kind("m", "d", registry=Registry()) for kind in KINDS]
    models = [Model() for _ in metrics]
    label_sets = []
    for number in range(3000):
        chosen = chance.sample(NAMES, chance.randrange(5))
        label_sets.append({name: f"{name} {number % 97} {chance.randrange(40)}" for name in chosen})
    for _ in range(60_000 if LONG else 15_000):
        labels = chance.choice(label_sets)
        if not reuse:
            content = [(fresh(name), fresh(value)) for name, value in labels.items()]
            chance.shuffle(content)
            labels = dict(content)
        which = chance.randrange(4)
        metric, model = metrics[which], models[which]
        key, event = series(labels), chance.random()
        if event < 0.8:
            metric.add(labels, 1)
            model.add(labels)
        elif event < 0.9999:
            if key in model.amounts:
                assert amount(metric.get(labels)) == model.amounts[key]
                if event > 0.95:
                    del metric.values[labels]
                    model.remove(labels)
            else:
                assert labels not in metric.values
        else:
            metric.values.clear()
            model.amounts.clear()
        if labels and reuse and chance.random() < 0.1:
            labels[next(iter(labels))] = f"changed {chance.randrange(50)}"
    for metric, model in zip(metrics, models, strict=True):
        model.check(metric)
