"""Expositions of selected families, by their names or the names of their samples."""

import asyncio
import logging

import pytest

from aioprometheus import (
    Counter,
    Enum,
    Gauge,
    Histogram,
    Info,
    Registry,
    Summary,
    names,
    render_async,
)
from aioprometheus import render as render_now
from aioprometheus.formats.openmetrics import disable_created_metrics, enable_created_metrics
from support.scrapes import ACCEPT, FORMATS, NOTHING, families, scrape, values

ERRORS = "aioprometheus_collector_errors_total"


def _render_in_a_loop(*arguments, **options):
    return asyncio.run(render_async(*arguments, **options))


@pytest.fixture(params=[render_now, _render_in_a_loop], ids=["render", "render_async"])
def render(request):
    return request.param


@pytest.fixture(scope="module")
def registry():
    registry = Registry()
    Counter("requests_total", "doc", registry=registry).inc()
    Counter("plain", "doc", registry=registry).inc()
    Gauge("g", "doc", registry=registry).set(1)
    Gauge("g_more", "doc", registry=registry).set(1)
    Summary("s", "doc", registry=registry).observe(1)
    Histogram("h", "doc", registry=registry).observe(1)
    Info("target", "doc", registry=registry).info({"version": "1"})
    Info("build_info", "doc", registry=registry).info({"version": "1"})
    Enum("task", "doc", registry=registry, states=["on"]).state("on")
    return registry


ONE = {
    "requests_total": ["requests_total", "requests"],
    "plain": ["plain"],
    "g": ["g"],
    "g_more": ["g_more"],
    "s": ["s", "s_sum", "s_count"],
    "h": ["h", "h_bucket", "h_sum", "h_count"],
    "target_info": ["target", "target_info"],
    "build_info": ["build", "build_info"],
    "task": ["task"],
}


@pytest.mark.parametrize("escaping", ["underscores", "dots", "values", "allow-utf-8"])
@pytest.mark.parametrize("name", ["a.b", "a.b_total", "é_total"])
def test_a_counter_of_any_name_by_each_that_a_format_shows(render, name, escaping):
    registry = Registry()
    names.allow_utf8()
    try:
        Counter(name, "doc", registry=registry).inc()
    finally:
        names.allow_utf8(False)
    for kind in ("text/plain; version=1.0.0", "application/openmetrics-text; version=1.0.0"):
        accept = f"{kind}; escaping={escaping}"
        whole = render(registry, accept, accept_encoding="")[0]
        lines = [line.split() for line in whole.decode().splitlines()]
        shown = {line[2].strip('"') for line in lines if line[1] == "TYPE"}
        shown |= {line[0].strip('{"}') for line in lines if line[0] != "#"}
        assert shown
        for each in shown:
            assert render(registry, accept, accept_encoding="", names=[each])[0] == whole, each


@pytest.mark.parametrize("kind", FORMATS)
@pytest.mark.parametrize(("family", "name"), [(one, name) for one in ONE for name in ONE[one]])
def test_one_family_by_each_of_its_names(registry, render, kind, family, name):
    content, headers = render(registry, ACCEPT[kind], names=[name], accept_encoding="")
    shown = {key.partition("_bucket")[0] for key, _ in values(kind, content)}
    assert {one.removesuffix("_sum").removesuffix("_count") for one in shown} == {family}
    assert len(families(kind, content)) == 1
    assert headers == render(registry, ACCEPT[kind], accept_encoding="")[1]
    # Its lines are the same as in the exposition of all families.
    whole = values(kind, scrape(registry, kind))
    assert values(kind, content).items() <= whole.items()


@pytest.mark.parametrize("kind", FORMATS)
def test_every_name_of_a_sample_finds_its_family(registry, kind):
    for name, _ in values(kind, scrape(registry, kind)):
        content = scrape(registry, kind, names=[name])
        assert name in {shown for shown, _ in values(kind, content)}


@pytest.mark.parametrize("kind", FORMATS)
@pytest.mark.parametrize(
    "asked",
    [
        ["nothing"],
        [""],
        ["", "nothing"],
        ["G", "h_", "h_buck", "g_", "request", "requests_tota", "requests_total "],
        ["h_total", "s_bucket", "g_sum", "task_info", "g_total", "target_info_info"],
        ["h{}", 'requests_total{a="x"}', ".*", "g*", "*"],
        ["\0", "\ud800", "\N{PILE OF POO}", "x" * 100_000],
    ],
)
def test_names_that_there_are_not(registry, render, kind, asked):
    content, _ = render(registry, ACCEPT[kind], names=asked, accept_encoding="")
    assert content == NOTHING[kind]
    assert values(kind, content) == {}


@pytest.mark.parametrize("kind", FORMATS)
@pytest.mark.parametrize(
    "asked",
    [
        ["h_bucket", "g"],
        ["g", "h", "h_sum", "h_bucket", "g", "nothing"],
        ("g", "h"),
        {"g", "h"},
        frozenset({"g", "h"}),
        {"g": 1, "h": 2}.keys(),
        {"g": 1, "h": 2},
    ],
)
def test_several_names(registry, render, kind, asked):
    content, _ = render(registry, ACCEPT[kind], names=asked, accept_encoding="")
    assert families(kind, content) == ["g", "h"]


@pytest.mark.parametrize("asked", [None, [], (), set(), {}])
def test_no_names_are_all(registry, render, asked):
    for kind in FORMATS:
        assert render(registry, ACCEPT[kind], names=asked) == render(registry, ACCEPT[kind])


@pytest.mark.parametrize("wrong", ["h", ""])
def test_a_bare_string_is_refused(registry, render, wrong):
    with pytest.raises(Exception, match="names"):
        render(registry, None, names=wrong)


@pytest.mark.parametrize("wrong", [5, True, object(), [["h"]], [{}]])
def test_what_is_not_a_list_of_names_is_refused(registry, render, wrong):
    with pytest.raises(Exception) as caught:
        render(registry, None, names=wrong)
    assert type(caught.value).__name__ != "PanicException"


@pytest.mark.parametrize("kind", FORMATS)
def test_metrics_that_fail_are_counted_when_they_are_asked_for(render, kind, caplog):
    calls = []

    class Failing(Gauge):
        def get_all(self):
            calls.append(1)
            raise RuntimeError("of the class")

    registry = Registry()
    Failing("failing", "doc", registry=registry)
    Gauge("g", "doc", registry=registry).set(1)
    accept = ACCEPT[kind]
    key = (ERRORS, (("collector", "failing"),))

    def shown(*asked):
        return values(kind, render(registry, accept, names=asked, accept_encoding="")[0])

    with caplog.at_level(logging.CRITICAL):
        assert shown("g", ERRORS) == {("g", ()): 1}
        assert calls == []
        assert shown("failing") == {}
        assert shown(ERRORS) == {key: 1}
        assert shown(ERRORS.removesuffix("_total"), "g") == {("g", ()): 1, key: 1}
        assert shown("failing", ERRORS) == {key: 2}
        assert shown("g") == {("g", ()): 1}
        assert len(calls) == 2


@pytest.mark.parametrize("kind", FORMATS)
def test_subclasses_are_found_by_the_same_names(render, kind):
    class Own(Histogram):
        def get_all(self):
            return super().get_all()

    registry = Registry()
    Own("own", "doc", registry=registry).observe(1)
    for name in ("own", "own_bucket", "own_sum", "own_count"):
        assert families(
            kind, render(registry, ACCEPT[kind], names=[name], accept_encoding="")[0]
        ) == ["own"]
    assert render(registry, ACCEPT[kind], names=["own_total"])[0] == NOTHING[kind]


def test_a_family_is_found_by_the_names_of_its_births(registry):
    """`_created` is the name of a sample while these are exposed."""
    enable_created_metrics()
    try:
        for name in ("h_created", "s_created", "requests_created"):
            content = scrape(registry, "openmetrics", names=[name])
            assert name in {shown for shown, _ in values("openmetrics", content)}
    finally:
        disable_created_metrics()


@pytest.mark.usefixtures("utf8_names")
@pytest.mark.parametrize("kind", FORMATS)
def test_families_are_found_by_the_names_that_the_scraper_sees(kind):
    registry = Registry()
    Counter("http.requests_total", "doc", registry=registry).inc()
    Gauge("other", "doc", registry=registry).set(1)
    (seen,) = (name for name, _ in values(kind, scrape(registry, kind)) if name != "other")
    assert seen == "http_requests_total"
    for name in ("http.requests_total", seen):
        content = scrape(registry, kind, names=[name])
        assert [shown for shown, _ in values(kind, content)] == [seen]
