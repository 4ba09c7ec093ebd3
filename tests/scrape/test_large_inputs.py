"""Inputs that are far larger than usual take time that grows with their size, not with its square.

Nothing here asserts on time. Each of these tests takes a second or a few; with a step that is
quadratic it would take minutes, most of them ten and more.
"""

import pytest

from aioprometheus import (
    Counter,
    Enum,
    Gauge,
    Histogram,
    Info,
    Registry,
    Summary,
    negotiate,
    render,
)

#: The most labels that a series may have.
MANY = 65_535
ACCEPTS = [
    None,
    "application/openmetrics-text; version=1.0.0",
    "text/plain; version=1.0.0; escaping=allow-utf-8",
    "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited",
]


def _labels(count, prefix="n"):
    return {f"{prefix}{number}": f"v{number}" for number in range(count)}


def _turned(labels):
    return dict(reversed(labels.items()))


def _sizes(metric):
    """The sizes of its expositions, none of them empty."""
    registry = Registry()
    registry.register(metric)
    sizes = [len(render(registry, accept, accept_encoding=())[0]) for accept in ACCEPTS]
    assert all(sizes)
    return sizes


def test_many_labels_in_another_order():
    counter = Counter("c", "d", registry=Registry())
    labels = _labels(MANY)
    turned = _turned(labels)
    counter.inc(labels)
    for _ in range(30):
        counter.inc(turned)
    assert counter.get(turned) == counter.values[turned] == 31
    counter.labels(turned).inc()
    assert len(counter.get_all()) == 1
    del counter.values[turned]
    assert len(counter.values) == 0


def test_many_utf8_labels_in_another_order(utf8_names):
    gauge = Gauge("g", "d", registry=Registry())
    labels = _labels(MANY, "n.")
    for number in range(10):
        gauge.set(_turned(labels) if number % 2 else labels, number)
    assert len(gauge.values) == 1
    assert min(_sizes(gauge)) > MANY
    with pytest.raises(ValueError, match="n_1"):
        gauge.set({**labels, "n_1": "v"}, 1)


def test_many_declared_labels():
    labelnames = list(_labels(MANY))
    counter = Counter("c", "d", registry=Registry(), labelnames=labelnames)
    for number in range(4):
        counter.inc(dict(zip(labelnames, [str(number)] * MANY, strict=True)))
        with pytest.raises(ValueError):
            counter.inc(_labels(MANY, "other"))
    counter.labels(*labelnames).inc()
    assert len(counter.values) == 5


def test_many_constant_labels():
    count = MANY // 2
    constant, own = _labels(count), _labels(count, "own")
    for _ in range(2):
        counter = Counter("c", "d", constant, registry=Registry(), labelnames=list(own))
        for number in range(4):
            counter.inc({**own, "own0": str(number)})
        assert min(_sizes(counter)) > 4 * count
        info = Info("i", "d", constant, registry=Registry())
        info.info(own)
        info.info({"a": "b"}, own)
        assert min(_sizes(info)) > 2 * count


def test_many_names(utf8_names):
    registry = Registry()
    metrics = [Gauge(f"a.{number}", "d", registry=registry) for number in range(20_000)]
    metrics += [Gauge(f"b_{number}", "d", registry=registry) for number in range(20_000)]
    for metric in metrics[::2]:
        registry.deregister(metric.name)
        registry.register(metric)
    for metric in metrics[1::2]:
        registry.collectors.pop(metric.name)
        registry.register(metric)
    for metric in reversed(metrics):
        registry.deregister(metric.name)
        registry.register(metric)
    for number in range(0, 20_000, 1000):
        with pytest.raises(ValueError):
            Gauge(f"a_{number}", "d", registry=registry)
        with pytest.raises(ValueError):
            Gauge(f"b.{number}", "d", registry=registry)
    for metric in metrics:
        metric.set(None, 1)
    wanted = [metric.name for metric in metrics[:100]] + list(_labels(200_000))
    assert render(registry, None, names=wanted)[0].count(b"\na_") == 100
    assert len(registry.get_all()) == len(metrics)
    registry.clear()
    Gauge("a_1", "d", registry=registry)


def test_many_states():
    count = 400_000
    states = [f"state{number}" for number in range(count)]
    enum = Enum("e", "d", registry=Registry(), states=states)
    for state in reversed(states):
        enum.state(state)
    assert enum.get() == states[0]
    with pytest.raises(ValueError):
        Enum("e", "d", registry=Registry(), states=[*states, states[-1]])
    registry = Registry()
    registry.register(enum)
    assert render(registry, None)[0].count(b" 0.0\n") == count - 1


def test_many_buckets_and_quantiles():
    count = 100_000
    bounds = [float(number) for number in range(count)]
    histogram = Histogram("h", "d", registry=Registry(), buckets=bounds)
    for bound in bounds:
        histogram.observe(None, bound, exemplar={"trace": "x"})
    assert histogram.get()["count"] == count
    assert min(_sizes(histogram)) > count
    quantiles = {number / 20_000: 0.01 for number in range(20_000)}
    summary = Summary("s", "d", registry=Registry(), quantiles=quantiles)
    for number in range(1000):
        summary.observe(None, number)
    assert min(_sizes(summary)) > len(quantiles)


def test_many_series_one_by_one():
    count = 50_000
    counter = Counter("c", "d", registry=Registry())
    for number in range(count):
        counter.inc({"number": number})
    keys = list(counter.values)
    assert counter.values.popitem() == (keys[0], 1)
    for key in keys[1::2]:
        del counter.values[key]
    taken = []
    while len(counter.values):
        taken.append(counter.values.popitem()[0])
    assert taken == keys[2::2]
    with pytest.raises(KeyError):
        counter.values.popitem()


@pytest.mark.parametrize(
    "header",
    [
        ",".join(f"text/x{number};q=0.{number}" for number in range(200_000)),
        "text/plain" + ";version=1.0.0" * 200_000,
        'text/plain;version="' + '\\"' * 1_000_000,
        '"",' * 1_000_000,
        " " * 2_000_000 + "," + "text/plain;" + " " * 2_000_000,
        "gzip;q=0.1,x," * 200_000,
    ],
    ids=["types", "parameters", "escapes", "quotes", "spaces", "encodings"],
)
def test_headers_of_megabytes(header):
    negotiate([header])
    body, headers = render(Registry(), header, accept_encoding=[header])
    assert isinstance(body, bytes) and headers["Content-Type"]


def test_an_exemplar_of_a_megabyte_is_refused():
    counter = Counter("c", "d", registry=Registry())
    for _ in range(2):
        with pytest.raises(ValueError):
            counter.inc(1, exemplar=_labels(200_000))
    assert len(counter.values) == 0
