"""Summaries: observations, the result of get(), invariants and quantiles."""

from aioprometheus import Registry, Summary
from record import raises, returns, step, text

NOBODY = (None, {}, "")
LABELS = {"path": "/", "method": "GET"}
WRONG = "summary quantiles are wrong in 23.12.0"


def _summary(**options):
    registry = Registry()
    return Summary("latency", "doc", registry=registry, **options), registry


def without_labels():
    for labels in NOBODY:
        summary, registry = _summary()
        step(f"{labels!r} text before", text, registry)
        step(f"{labels!r} get before", summary.get, labels)
        step(f"{labels!r} get_value before", summary.get_value, labels)
        step(f"{labels!r} get_all before", summary.get_all)
        step(f"{labels!r} add", summary.add, labels, 2)
        step(f"{labels!r} get", summary.get, labels)
        step(f"{labels!r} get_value", summary.get_value, labels)
        step(f"{labels!r} observe", summary.observe, labels, 2.0)
        step(f"{labels!r} get after two", summary.get, labels)
        step(f"{labels!r} get_all", summary.get_all)
        step(f"{labels!r} text", text, registry)


def with_labels():
    summary, registry = _summary(const_labels={"app": "shop"})
    step("get before", summary.get, LABELS)
    step("observe", summary.observe, LABELS, 0.25)
    step("other order", summary.get, {"method": "GET", "path": "/"})
    step("by keyword", lambda: summary.observe(labels=LABELS, value=0.25))
    step("add by keyword", lambda: summary.add(labels=LABELS, value=0.25))
    step("another series", summary.observe, {"path": "/x"}, 7)
    step("and none", summary.observe, {}, -7)
    step("get_all", summary.get_all)
    step("text", text, registry)


def one_observation():
    for value in (0, 5, -5, 0.1, 1e16, 1e-5, float("inf"), float("-inf"), float("nan"), 10**30):
        summary, registry = _summary()
        step(f"observe {value}", summary.observe, {}, value)
        step(f"get {value}", summary.get, {})
        step(f"text {value}", text, registry)


def a_constant_stream():
    summary, registry = _summary(invariants=((0.5, 0.05), (0.99, 0.001)))
    for _ in range(300):
        summary.observe({}, 0.1)
    step("get", summary.get, {})
    step("text", text, registry)


def count_and_sum():
    for values in ((1, 2, 3), (0.1,) * 10, (1e16, 1.0, -1e16), range(1000), (3.5, -3.5, 0)):
        summary, registry = _summary()
        for value in values:
            summary.observe({"a": "b"}, value)
        got = summary.get({"a": "b"})
        name = f"{list(values)[:4]}"
        step(f"{name} count and sum", lambda: (got["count"], got["sum"]))
        step(f"{name} last lines", lambda: text(registry).splitlines()[-2:])
        step(f"{name} estimator", summary.get_value, {"a": "b"})


def keys_of_get():
    for invariants in (((0.5, 0.05),), [(0.1, 0.01), (0.25, 0.02)], ((0.999, 0.0001),)):
        summary, registry = _summary(invariants=invariants)
        summary.observe({}, 3)
        step(f"{invariants} get", summary.get, {})
        step(f"{invariants} attribute", lambda: summary.invariants)
        step(f"{invariants} text", text, registry)
    for invariants in ([[0.5, 0.05]], ([0.5, 0.05], (0.9, 0.01))):
        made = step(f"pairs as {invariants}", lambda: _summary(invariants=invariants)[1])
        step(f"text of {invariants}", lambda: made and text(made))
    summary, registry = _summary(invariants=((0.9, 0.01), (0.5, 0.05)))
    summary.observe({}, 3)
    head = "# HELP latency doc\n# TYPE latency summary\n"
    step(
        "ascending",
        text,
        registry,
        differs="quantiles are written in ascending phi",
        now=returns(
            f'{head}latency{{quantile="0.5"}} 3.0\nlatency{{quantile="0.9"}} 3.0\n'
            "latency_count 1\nlatency_sum 3.0\n"
        ),
    )


def quantiles():
    summary, _ = _summary(invariants=((0.5, 0.0), (0.9, 0.0), (0.99, 0.0)))
    for value in range(1, 101):
        summary.observe({}, value)
    step(
        "exact",
        lambda: [v for k, v in summary.get({}).items() if isinstance(k, float)],
        differs=WRONG,
        now=returns([50.0, 90.0, 99.0]),
    )
    summary, _ = _summary()
    for value in range(1, 101):
        summary.observe({}, value / 100)
    step(
        "the 99th of 100 uniform values",
        lambda: 0.98 <= summary.get({})[0.99] <= 1.0,
        differs=WRONG,
        now=returns(True),
    )
    step("count", lambda: summary.get({})["count"])
    step("keys", lambda: list(summary.get({})))


def extreme_ranks():
    for invariants in (((0.0, 0.0),), ((1.0, 0.0),), ((0, 0.01), (1, 0.01))):
        registry = Registry()
        summary = Summary("s", "doc", registry=registry, invariants=invariants)

        def least_and_greatest():
            for value in (3, 1, 2):
                summary.observe({}, value)
            return [v for k, v in summary.get({}).items() if not isinstance(k, str)]

        step(
            f"{invariants}",
            least_and_greatest,
            differs="phi of 0 or 1 divides by zero",
            now=returns([1.0 if phi == 0 else 3.0 for phi, _ in invariants]),
        )


def wrong_invariants():
    bad = (
        ((1.5, 0.01),),
        ((-0.1, 0.01),),
        ((0.5, 1.0),),
        ((0.5, -0.1),),
        ((float("nan"), 0.1),),
        ((0.5, float("nan")),),
    )
    for invariants in bad:
        step(
            f"{invariants}",
            lambda: Summary("s", "doc", registry=Registry(), invariants=invariants).name,
            differs="phi in [0, 1], epsilon in [0, 1)",
            now=raises(ValueError),
        )
    step(
        "none at all",
        lambda: Summary("s", "doc", registry=Registry(), invariants=()).name,
        differs="at least one quantile",
        now=raises(ValueError),
    )


def wrong_values():
    summary, _ = _summary()
    for value in (None, "5", b"5", [], {}, True, False, 1j, object()):
        step(f"{value!r:.8}", summary.observe, {}, value)
        step(f"add {value!r:.8}", summary.add, {}, value)
    step("nothing born", summary.get_all)
    step("no value", lambda: summary.observe({}), words=False)
    step("unknown keyword", lambda: summary.observe({}, amount=1), words=False)
    document = "the document's API: a lone number is the observation"
    step("alone", lambda: summary.observe(5), differs=document, now=returns(None))
    step("alone, add", lambda: summary.add(5.0), differs=document, now=returns(None))
    step("count", lambda: summary.get()["count"], differs=document, now=returns(2))


def wrong_labels():
    summary, _ = _summary()
    for labels in (["a"], ("a",), "junk", object()):
        kind = type(labels).__name__
        step(f"observe {kind}", summary.observe, labels, 1)
        step(f"get {kind}", summary.get, labels)
    step("nothing born", summary.get_all)


def the_estimator():
    summary, _ = _summary(invariants=((0.5, 0.05), (0.9, 0.01)))
    summary.observe({}, 4)
    estimator = summary.values[{}]
    step("observations", lambda: estimator._observations)
    step("sum", lambda: estimator._sum)
    step("query", lambda: (estimator.query(0.5), estimator.query(0.9)))
    step("invariants", lambda: [i._quantile for i in estimator._invariants])
    summary.observe({}, 4)
    step("is live", lambda: (estimator._observations, estimator._sum))
    step("observe", estimator.observe, 4.0)
    step("seen by the metric", lambda: summary.get({}))
    step("the same as get_value", lambda: summary.get_value({})._observations)


def queries_change_nothing():
    summary, _ = _summary()
    for value in (5, 1, 4, 2, 3):
        summary.observe({}, value)
    step(
        "the same answer",
        lambda: len({tuple(summary.get({}).items()) for _ in range(20)}),
    )
