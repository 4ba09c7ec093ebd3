"""`lint()` of registries: metrics, reports of users' classes, collectors and what fails."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter as Multiset
from pathlib import Path

import pytest

from aioprometheus import (
    Counter,
    Enum,
    Gauge,
    GaugeFamily,
    Histogram,
    Info,
    Problem,
    Registry,
    Summary,
    UntypedFamily,
    lint,
    lint_async,
    parse,
    render,
)
from aioprometheus.linting import RULES, SEVERITIES


def rules(what, **options) -> list[tuple[str, str]]:
    return [(problem.family, problem.rule) for problem in lint(what, **options)]


def test_good_metrics_have_no_problems():
    registry = Registry()
    Counter("runs_total", "Runs that have ended", registry=registry).inc({"kind": "a"})
    Gauge("queue_jobs", "Jobs that wait", registry=registry).set({"kind": "a"}, 2.5)
    Summary("size_bytes", "Sizes of files", registry=registry).observe({}, 7)
    Histogram("work_seconds", "Time of work", registry=registry).observe({}, 0.1)
    facts = {"version": "1", "commit": "9f86d081884c7d65"}
    Info("build", "What runs", registry=registry).info(facts)
    Enum("mode", "What it does", states=["idle", "busy"], registry=registry).state("idle")
    assert lint(registry) == []


def test_a_problem_says_what_is_wrong_and_what_to_do():
    registry = Registry()
    Counter("runs", "Runs that have ended", registry=registry).inc({"jobName": "a"})
    first, second = lint(registry)
    assert first == Problem(
        "runs",
        "counter-without-total",
        "warning",
        "the name of a counter ends in _total: call it runs_total",
    )
    assert (second.rule, second.labels) == ("camel-case", {"jobName": ""})
    assert str(first) == (
        "runs: warning: the name of a counter ends in _total: call it runs_total"
        " [counter-without-total]"
    )


def test_constant_labels_are_labels():
    registry = Registry()
    Gauge("queue_jobs", "Jobs that wait", {"jobName": "a"}, registry=registry).set(1)
    assert rules(registry) == [("queue_jobs", "camel-case")]


def test_limits_are_parameters():
    registry = Registry()
    gauge = Gauge("queue_jobs", "Jobs that wait", registry=registry)
    for number in range(20):
        gauge.set({"name": f"n{number}", "text": "x" * 100}, 1)
    buckets = [float(bound) for bound in range(1, 10)]
    Histogram("work_seconds", "Time of work", buckets=buckets, registry=registry).observe({}, 0.1)
    assert lint(registry) == []
    found = rules(registry, max_values_per_label=19, max_series=19)
    assert found == [("queue_jobs", "too-many-values"), ("queue_jobs", "too-many-series")]
    assert rules(registry, max_value_length=99) == [("queue_jobs", "long-label-value")]
    assert rules(registry, max_buckets=9) == [("work_seconds", "too-many-buckets")]
    with pytest.raises(ValueError, match="1 or more, not 0"):
        lint(registry, max_series=0)


def test_rules_are_ignored_by_their_names():
    registry = Registry()
    Counter("runs", "", registry=registry).inc({})
    assert rules(registry) == [("runs", "help-missing"), ("runs", "counter-without-total")]
    assert rules(registry, ignore=["help-missing"]) == [("runs", "counter-without-total")]
    assert rules(registry, ignore=RULES) == []
    with pytest.raises(ValueError, match="no rule 'helps-missing'"):
        lint(registry, ignore=["helps-missing"])
    with pytest.raises(TypeError, match="ignore must be a list"):
        lint(registry, ignore="help-missing")


def test_several_registries_are_one():
    first, second = Registry(), Registry()
    Counter("runs_total", "Runs that have ended", registry=first).inc({})
    Gauge("runs", "Runs that go on", registry=second).set({}, 1)
    assert rules(first) == rules(second) == []
    assert rules([first, second]) == [("runs", "openmetrics-clash")]
    assert rules(first.restricted(["runs_total"])) == []
    assert rules([]) == []


def test_users_classes_collectors_and_functions_are_asked():
    class Twice(Gauge):
        def get_all(self):
            return [({"a": "1"}, 1), ({"a": "1"}, 2)]

    class Collector:
        def collect(self):
            yield GaugeFamily("disk_ms", "Time of the disk", value=1)

    registry = Registry()
    Twice("twice", "It is given twice", registry=registry)
    registry.register(Collector())
    Gauge("asked", "What a function returns", registry=registry).set_function(lambda: float("nan"))
    found = [
        ("asked", "non-finite-value"),
        ("disk_ms", "unit-abbreviated"),
        ("twice", "duplicate-series"),
    ]
    assert rules(registry) == found


def test_what_fails_is_a_problem_and_is_not_counted(caplog):
    class Broken(Gauge):
        def get_all(self):
            raise RuntimeError("the database is away")

    class Collector:
        def collect(self):
            raise RuntimeError("so is the disk")

    registry = Registry()
    Broken("broken", "It fails", registry=registry)
    registry.register(Collector())
    with caplog.at_level(logging.DEBUG):
        problems = lint(registry)
    assert [(problem.rule, problem.severity) for problem in problems] == [
        ("collector-fails", "error"),
        ("collector-fails", "error"),
    ]
    assert {problem.text for problem in problems} == {
        "it fails at a scrape, which leaves it out: RuntimeError: the database is away",
        "it fails at a scrape, which leaves it out: RuntimeError: so is the disk",
    }
    assert not [record for record in caplog.records if record.name.startswith("aioprometheus")]
    # A scrape counts two failures; those of lint() are not among them.
    body, _ = render(registry)
    values = [line.rsplit(b" ", 1)[1] for line in body.splitlines() if b"errors_total{" in line]
    assert values == [b"1", b"1"]


def test_async_functions_are_awaited():
    async def value():
        return float("inf")

    registry = Registry()
    Gauge("asked", "What a function returns", registry=registry).set_function(value)
    assert rules(registry) == [("asked", "non-finite-value")]


def test_families_may_be_given():
    clash = [GaugeFamily("a", "What it is", value=1), UntypedFamily("a", "Again", value=2)]
    assert rules(clash) == [("a", "name-clash")]
    twice = GaugeFamily("b", "What it is", labels=["c"])
    twice.add_metric(["1"], 1)
    twice.add_metric(["1"], 2)
    assert rules(iter([twice])) == [("b", "duplicate-series")]


def test_families_of_prometheus_client_may_be_given():
    client = pytest.importorskip("prometheus_client")
    registry = client.CollectorRegistry()
    client.Counter("runs", "Runs that have ended", registry=registry).inc()
    client.Histogram("work_ms", "Time of work", registry=registry).observe(0.1)
    assert rules(registry.collect()) == [("work_ms", "unit-abbreviated")]


@pytest.mark.parametrize(
    ("given", "advice"),
    [
        ("# TYPE a gauge", "not str: parse an exposition, lint(parse(body))"),
        ("", "not str: parse an exposition, lint(parse(body))"),
        (b"a 1", "not bytes: parse an exposition, lint(parse(body))"),
        (bytearray(b"a 1"), "not bytearray: parse an exposition"),
        (memoryview(b"a 1"), "not memoryview: parse an exposition"),
        (Path("a.prom"), "Path: read the file, and parse it, lint(parse(path.read_bytes()))"),
        ("a.prom", "`python -m aioprometheus lint a.prom` reads files and URLs"),
        ("http://[::1]/", "`python -m aioprometheus lint http://[::1]/` reads files and URLs"),
        (GaugeFamily("a", "A"), "GaugeFamily: one family is given in a list, lint([family])"),
    ],
)
def test_what_is_given_in_the_place_of_families(given, advice):
    with pytest.raises(TypeError, match=r"^lint\(\) takes a registry or families, not ") as raised:
        lint(given)
    assert advice in str(raised.value)


@pytest.mark.parametrize(
    ("given", "note"),
    [
        (5, "lint() takes the object that holds the metrics"),
        (None, "lint() takes the object that holds the metrics"),
        (Registry, "this is a class, an object of it is meant: Registry()"),
        (Gauge("a", "A", registry=Registry()), "that the metric is registered in"),
    ],
)
def test_other_objects_are_refused(given, note):
    with pytest.raises(TypeError, match=r"^lint\(\) takes a registry or families, not ") as raised:
        lint(given)
    assert note in raised.value.__notes__[0]


def test_a_registry_of_prometheus_client_is_refused():
    client = pytest.importorskip("prometheus_client")
    with pytest.raises(TypeError, match=r"lint\(registry.collect\(\)\)"):
        lint(client.CollectorRegistry())


class Awaited:
    async def collect(self):
        await asyncio.sleep(0)
        return [GaugeFamily("awaited_ms", "d", 1)]


def test_async_collectors_are_awaited_on_the_loop_that_runs():
    registry = Registry()
    registry.register(Awaited())
    assert rules(registry) == [("awaited_ms", "unit-abbreviated")]

    async def main():
        with pytest.warns(RuntimeWarning, match=r"await lint_async\(...\)"):
            assert lint(registry) == []
        return await lint_async(registry), await lint_async([registry], ignore=["unit-abbreviated"])

    found, ignored = asyncio.run(main())
    assert found == lint(registry) and ignored == []


def test_async_collectors_under_another_event_loop():
    trio = pytest.importorskip("trio")

    class OfTrio:
        async def collect(self):
            await trio.sleep(0)
            return [GaugeFamily("awaited_ms", "d", 1)]

    registry = Registry()
    registry.register(OfTrio())
    found = trio.run(lint_async, registry)
    assert [problem.rule for problem in found] == ["unit-abbreviated"]


def test_lint_async_takes_all_that_lint_takes():
    bad = [GaugeFamily("a_ms", "d", 1)]
    assert asyncio.run(lint_async(bad)) == lint(bad) != []
    limits = {"max_values_per_label": 1, "max_series": 1, "max_buckets": 1, "max_value_length": 1}
    body = 'a{b="xy",c="x"} 1\na{b="yx",c="y"} 1\n# HELP a A\n'
    found = asyncio.run(lint_async(parse(body), **limits))
    assert found == lint(parse(body), **limits)
    assert {"too-many-values", "too-many-series"} <= {problem.rule for problem in found}
    with pytest.raises(ValueError, match="no rule"):
        asyncio.run(lint_async(bad, ignore=["x"]))
    with pytest.raises(TypeError, match="parse an exposition"):
        asyncio.run(lint_async(b"a 1"))


def test_hostile_label_values_do_no_harm():
    registry = Registry()
    gauge = Gauge("a", "What it is", registry=registry)
    for text in ("\0", '\n"\\', "é" * 300, "@", "/" * 50, "{}", "9" * 5000, "\u202e"):
        gauge.set({"v": text}, 1)
    texts = [problem.text for problem in lint(registry)]
    assert len(texts) == 1 and len(texts[0]) < 400


def test_rules_have_names_severities_and_summaries():
    assert list(RULES) == [rule.name for rule in RULES.values()]
    assert {rule.severity for rule in RULES.values()} == set(SEVERITIES)
    ranks = [SEVERITIES.index(rule.severity) for rule in RULES.values()]
    assert ranks == sorted(ranks)
    assert max(Multiset(rule.summary for rule in RULES.values()).values()) == 1


def test_many_series_are_counted():
    registry = Registry()
    gauge = Gauge("a", "What it is", registry=registry)
    for number in range(20_000):
        gauge.set({"n": f"n{number}", "m": f"m{number % 7}"}, 1)
    problems = lint(registry)
    assert [problem.rule for problem in problems] == ["too-many-values", "too-many-series"]
    assert "20000 values" in problems[0].text


def test_problems_have_an_order():
    names = [f"a{suffix}" for suffix in ("_count", "_sum", "_bucket")]
    body = "".join(f"# HELP {name} A.\n# TYPE {name} gauge\n{name} 1\n" for name in names)
    body += '# HELP a A.\n# TYPE a histogram\na_bucket{le="+Inf"} 1\na_count 1\na_sum 1\n'
    found = lint(parse(body))
    assert len(found) > 2
    assert all(lint(parse(body)) == found for _ in range(20))


def test_families_that_were_changed_are_linted_as_they_are():
    body = 'a_total{b="c"} 1 # {"trace.id"="x"} 1\n# EOF\n'
    (family,) = parse("# TYPE a counter\n" + body, "application/openmetrics-text")
    before = lint([family])
    assert [problem.rule for problem in before] == ["help-missing"]
    assert family.samples
    assert lint([family]) == before  # whatever the names in exemplars are
    (family,) = parse("# TYPE a counter\n" + body, "application/openmetrics-text")
    family.documentation = "Calls that ended"
    assert lint([family]) == []


PAGE_OF_PROMETHEUS_CLIENT = """\
# HELP runs_total Runs that have ended
# TYPE runs_total counter
runs_total 1.0
# HELP runs_created Runs that have ended
# TYPE runs_created gauge
runs_created 1.7959093812969537e+09
"""


def test_the_times_beside_families_of_prometheus_client_are_no_clash():
    client = pytest.importorskip("prometheus_client")
    registry = client.CollectorRegistry()
    client.Counter("runs", "Runs that have ended", ["kind"], registry=registry).labels("a").inc()
    client.Summary("size_bytes", "Sizes of files", registry=registry).observe(7)
    client.Histogram("work_seconds", "Time of work", registry=registry).observe(0.1)
    body = client.generate_latest(registry)
    assert body.count(b"_created gauge\n") == 3
    assert rules(parse(body)) == []
    assert rules(parse(PAGE_OF_PROMETHEUS_CLIENT)) == []


def test_another_gauge_of_such_a_name_clashes():
    body = PAGE_OF_PROMETHEUS_CLIENT.replace("runs_created Runs", "runs_created Plans for runs")
    assert rules(parse(body)) == [("runs_created", "openmetrics-clash")]
    registry = Registry()
    Counter("runs_total", "Runs that have ended", registry=registry).inc({})
    Gauge("runs_created", "Runs that were planned", registry=registry).set({}, 1)
    assert rules(registry) == [("runs_created", "openmetrics-clash")]


def test_the_times_alone_are_a_gauge_like_others():
    lines = PAGE_OF_PROMETHEUS_CLIENT.splitlines(keepends=True)
    body = "".join(lines[3:]).replace("runs", "runs_ms")
    assert rules(parse(body)) == [("runs_ms_created", "unit-abbreviated")]
