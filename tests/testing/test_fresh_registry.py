"""``fresh_registry``: the default registry is empty for a while, and has everything back then."""

import pytest

import aioprometheus
from aioprometheus import (
    REGISTRY,
    Counter,
    Gauge,
    GaugeFamily,
    MetricsMiddleware,
    Registry,
    Service,
    _core,
    render,
)
from aioprometheus.collectors import get_registry
from aioprometheus.testing import Metrics, fresh_registry
from support.asgi_driver import PLAIN_OK, answering, request


class Collector:
    def collect(self):
        yield GaugeFamily("collected", "d", 4)


class Failing:
    def collect(self):
        raise RuntimeError("no")


@pytest.fixture
def used():
    """The default registry with something of everything."""
    with fresh_registry() as registry:
        yield registry


def everything(registry):
    collectors, before, limits = _core.sources_of(registry)
    settings = (registry.prefix, registry.const_labels, registry.max_series, registry.on_duplicate)
    return (
        dict(registry.collectors),
        (collectors, before, limits),
        settings,
        registry.get_target_info(),
        render(registry)[0],
    )


def fill(registry, name):
    registry.prefix, registry.const_labels = f"{name}_", {"of": name}
    registry.max_series, registry.on_duplicate = 5, "reuse"
    Counter("c_total", "d").inc()
    registry.register(Gauge("limited", "d", registry=Registry()), timeout=3)
    registry.register(Collector(), timeout=2)
    registry.before_scrape(lambda: None, timeout=1)
    registry.set_target_info({"service": name})


def test_it_is_empty_and_has_everything_back(used, caplog):
    fill(used, "outer")
    used.register(Failing())
    render(used)
    before = everything(used)
    with fresh_registry() as registry:
        assert registry is used is REGISTRY is aioprometheus.REGISTRY is get_registry()
        assert len(registry) == 0 and render(registry)[0] == b""
        assert registry.prefix == "outer_" and registry.const_labels == {"of": "outer"}
        assert (registry.max_series, registry.on_duplicate) == (5, "reuse")
        fill(registry, "inner")
        assert "inner_c_total" in registry and "outer_c_total" not in registry
        assert registry.get_target_info() == {"service": "inner"}
    after = everything(used)
    assert after[:4] == before[:4]
    assert b"aioprometheus_collector_errors_total{collector=" in after[4]
    assert after[4].replace(b"} 3", b"} 2") == before[4]


def test_it_is_put_back_after_an_exception(used):
    counter = Counter("c_total", "d")
    with pytest.raises(KeyError), fresh_registry():
        raise KeyError
    assert used.get("c_total") is counter


def test_nested(used):
    Counter("c_total", "d").inc(1)
    with fresh_registry() as registry:
        Counter("c_total", "d").inc(2)
        with fresh_registry():
            Counter("c_total", "d").inc(3)
            assert registry.get_sample_value("c_total") == 3
        assert registry.get_sample_value("c_total") == 2
    assert used.get_sample_value("c_total") == 1


def test_metrics_made_before_go_on_counting(used):
    counter = Counter("early_total", "d")
    with fresh_registry() as registry:
        counter.inc()
        assert registry.get_sample_value("early_total") is None
    assert used.get_sample_value("early_total") == 1


def test_whoever_has_the_registry_sees_what_is_made_in_it(used):
    service, metrics = Service(), Metrics()
    for _ in range(2):  # the same names again in another registry are no duplicates
        with fresh_registry() as registry:
            assert service.registry is registry
            app = MetricsMiddleware(answering(*PLAIN_OK))
            request(app)
            assert registry.get("requests_total_counter") is app.requests_counter
            with metrics.increased("requests_total_counter", {"path": "/"}, by=1):
                request(app)
            assert registry.get_sample_value("requests_total_counter", {"path": "/"}) is None
            assert metrics.value("requests_total_counter", {"path": "/"}) == 2


def test_it_may_be_full_of_failures(used, caplog):
    used.register(Failing())
    render(used)
    with fresh_registry() as registry:
        assert registry.get_sample_value("aioprometheus_collector_errors_total") is None
        assert b"errors" not in render(registry)[0]


def test_a_default_registry_of_an_own_class(monkeypatch):
    class Own(Registry):
        pass

    registry = Own()
    registry.prefix = "an attribute of its own"
    monkeypatch.setattr("aioprometheus.collectors.get_registry", lambda: registry)
    monkeypatch.setattr("aioprometheus.testing.fresh.get_registry", lambda: registry)
    early = Counter("early", "d")
    with fresh_registry() as fresh:
        assert fresh is registry and list(fresh) == []
        Counter("c", "d")
    assert list(registry) == [early]


def test_exchange_of_a_registry_with_itself():
    registry = Registry()
    counter = Counter("c", "d", registry=registry)
    _core.exchange(registry, registry)
    assert list(registry) == [counter]
