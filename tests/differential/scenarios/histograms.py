"""Histograms: observations, the result of get(), and valid and invalid buckets."""

from aioprometheus import Histogram, Registry
from aioprometheus.histogram import exponentialBuckets, linearBuckets
from record import raises, returns, step, text

INF = float("inf")
NOBODY = (None, {}, "")
LABELS = {"path": "/", "method": "GET"}


def _histogram(**options):
    registry = Registry()
    return Histogram("size", "doc", registry=registry, **options), registry


def without_labels():
    for labels in NOBODY:
        histogram, registry = _histogram()
        step(f"{labels!r} text before", text, registry)
        step(f"{labels!r} get before", histogram.get, labels)
        step(f"{labels!r} get_value before", histogram.get_value, labels)
        step(f"{labels!r} get_all before", histogram.get_all)
        step(f"{labels!r} add", histogram.add, labels, 2)
        step(f"{labels!r} observe", histogram.observe, labels, 0.1)
        step(f"{labels!r} get", histogram.get, labels)
        step(f"{labels!r} get_value", histogram.get_value, labels)
        step(f"{labels!r} get_all", histogram.get_all)
        step(f"{labels!r} text", text, registry)


def with_labels():
    histogram, registry = _histogram(const_labels={"app": "shop"}, buckets=(1, 2.5, 10))
    step("get before", histogram.get, LABELS)
    step("observe", histogram.observe, LABELS, 0.25)
    step("other order", histogram.get, {"method": "GET", "path": "/"})
    step("by keyword", lambda: histogram.observe(labels=LABELS, value=2))
    step("add by keyword", lambda: histogram.add(labels=LABELS, value=3.5))
    step("another series", histogram.observe, {"path": "/x"}, 7)
    step("and none", histogram.observe, {}, -7)
    step("get_all", histogram.get_all)
    step("text", text, registry)


def bounds():
    rows = (
        (1, 2, 3),
        [1, 2, 3],
        (1.0, 2.0, INF),
        [5],
        (0,),
        (-1, 0, 1),
        (-INF, 0.0),
        (-INF, INF),
        (1, 1, 2),
        (0.005, 0.1, 1000000, 1e16, 1e-5 * 1e30),
        (1e-9, 1e-5, 0.1 + 0.2),
        tuple(linearBuckets(0, 0.1, 12)),
        exponentialBuckets(0.5, 2, 12),
        (2**53, 2**60),
    )
    for number, buckets in enumerate(rows):
        histogram, registry = _histogram(buckets=buckets)
        step(f"{number} upper_bounds", lambda: histogram.upper_bounds)
        for value in (0.3, 1, 2, 5, 1e9, -3, -INF, INF):
            step(f"{number} observe {value}", histogram.observe, {}, value)
            step(f"{number} get after {value}", histogram.get, {})
        step(f"{number} get_value", histogram.get_value, {})
        step(f"{number} text", text, registry)


def on_the_bound():
    histogram, registry = _histogram(buckets=(0.1, 0.2, 0.3))
    for value in (0.1, 0.2, 0.3, 0.1 + 0.2, 0.30000000000000004, 0.0, -0.0):
        histogram.observe({}, value)
    step("get", histogram.get, {})
    step("text", text, registry)


def sums_in_order():
    for values in ((0.1,) * 10, (1e16, 1.0, 1.0), (1, 2, 3), (INF, 1), (INF, -INF), (10**30, 1)):
        histogram, registry = _histogram(buckets=(1,))
        for value in values:
            histogram.observe({}, value)
        step(f"{values[:3]} get", histogram.get, {})
        step(f"{values[:3]} text", text, registry)


def bad_bounds():
    late = "bad buckets fail at the first observation"
    unsorted = "Buckets not in sorted order"
    rows = (
        ((2, 1), unsorted),
        ((1, INF, 2), unsorted),
        ([], "Must have at least two buckets"),
        ([INF], "Must have at least two buckets"),
        ((3, 2, 1), unsorted),
    )
    for buckets, words in rows:
        registry = Registry()
        histogram = step(
            f"make {buckets}",
            lambda: Histogram("bad", "doc", registry=registry, buckets=buckets),
            differs=late,
            now=raises(ValueError, words),
        )
        if histogram is not None:
            step_differs = (histogram.observe, {}, 1)
        else:
            step_differs = (Histogram, "bad", "doc", None, registry, buckets)
        step(f"message {buckets}", *step_differs)
    step(
        "nan",
        lambda: Histogram("bad", "doc", registry=Registry(), buckets=(1, float("nan"))).name,
        differs="NaN is a ValueError",
        now=raises(ValueError),
    )


def bounds_of_wrong_types():
    rows = ((None,), ("junk", "trash"), ([],), (1, None))
    for buckets in rows:
        step(
            f"{buckets}",
            lambda: Histogram("bad", "doc", registry=Registry(), buckets=buckets).name,
            differs="bad buckets fail at the first observation",
            now=raises((TypeError, ValueError)),
        )
    step(
        "5",
        lambda: Histogram("bad", "doc", registry=Registry(), buckets=5).observe({}, 1),
        words=False,
    )
    step(
        "None",
        lambda: Histogram("good", "doc", registry=Registry(), buckets=None).observe({}, 1),
        differs="None means the default bounds",
        now=returns(None),
    )


def a_value_that_is_not_a_number():
    histogram, registry = _histogram(buckets=(1,))
    step("observe nan", histogram.observe, {}, float("nan"))
    nan = "a NaN observation counts in _count, _sum and the +Inf bucket"
    step(
        "text",
        lambda: text(registry).splitlines()[2:],
        differs=nan,
        now=returns(
            [
                'size_bucket{le="1.0"} 0.0',
                'size_bucket{le="+Inf"} 1.0',
                "size_count 1.0",
                "size_sum nan",
            ]
        ),
    )


def wrong_values():
    histogram, _ = _histogram()
    for value in (None, "5", b"5", [], {}, True, False, 1j, object()):
        step(f"{value!r:.8}", histogram.observe, {}, value)
        step(f"add {value!r:.8}", histogram.add, {}, value)
    step("nothing born", histogram.get_all)
    step("no value", lambda: histogram.observe({}), words=False)
    step("unknown keyword", lambda: histogram.observe({}, amount=1), words=False)
    document = "the document's API: a lone number is the observation"
    step("alone", lambda: histogram.observe(5), differs=document, now=returns(None))
    step("alone, add", lambda: histogram.add(5.0), differs=document, now=returns(None))
    step("count", lambda: histogram.get()["count"], differs=document, now=returns(2))


def wrong_labels():
    histogram, _ = _histogram()
    for labels in (["a"], ("a",), "junk", object()):
        kind = type(labels).__name__
        step(f"observe {kind}", histogram.observe, labels, 1)
        step(f"get {kind}", histogram.get, labels)
    step("nothing born", histogram.get_all)


def the_live_object():
    histogram, registry = _histogram(buckets=(1, 2))
    histogram.observe({}, 1)
    live = histogram.values[{}]
    step("buckets", lambda: list(live.buckets.items()))
    step("observations", lambda: live.observations)
    step("sum", lambda: live.sum)
    histogram.observe({}, 2)
    step("is live", lambda: (list(live.buckets.values()), live.observations, live.sum))
    step("observe", live.observe, 1.5)
    step("seen by the metric", histogram.get, {})
    step("text", text, registry)


def a_stranger_is_set():
    from aioprometheus import histogram as module

    metric, registry = _histogram(buckets=(1, 2))
    other = module.Histogram(1, 2)
    other.observe(1.5)
    step("set_value", metric.set_value, {"a": "b"}, other)
    step("get", metric.get, {"a": "b"})
    step("observe", metric.observe, {"a": "b"}, 0.5)
    step("after", metric.get, {"a": "b"})
    step("text", text, registry)
