"""Settings of registries: the prefix and the const labels of the metrics that are made in them."""

import pytest

from aioprometheus import (
    REGISTRY,
    Counter,
    Enum,
    Gauge,
    Histogram,
    Info,
    MetricsMiddleware,
    Registry,
    Summary,
    names,
    render,
)
from aioprometheus.collectors import Collector
from support.asgi_driver import answering, request
from support.make import make, registry_of
from support.scrapes import FORMATS, scrape, values

KINDS = [Collector, Counter, Gauge, Summary, Histogram, Info, Enum]


@pytest.fixture
def app():
    return Registry(prefix="app_", const_labels={"env": "prod", "zone": 1})


def _update(metric, labels=None):
    if isinstance(metric, Info):
        metric.info(labels, {"version": "1"})
    elif isinstance(metric, Enum):
        metric.state(labels, "on")
    elif isinstance(metric, (Summary, Histogram)):
        metric.observe(labels, 1)
    else:
        metric.set_value(labels, 1)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("format_", FORMATS)
def test_metrics_that_are_made_in_it(app, kind, format_):
    metric = make(kind, app, "things")
    assert metric.name == "app_things"
    assert list(app.collectors) == ["app_things"] and app.get("app_things") is metric
    assert metric in app and "app_things" in app and "things" not in app
    assert metric.const_labels == {"env": "prod", "zone": "1"}
    _update(metric, {"a": "x"})
    metric.labels(a="y")
    samples = values(format_, scrape(app, format_))
    assert samples
    for name, labels in samples:
        assert name.startswith("app_things")
        assert {("env", "prod"), ("zone", "1")} <= set(labels)
    assert {sample.labels["env"] for sample in metric.samples} == {"prod"}


@pytest.mark.parametrize("kind", KINDS)
def test_metrics_that_are_made_elsewhere_stay_as_they_are(app, kind):
    metric = make(kind, name="things")
    _update(metric)
    before = render(registry_of(metric))[0]
    app.register(metric)
    assert metric.name == "things" and metric.const_labels == {}
    assert list(app.collectors) == ["things"]
    assert render(app)[0] == before
    # One that is made in it keeps what it has in another one.
    metric = make(kind, app, "own")
    assert list(registry_of(metric).collectors) == ["app_own"]


def test_labels_of_the_metric_and_of_the_call_win(app):
    counter = Counter("c", "d", {"env": "test"}, app)
    counter.inc({"zone": "2"})
    counter.inc()
    assert counter.const_labels == {"env": "test", "zone": "1"}
    assert render(app)[0].decode().splitlines()[2:] == [
        'app_c{env="test",zone="2"} 1',
        'app_c{env="test",zone="1"} 1',
    ]


def test_the_dict_of_a_metric_is_its_own(app):
    given = {"team": "a"}
    first, second = Counter("a", "d", given, app), Counter("b", "d", given, app)
    assert first.const_labels == second.const_labels == {"env": "prod", "zone": "1", "team": "a"}
    first.const_labels["team"] = "b"
    app.const_labels["env"] = "lost"
    assert given == {"team": "a"} and second.const_labels["team"] == "a"
    assert Counter("c", "d", registry=app).const_labels["env"] == "prod"


@pytest.mark.parametrize("kind", KINDS)
def test_a_clash_with_declared_labels(app, kind):
    with pytest.raises(ValueError, match="app_m: the label 'env' is a constant label") as caught:
        make(kind, app, labelnames=["a", "env"])
    assert "the registry gives the label 'env'" in "\n".join(caught.value.__notes__)
    assert len(app) == 0
    with pytest.raises(ValueError, match="constant label") as caught:
        make(kind, app, const_labels={"a": "x"}, labelnames=["a"])
    assert not hasattr(caught.value, "__notes__")


@pytest.mark.parametrize(
    ("kind", "label", "options"),
    [
        (Histogram, "le", {}),
        (Summary, "quantile", {}),
        (Enum, "m", {}),
        (Enum, "state", {"label": "state"}),
    ],
)
def test_a_label_that_a_kind_has_for_itself(kind, label, options):
    registry = Registry(const_labels={label: "x"})
    Counter("c", "d", registry=registry).inc()
    with pytest.raises(ValueError, match=f"Invalid label name: {label}") as caught:
        make(kind, registry, **options)
    assert f"the registry gives the label '{label}'" in "\n".join(caught.value.__notes__)
    assert render(registry)[0].endswith(b'c{%s="x"} 1\n' % label.encode())


def test_namespaces_stand_behind_the_prefix(app):
    gauge = Gauge("m", "d", registry=app, namespace="space", subsystem="sub")
    assert gauge.name == "app_space_sub_m"


def test_the_unit_is_the_end_of_the_whole_name():
    registry = Registry(prefix="request_")
    assert Gauge("seconds", "d", registry=registry, unit="seconds").name == "request_seconds"
    with pytest.raises(ValueError, match="request_time_seconds"):
        Gauge("time", "d", registry=registry, unit="seconds")


@pytest.mark.parametrize("prefix", [None, ""])
def test_no_prefix(prefix):
    registry = Registry(prefix=prefix, const_labels=prefix)
    assert (registry.prefix, registry.const_labels, registry.on_duplicate) == ("", {}, "error")
    assert Counter("c", "d", registry=registry).name == "c"


def test_a_name_must_be_there(app):
    with pytest.raises(ValueError, match=r"Invalid metric name: (\n|$)"):
        Counter("", "d", registry=app)
    with pytest.raises(TypeError, match="the name of a metric must be a str"):
        Counter(5, "d", registry=app)
    assert len(app) == 0


@pytest.mark.parametrize(
    ("arguments", "error", "words"),
    [
        ({"prefix": "my-app_"}, ValueError, "\"my-app_\".* 'my_app_'"),
        ({"prefix": "1"}, ValueError, 'the prefix "1"'),
        ({"prefix": "a b"}, ValueError, "'a_b'"),
        ({"prefix": "a\n"}, ValueError, "'a_'"),
        ({"prefix": "\ud800"}, ValueError, "UTF-8"),
        ({"prefix": b"app_"}, TypeError, "must be a str.*bytes"),
        ({"prefix": 5}, TypeError, "must be a str.*int"),
        ({"const_labels": {"job": "x"}}, ValueError, "Invalid label name: job"),
        ({"const_labels": {"__a": "x"}}, ValueError, "Invalid label prefix: __a"),
        ({"const_labels": {"a b": "x"}}, ValueError, "Invalid label name: a b"),
        ({"const_labels": {5: "x"}}, ValueError, "Invalid label name: 5"),
        ({"const_labels": {"a": "\ud800"}}, ValueError, "UTF-8"),
        ({"const_labels": ["a"]}, TypeError, "must be a dict, not list"),
        ({"const_labels": "a"}, TypeError, "must be a dict, not str"),
        ({"on_duplicate": "ignore"}, ValueError, "'error' or 'reuse', not the str 'ignore'"),
        ({"on_duplicate": True}, TypeError, "'error' or 'reuse'"),
        ({"target_info": "x"}, TypeError, "must be a dict of labels"),
        ({"target_info": {"a b": "x"}}, ValueError, "Invalid label name: a b"),
        ({"prefx": "a"}, TypeError, "unexpected keyword argument 'prefx'"),
    ],
)
def test_arguments_that_cannot_be(arguments, error, words):
    with pytest.raises(error, match=words):
        Registry(**arguments)
    # Nothing is half changed.
    registry = Registry(prefix="a_", const_labels={"a": "x"}, target_info={"b": "y"})
    with pytest.raises(error):
        registry.__init__(**{"prefix": "b_", "const_labels": {}, "target_info": {}, **arguments})
    assert (registry.prefix, registry.const_labels) == ("a_", {"a": "x"})
    assert registry.get_target_info() == {"b": "y"}


def test_all_arguments_are_given_by_name():
    with pytest.raises(TypeError, match="takes 1 positional argument but 2 were given"):
        Registry("app_")


def test_names_of_utf8():
    names.allow_utf8()
    try:
        registry = Registry(prefix="my.app.", const_labels={"a.b": "x"})
        metric = Counter("c", "d", registry=registry)
        metric.inc()
    finally:
        names.allow_utf8(False)
    assert metric.name == "my.app.c"
    assert render(registry)[0].endswith(b'my_app_c{a_b="x"} 1\n')
    # The rule for a metric is that of the time when it is made.
    with pytest.raises(ValueError, match=r"Invalid metric name: my\.app\.d"):
        Counter("d", "d", registry=registry)


def test_values_become_text_once():
    class Value:
        calls = 0

        def __str__(self):
            Value.calls += 1
            return "text"

    registry = Registry(const_labels={"a": Value()})
    for name in "bcd":
        Counter(name, "d", registry=registry).inc()
    assert Value.calls == 1 and render(registry)[0].count(b'{a="text"}') == 3


def test_settings_can_be_set():
    registry = Registry()
    registry.prefix, registry.const_labels = "a_", {"a": 1}
    assert Counter("c", "d", registry=registry).const_labels == {"a": "1"}
    registry.prefix, registry.const_labels = None, None
    Counter("c", "d", registry=registry)
    assert list(registry.collectors) == ["a_c", "c"]
    for name, value in [("prefix", "-"), ("const_labels", 5), ("on_duplicate", "x")]:
        with pytest.raises((ValueError, TypeError)):
            setattr(registry, name, value)
        with pytest.raises(AttributeError, match="cannot be deleted"):
            delattr(registry, name)
    assert (registry.prefix, registry.const_labels, registry.on_duplicate) == ("", {}, "error")


def test_the_default_registry_has_none():
    assert (REGISTRY.prefix, REGISTRY.const_labels, REGISTRY.on_duplicate) == ("", {}, "error")
    assert REGISTRY.get_target_info() is None


# --- Classes of the user's, which could use these names for themselves


@pytest.mark.parametrize("calls_init", [False, True])
def test_a_class_that_has_such_attributes(calls_init):
    class Shop(Registry):
        def __init__(self, prefix):
            if calls_init:
                super().__init__()
            self.prefix = prefix
            self.const_labels = ["mine"]
            self.on_duplicate = self.handle
            self.target_info = 5

        def handle(self):
            return self.prefix

        def unregister(self, name, *, silent):
            return name, silent

        def set_target_info(self):
            return "mine"

    shop = Shop("x-")
    assert shop.on_duplicate() == shop.prefix == "x-" and shop.const_labels == ["mine"]
    assert (shop.unregister("a", silent=True), shop.set_target_info()) == (("a", True), "mine")
    assert Counter("c", "d", registry=shop).name == "c"
    with pytest.raises(ValueError, match="already registered"):
        Counter("c", "d", registry=shop)
    del shop.prefix
    assert shop.prefix == ""


def test_attributes_of_a_class():
    class Shop(Registry):
        prefix = "shop-"

        @property
        def const_labels(self):
            return {"mine": 1}

    shop = Shop()
    assert (shop.prefix, shop.const_labels) == ("shop-", {"mine": 1})
    assert Counter("c", "d", registry=shop).const_labels == {}


def test_a_class_that_gives_arguments():
    class Shop(Registry):
        def __init__(self, name):
            super().__init__(prefix=f"{name}_", const_labels={"shop": name})
            self.shop = name

    counter = Counter("c", "d", registry=Shop("books"))
    assert (counter.name, counter.const_labels) == ("books_c", {"shop": "books"})


def test_a_stand_in_for_a_registry():
    """What only has `register` gives nothing to metrics."""

    class StandIn:
        def __init__(self):
            self.prefix, self.const_labels, self.registered = "x_", {"a": "b"}, []

        def register(self, metric):
            self.registered.append(metric)

    stand_in = StandIn()
    counter = Counter("c", "d", registry=stand_in)
    assert stand_in.registered == [counter] and counter.name == "c" and counter.const_labels == {}


# --- The middleware


@pytest.mark.parametrize("own", [None, {"service": "shop"}, {"env": "test"}])
@pytest.mark.parametrize("on_duplicate", ["error", "reuse"])
def test_middlewares_share_their_counters(own, on_duplicate):
    registry = Registry(prefix="app_", const_labels={"env": "prod"}, on_duplicate=on_duplicate)
    for _ in range(2):
        request(MetricsMiddleware(answering(), registry, const_labels=own), "/a")
    lines = render(registry)[0].decode().splitlines()
    labels = {"env": "prod", "method": "GET", "path": "/a", **(own or {})}
    text = ",".join(f'{name}="{value}"' for name, value in sorted(labels.items()))
    assert f"app_requests_total_counter{{{text}}} 2" in lines
    assert len(registry) == 4 and all(name.startswith("app_") for name in registry.collectors)
