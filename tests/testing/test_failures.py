"""The words of expectations that are not met."""

import pytest

from aioprometheus import Counter, Gauge, GaugeHistogramFamily, Histogram, Registry, Summary


def message_of(block, change=lambda: None):
    """The message of an expectation that is not met."""
    with pytest.raises(AssertionError) as caught, block:
        change()
    return str(caught.value)


def test_an_increase_that_is_too_large(metrics, requests, queue):
    def change():
        queue.inc()
        requests.inc({"method": "GET", "path": "/"}, 2)

    block = metrics.increased("requests_total", {"method": "GET"}, by=1)
    assert message_of(block, change).splitlines() == [
        'requests_total{method="GET"} should have increased by 1, but it increased by 2, from 3 to '
        "5",
        "What changed in the block:",
        '  requests_total{env="prod",method="GET",path="/"} 3 -> 5 (+2)',
        "  queue_size 5 -> 6 (+1)",
    ]


def test_a_label_that_differs(metrics, requests):
    block = metrics.increased("requests_total", {"method": "PUT", "status": 200})
    change = message_of(block, lambda: requests.inc({"method": "PUT", "path": "/"}))
    assert change.splitlines() == [
        'requests_total{method="PUT",status="200"} should have increased, but there is no such '
        "series",
        "Its series:",
        '  requests_total{env="prod",method="PUT",path="/"} 4 -> 5 (+1)  (it has no status)',
        '  requests_total{env="prod",method="GET",path="/"} 3  '
        '(method is "GET", not "PUT"; it has no status)',
        "What changed in the block:",
        '  requests_total{env="prod",method="PUT",path="/"} 4 -> 5 (+1)',
    ]


WORDS = {
    "nothing": (
        lambda m: m.increased("queue_size"),
        "queue_size should have increased, but it stayed 5\nNothing changed in the block.",
    ),
    "a name that is alike": (
        lambda m: m.increased("request_total"),
        "request_total should have increased, but nothing is called so; is requests_total meant?",
    ),
    "a name without its suffix": (
        lambda m: m.unchanged("requests"),
        "requests should not have changed, but nothing is called so; is requests_total meant?",
    ),
    "a name that is like no other": (
        lambda m: m.observed("xyz", {"a": 'b"'}),
        'xyz{a="b\\""} should have observed something, but nothing is called so\n',
    ),
    "no increase at all": (
        lambda m: m.increased("xyz", by=0),
        "xyz should have increased by 0, but nothing is called so\n",
    ),
    "no series": (
        lambda m: m.increased("empty_total"),
        "empty_total should have increased, but it has no series\n",
    ),
    "no observation": (
        lambda m: m.observed("latency_seconds"),
        "latency_seconds should have observed something, but it has no series\n",
    ),
    "a counter observes nothing": (
        lambda m: m.observed("requests_total"),
        "but it is a counter, which observes nothing\n",
    ),
    "a histogram is no number": (
        lambda m: m.increased("latency_seconds"),
        "but it is a histogram, whose series are more than one number: use observed(), or the name "
        "of samples such as latency_seconds_count, latency_seconds_sum\n",
    ),
    "a histogram has no value to change to": (
        lambda m: m.changed("latency_seconds", to=1),
        "should have changed to 1, but it is a histogram, whose",
    ),
    "no change": (
        lambda m: m.changed("requests_total"),
        "requests_total should have changed, but it stayed 7\n",
    ),
    "no change to its value": (
        lambda m: m.changed("queue_size", to=5),
        "queue_size should have changed to 5, but it stayed 5\n",
    ),
    "no series that changes": (
        lambda m: m.changed("queue_size", {"a": "b"}),
        'queue_size{a="b"} should have changed, but there is no such series\nIts series:\n'
        "  queue_size 5  (it has no a)\n",
    ),
    "no decrease": (
        lambda m: m.decreased(Gauge("queue_size", "d", registry=Registry())),
        "but the metric that was given is not in this registry; was it made before "
        "metrics_registry emptied it, or in another one?\n",
    ),
}


@pytest.mark.parametrize("case", WORDS)
def test_words(metrics, registry, requests, queue, latency, case):
    Counter("empty_total", "d", registry=registry)
    expect, words = WORDS[case]
    assert words in f"{message_of(expect(metrics))}\n"


def test_words_of_changes(metrics, queue, latency, requests):
    wrong = metrics.decreased("queue_size", by=2)
    assert "by 2, but it decreased by 1, from 5 to 4" in message_of(wrong, queue.dec)
    assert "but it increased by 1, from 4 to 5" in message_of(wrong, queue.inc)
    wrong = metrics.changed("queue_size", to=3)
    assert "should have changed to 3, but it is 6 now" in message_of(wrong, queue.inc)
    wrong = metrics.observed(latency, times=2, sum=3)

    def observe():
        latency.observe(1)
        latency.observe(1.5)

    words = "should have observed 2 times, 3 in all, but it observed 2 times, 2.5 in all"
    assert words in message_of(wrong, observe)
    assert "but it observed once\n" in message_of(wrong, lambda: latency.observe(1))
    assert message_of(metrics.unchanged(), lambda: requests.inc({"a": "b"})).splitlines() == [
        "the registry should not have changed, but it did",
        "What changed in the block:",
        '  requests_total{a="b",env="prod"} new: 1',
    ]
    change = message_of(metrics.unchanged("requests_total"), lambda: requests.remove({"a": "b"}))
    assert change.startswith("requests_total should not have changed, but it did\n")


def test_an_empty_registry(metrics):
    words = message_of(metrics.increased("requests_total"))
    assert words.startswith("requests_total should have increased, but nothing is called so: ")
    assert "the registry is empty" in words


def test_messages_have_a_limit(metrics, requests):
    def change():
        for number in range(50):
            requests.inc({"method": str(number)})

    lines = message_of(metrics.increased("requests_total", {"path": "x"}), change).splitlines()
    assert len(lines) == 1 + 1 + 11 + 1 + 21
    assert lines[12] == "  ... and 42 more" and lines[-1] == "  ... and 30 more"


def test_a_histogram_is_one_line(metrics, latency, queue):
    def change():
        latency.observe({"path": "/"}, 0.25)
        latency.observe({"path": "/"}, 2)
        latency.observe({"path": "/old"}, 1)
        queue.inc()

    latency.observe({"path": "/"}, 0.5)
    assert message_of(metrics.unchanged(), change).splitlines()[1:] == [
        "What changed in the block:",
        '  latency_seconds{path="/"} count 1 -> 3 (+2), sum 0.5 -> 2.75 (+2.25)',
        '  latency_seconds{path="/old"} new: count 1, sum 1',
        "  queue_size 5 -> 6 (+1)",
    ]
    lines = message_of(metrics.unchanged(), lambda: latency.remove({"path": "/old"})).splitlines()
    assert lines[2:] == ['  latency_seconds{path="/old"} gone: count 1, sum 1']


def test_a_summary_is_one_line(metrics, registry):
    summary = Summary("size_bytes", "d", registry=registry)
    summary.observe({}, 7)
    lines = message_of(metrics.unchanged(), lambda: summary.observe({}, 9)).splitlines()
    assert lines[2:] == ["  size_bytes count 1 -> 2 (+1), sum 7 -> 16 (+9)"]


def test_a_gauge_histogram_is_one_line(metrics, registry):
    class Collector:
        def collect(self):
            buckets = [("1.0", len(values)), ("+Inf", len(values))]
            yield GaugeHistogramFamily("ages", "d", buckets=buckets, gsum_value=sum(values))

    values = [1]
    registry.register(Collector())
    lines = message_of(metrics.unchanged(), lambda: values.append(0.5)).splitlines()
    assert lines[2:] == ["  ages count 1 -> 2 (+1), sum 1 -> 1.5 (+0.5)"]


def test_series_of_a_histogram_are_one_line_each(metrics, latency):
    latency.observe({"path": "/"}, 0.5)
    lines = message_of(metrics.observed("latency_seconds", {"path": "/a"}, times=1)).splitlines()
    assert lines == [
        'latency_seconds{path="/a"} should have observed once, but there is no such series',
        "Its series:",
        '  latency_seconds{path="/"} count 1, sum 0.5  (path is "/", not "/a")',
        "Nothing changed in the block.",
    ]


def test_single_buckets_are_shown_to_whoever_asks_for_them(metrics, latency):
    wrong = metrics.unchanged("latency_seconds_bucket", {"le": 1})
    lines = message_of(wrong, lambda: latency.observe({}, 0.5)).splitlines()
    assert '  latency_seconds_bucket{le="1.0"} new: 1' in lines
    wrong = metrics.increased("latency_seconds_count", by=2)
    lines = message_of(wrong, lambda: latency.observe({}, 0.5)).splitlines()
    assert lines[2:] == [
        "  latency_seconds_count 1 -> 2 (+1)",
        "  latency_seconds count 1 -> 2 (+1), sum 0.5 -> 1 (+0.5)",
    ]


def test_histograms_of_one_series_in_many_buckets_do_not_hide_others(metrics, registry, queue):
    many = Histogram("work_seconds", "d", buckets=range(1, 60), registry=registry)

    def change():
        many.observe({}, 0.5)
        queue.inc()

    assert "  queue_size 5 -> 6 (+1)" in message_of(metrics.unchanged(), change).splitlines()
