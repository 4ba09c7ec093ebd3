"""Mistakes in definitions of metrics and in registries."""

from __future__ import annotations

import sys
from types import SimpleNamespace

import pytest

import aioprometheus
from aioprometheus import Counter, Enum, Gauge, Histogram, Info, Registry, Summary
from aioprometheus.collectors import Collector
from support.mistakes import Mistake, check, notes_of


def _mistake(call, error, words, *says):
    return Mistake(call, error, words, list(says))


def _make(kind=Counter, name="the_metric", *arguments, **options):
    return kind(name, "d", *arguments, registry=options.pop("registry", Registry()), **options)


def _registry():
    registry = Registry()
    for name in ("requests_total", "errors_total"):
        Counter(name, "d", registry=registry)
    return registry


class Own(Counter):
    pass


class Shop(Registry):
    def register(self, collector):
        super().register(collector)


MISSING = "__init__() missing 2 required positional arguments: 'name' and 'doc'"

DEFINITIONS = {
    "a list in the place of const_labels": _mistake(
        lambda: Counter("n", "d", ["method"]), TypeError, None, "n: ", "labelnames=['method']?"
    ),
    "a str in the place of const_labels": _mistake(
        lambda: Counter("n", "d", "method"), TypeError, None, "n: ", "labelnames=['method']?"
    ),
    "a registry in the place of const_labels": _mistake(
        lambda: Counter("n", "d", Registry()), TypeError, None, "n: ", "registry=?"
    ),
    "bounds in the place of const_labels": _mistake(
        lambda: Histogram("n", "d", (1, 2.5)), TypeError, None, "n: ", "buckets=[1, 2.5]?"
    ),
    "invariants in the place of const_labels": _mistake(
        lambda: Summary("n", "d", [(0.5, 0.05)]), TypeError, None, "n: ", "quantiles={"
    ),
    "states in the place of const_labels": _mistake(
        lambda: Enum("n", "d", ["a"]), TypeError, None, "states=['a'] or labelnames=['a']?"
    ),
    "const_labels of an int": _mistake(
        lambda: Counter("n", "d", const_labels=5), TypeError, None, "n: ", "dict", "int"
    ),
    "a reserved labelname": _mistake(
        lambda: _make(labelnames=["job"]),
        ValueError,
        "Invalid label name: job",
        "the_metric",
        "reserved",
        "Prometheus",
    ),
    "a reserved constant label": _mistake(
        lambda: _make(const_labels={"__x": "y"}),
        ValueError,
        "Invalid label prefix: __x",
        "the_metric",
        "reserved",
        "'x'",
    ),
    "labelnames of a str": _mistake(
        lambda: _make(labelnames="method"), ValueError, None, "the_metric", "['method']"
    ),
    "labelnames twice": _mistake(
        lambda: _make(labelnames=["a", "a"]), ValueError, None, "the_metric", "'a'", "twice"
    ),
    "a dash in the name": _mistake(
        lambda: Counter("requests-total", "d"),
        ValueError,
        "Invalid metric name: requests-total",
        "[a-zA-Z_:][a-zA-Z0-9_:]*",
        "'requests_total'",
        "allow_utf8",
    ),
    "a dot in the name": _mistake(
        lambda: Gauge("http.requests", "d"),
        ValueError,
        "Invalid metric name: http.requests",
        "'http_requests'",
        "allow_utf8",
    ),
    "labels in the name": _mistake(
        lambda: Gauge('up{a="b"}', "d"), ValueError, 'Invalid metric name: up{a="b"}', "'up'"
    ),
    "no name": _mistake(
        lambda: Gauge("", "d"), ValueError, "Invalid metric name: ", "requests_total"
    ),
    "a name of bytes": _mistake(lambda: Gauge(b"n", "d"), TypeError, None, "bytes", "decode"),
    "a registry that is a class": _mistake(
        lambda: Counter("n", "d", registry=Registry),
        TypeError,
        "Registry.register() missing 1 required positional argument: 'collector'",
        "n: registry= takes an object and not its class, such as Registry()",
    ),
    "a registry that is a class of the user's": _mistake(
        lambda: Counter("n", "d", registry=Shop),
        TypeError,
        "Shop.register() missing 1 required positional argument: 'collector'",
        "n: ",
        "such as Shop()",
    ),
    "a keyword that is misspelt": _mistake(
        lambda: Counter("n", "d", lables=["a"]),
        TypeError,
        "Collector.__init__() got an unexpected keyword argument 'lables'",
        "n: did you mean labelnames=?",
    ),
    "a keyword of other native histograms": _mistake(
        lambda: Histogram("n", "d", native_bucket_factor=1.1), TypeError, None, "native_factor=?"
    ),
    "a keyword like no other": _mistake(
        lambda: Counter("n", "d", color="red"), TypeError, None, "n: a metric takes a name"
    ),
    "multiprocess_mode": _mistake(
        lambda: Gauge("n", "d", multiprocess_mode="livesum"), TypeError, None, "n: each process"
    ),
    "a registry that is a str": _mistake(
        lambda: Counter("n", "d", registry="X"),
        AttributeError,
        "'str' object has no attribute 'register'",
        "n: ",
        "'X'",
        "aioprometheus.Registry",
        "aioprometheus.REGISTRY",
    ),
    "another unit": _mistake(
        lambda: _make(unit="seconds"), ValueError, None, "the_metric_seconds", "rename"
    ),
    "the description of prometheus_client": _mistake(
        lambda: Counter("n", documentation="d"), TypeError, None, "n: ", "called doc"
    ),
    "labels of prometheus_client": _mistake(
        lambda: Counter("n", "d", labels=["a"]), TypeError, None, "n: ", "called labelnames"
    ),
    "a namespace that is not a str": _mistake(
        lambda: _make(namespace=5), TypeError, None, "the_metric: the namespace must be a str"
    ),
    "a prefix of a metric": _mistake(
        lambda: Counter("n", "d", prefix="app_"), TypeError, None, "n: ", "namespace", "Registry("
    ),
    "a label of a counter": _mistake(
        lambda: Counter("n", "d", label="app"), TypeError, None, "n: ", "only an Enum", "labelnames"
    ),
    "a value to begin with": _mistake(
        lambda: Counter("n", "d", value=5), TypeError, None, "n: ", "initial"
    ),
    "buckets of a counter": _mistake(
        lambda: Counter("n", "d", buckets=[1]), TypeError, None, "n: ", "only a Histogram"
    ),
    "buckets of text": _mistake(
        lambda: _make(Histogram, buckets=["1", "2"]), ValueError, None, "the_metric", "numbers"
    ),
    "unsorted buckets": _mistake(
        lambda: _make(Histogram, buckets=[2, 1]),
        ValueError,
        "Buckets not in sorted order",
        "the_metric",
        "sorted(bounds)",
    ),
    "no buckets": _mistake(
        lambda: _make(Histogram, buckets=[]),
        ValueError,
        "Must have at least two buckets",
        "the_metric",
        "buckets=[",
    ),
    "quantiles without errors": _mistake(
        lambda: _make(Summary, quantiles=[0.5]), ValueError, None, "the_metric", "{phi: epsilon}"
    ),
    "an enum without states": _mistake(
        lambda: _make(Enum), ValueError, "No states provided for Enum metric: the_metric"
    ),
    "native of text": _mistake(
        lambda: _make(Histogram, native="yes"), TypeError, None, "the_metric", "True"
    ),
    "nothing": _mistake(lambda: Counter(), TypeError, f"Collector.{MISSING}", "Counter('"),
    "nothing for a gauge": _mistake(lambda: Gauge(), TypeError, f"Collector.{MISSING}", "Gauge('"),
    "nothing for a summary": _mistake(
        lambda: Summary(), TypeError, f"Summary.{MISSING}", "Summary('"
    ),
    "nothing for a histogram": _mistake(
        lambda: Histogram(), TypeError, f"Histogram.{MISSING}", "Histogram('"
    ),
    "nothing for a class of one's own": _mistake(
        lambda: Own(), TypeError, f"Collector.{MISSING}", "Own('"
    ),
    "no description": _mistake(
        lambda: Counter("n"),
        TypeError,
        "Collector.__init__() missing 1 required positional argument: 'doc'",
        "n: ",
        "description",
    ),
    "no name but a description": _mistake(
        lambda: Counter(doc="d"),
        TypeError,
        "Collector.__init__() missing 1 required positional argument: 'name'",
        "Counter('",
    ),
    "a name twice": _mistake(
        lambda: Counter("n", "d", name="n"),
        TypeError,
        "Collector.__init__() got multiple values for argument 'name'",
    ),
    "too much": _mistake(
        lambda: Counter("n", "d", {}, None, 5, 6),
        TypeError,
        "Collector.__init__() takes from 3 to 5 positional arguments but 7 were given",
    ),
    "a registry with arguments": _mistake(
        lambda: Registry(5),
        TypeError,
        "Registry.__init__() takes 1 positional argument but 2 were given",
        "Registry(prefix='app_'",
    ),
    "a metric in the name of another": _mistake(
        lambda: _make(Gauge, "requests_total", registry=_registry()),
        ValueError,
        "A collector for requests_total is already registered",
        "<Counter requests_total: no series>",
        "imported",
        "twice",
    ),
    "a str to register": _mistake(
        lambda: Registry().register("x"), TypeError, "Invalid collector type: x", "not its name"
    ),
    "a class to register": _mistake(
        lambda: Registry().register(Counter),
        TypeError,
        f"Invalid collector type: {Counter}",
        "Counter(name, doc)",
    ),
    "something else to register": _mistake(
        lambda: Registry().register(5), TypeError, "Invalid collector type: 5", "Gauge", "the int 5"
    ),
    "a name that is not there": _mistake(
        lambda: _registry().get("missing"),
        KeyError,
        "'missing'",
        "missing: ",
        "requests_total, errors_total",
    ),
    "half a name": _mistake(
        lambda: _registry().get("requests"), KeyError, "'requests'", "did you mean 'requests_total'"
    ),
    "a name that is not there to remove": _mistake(
        lambda: Registry().deregister("missing"), KeyError, "'missing'", "missing: ", "empty"
    ),
    "render of a str": _mistake(
        lambda: aioprometheus.render("x", None),
        Exception,
        "registry must be a Registry, got: <class 'str'>",
    ),
    "set_function": _mistake(
        lambda: _make().labels().set_function(5),
        TypeError,
        "the_metric: set_function takes a function that is called at each scrape, not the int 5; a "
        "value is set with the other methods",
    ),
    "unregister by name": _mistake(
        lambda: _registry().unregister("errors_total"),
        KeyError,
        None,
        "unregister takes the metric itself, not the str 'errors_total'",
        "deregister(name)",
    ),
    "start_http_server": _mistake(
        lambda: aioprometheus.start_http_server(8000),
        AttributeError,
        "module 'aioprometheus' has no attribute 'start_http_server'",
        "Service",
    ),
    "generate_latest": _mistake(
        lambda: aioprometheus.generate_latest(), AttributeError, None, "render"
    ),
}


@pytest.mark.parametrize("name", DEFINITIONS)
def test_definitions(name):
    before = list(aioprometheus.REGISTRY)
    check(DEFINITIONS[name])
    assert list(aioprometheus.REGISTRY) == before


def test_what_nobody_can_have_meant_says_no_more_than_python():
    with pytest.raises(AttributeError, match=r"^module 'aioprometheus' has no attribute 'x'$"):
        aioprometheus.x  # noqa: B018
    with pytest.raises(AttributeError, match=r"^'Counter' object has no attribute 'x'$"):
        _make().x  # noqa: B018


def test_the_very_metric_is_registered():
    registry = Registry()
    metric = _make(registry=registry)
    with pytest.raises(ValueError, match="already registered") as caught:
        registry.register(metric)
    assert "register themselves" in notes_of(caught.value)[0]
    assert "unregister" not in notes_of(caught.value)[0]
    with pytest.raises(ValueError, match="already registered") as caught:
        registry.register(metric, timeout=1)
    assert "time limit, unregister it first" in notes_of(caught.value)[0]
    registry.unregister(metric)
    registry.register(metric, timeout=1)


def test_a_registry_of_ones_own_class():
    taken = []
    counter = Counter("n", "d", registry=SimpleNamespace(register=taken.append))
    assert taken == [counter]


@pytest.mark.parametrize("kind", [Collector, Counter, Gauge, Summary, Histogram, Info])
def test_no_series_is_made_without_a_declaration(kind):
    assert _make(kind).get_all() == [] == _make(kind).samples


def test_python_3_10_has_notes_too():
    """``add_note`` is of Python 3.11; who reads ``__notes__`` finds them on 3.10."""
    error = aioprometheus._core.noted(ValueError("words"), "first")
    aioprometheus._core.noted(error, "second")
    assert notes_of(error) == ["first", "second"] and str(error) == "words"
    assert hasattr(error, "add_note") is (sys.version_info >= (3, 11))
