"""Label dicts of classes that override the methods of dict."""

import pytest

from aioprometheus import Counter, Gauge, Histogram, Summary
from support.label_model import amount, contents, fresh, series
from support.make import make

KINDS = [Counter, Gauge, Summary, Histogram]
WARM = 4


class Items(dict):
    def items(self):
        return {"from": "items"}.items()


class Keys(dict):
    def keys(self):
        return ["from_keys"]


class Iterating(dict):
    def __iter__(self):
        return iter(["from_iter"])


class Getting(dict):
    def __getitem__(self, name):
        return "from getitem"

    def get(self, name, default=None):
        return "from get"


class Long(dict):
    def __len__(self):
        return 0

    def __bool__(self):
        return False


class Everything(Items, Keys, Iterating, Getting, Long):
    pass


@pytest.mark.parametrize("mapping", [Items, Keys, Iterating, Getting, Long, Everything])
@pytest.mark.parametrize("kind", KINDS)
def test_dicts_that_override_methods(kind, mapping):
    """What such a dict means, it means at each call, whatever was looked up before."""
    first = make(kind)
    first.add(mapping({fresh("a"): fresh("one"), fresh("b"): fresh("y")}), 1)
    second = make(kind)
    second.add(mapping({fresh("a"): fresh("two"), fresh("b"): fresh("y")}), 1)
    meaning = {"one": contents(first)[0][0], "two": contents(second)[0][0]}

    metric, expected = make(kind), {}
    plain = {"a": "one", "b": "y"}
    odd = mapping(plain)
    for turn in range(20):
        word = "two" if turn % 3 == 2 else "one"
        plain["a"] = word
        dict.__setitem__(odd, "a", word)
        for labels, key in ((plain, series(plain)), (odd, meaning[word])):
            for _ in range(WARM):
                metric.add(labels, 1)
                expected[key] = expected.get(key, 0) + 1
                assert amount(metric.get(labels)) == expected[key]
    assert contents(metric) == list(expected.items())


def test_a_dict_that_means_something_else_each_time():
    class Turning(dict):
        turn = 0

        def items(self):
            self.turn += 1
            return {"a": f"turn {self.turn}"}.items()

    counter, plain = make(), {"a": "x"}
    for _ in range(5):
        counter.inc(plain)
        counter.inc(Turning(plain))
    assert counter.get(plain) >= 5
    assert sum(value for _, value in counter.get_all()) == 10
