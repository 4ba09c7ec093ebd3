"""Scrapes of metrics of every type by real servers, each in its own format."""

from __future__ import annotations

import gzip
import json
import math
import re
import subprocess
import urllib.parse
from collections.abc import Iterator
from typing import NamedTuple

import pytest

from aioprometheus import render
from support import peers
from support.every_type import QUOTED, EveryType, Expected, underscored
from support.processes import DEADLINE
from support.scrapers import DEFAULTS, FORCED_TEXT, SPECIALS, VICTORIA, Scrape, Scrapers

ALL = [*DEFAULTS, *SPECIALS]
BY_NAME = {str(scrape): scrape for scrape in ALL}
#: The scrapers whose server takes any float and any label.
PROMETHEUS = [scrape for scrape in ALL if scrape.server != VICTORIA]

#: Bounds that scrapers write as Go does: Prometheus 3 all, Prometheus 2 those in protocol buffers.
SPELLED = {"10000000.0": "1e+07"}

#: Schemes of escaping that scrapers ask for only if configured.
UNUSUAL = ("dots", "values")


class Told(NamedTuple):
    """What a server has read of a family."""

    kind: str
    help: str
    unit: str


each = pytest.mark.parametrize("scrape", ALL, ids=str)


@pytest.fixture(scope="module")
def every() -> EveryType:
    return EveryType()


@pytest.fixture(scope="module")
def scrapers(every: EveryType, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scrapers]:
    directory = tmp_path_factory.mktemp("scrapers")
    with Scrapers(every.registry, directory, ALL).running() as scrapers:
        yield scrapers


def shown(scrape: Scrape, sample: Expected) -> frozenset[tuple[str, str]]:
    """Return the labels of a series, its name among them, as a server shows them."""
    labels = {}
    for name, value in sample.labels.items():
        # An empty label is ignored.
        if value:
            labels[escape(scrape, name, colon=False)] = value
    for bound in ("le", "quantile"):
        if bound in labels and (scrape.server.startswith("3") or scrape.format == "protobuf"):
            labels[bound] = SPELLED.get(labels[bound], labels[bound])
    labels["__name__"] = escape(scrape, sample.name)
    return frozenset(labels.items())


def escape(scrape: Scrape, name: str, colon: bool = True) -> str:
    return name if scrape.escaping == "allow-utf-8" else underscored(name, colon)


def expect(scrape: Scrape, every: EveryType) -> dict[frozenset[tuple[str, str]], float]:
    """Return the series that a server must have."""
    return {
        shown(scrape, sample): sample.value
        for sample in every.samples
        if sample.open or scrape.format != "openmetrics"
    }


@each
def test_format_is_what_the_server_prefers(scrapers: Scrapers, scrape: Scrape) -> None:
    scrapers.server(scrape)
    if scrape == FORCED_TEXT:
        assert str(scrape) not in scrapers.service.answers
        return
    answers = scrapers.service.answers[str(scrape)]
    assert answers
    for answer in answers:
        assert answer.headers["Content-Type"] == scrape.content_type
        assert "gzip" in answer.accept_encoding
        assert answer.headers["Content-Encoding"] == "gzip"
        body = gzip.decompress(answer.body)
        if scrape.format == "openmetrics":
            assert body.endswith(b"\n# EOF\n")
        assert body.startswith(b"# HELP ") == (scrape.format != "protobuf")
    first = answers[0].accept.partition(";")[0]
    asked = {
        "openmetrics": "application/openmetrics-text",
        "protobuf": "application/vnd.google.protobuf",
        "text": "text/plain",
    }
    assert first == asked[scrape.format]


@pytest.mark.parametrize(
    "scrape", [scrape for scrape in PROMETHEUS if scrape.escaping not in UNUSUAL], ids=str
)
def test_every_sample_arrives(every: EveryType, scrapers: Scrapers, scrape: Scrape) -> None:
    found = {labels: repr(float(value)) for labels, value in scrapers.find(scrape).items()}
    expected = {labels: repr(value) for labels, value in expect(scrape, every).items()}
    assert len(expected) > 150
    assert found == expected
    scrapers.server(scrape).assert_nothing_was_dropped(scrape.job)


def test_every_sample_arrives_at_victoria_metrics(every: EveryType, scrapers: Scrapers) -> None:
    scrape = BY_NAME["victoria-default"]
    found = {labels: float(value) for labels, value in scrapers.find(scrape).items()}
    # It does not store NaN.
    expected = {
        labels: value for labels, value in expect(scrape, every).items() if not math.isnan(value)
    }
    assert len(expected) > 150
    assert found.keys() == expected.keys()
    for labels, value in expected.items():
        # Its floats are stored as decimals.
        assert math.isclose(found[labels], value, rel_tol=1e-14, abs_tol=1e-320), labels
    scrapers.server(scrape).assert_nothing_was_dropped(scrape.job)
    for number, hostile in enumerate(('a "quoted" word', "C:\\new\\table\\"), start=1):
        assert list(scrapers.find(scrape, f"v={json.dumps(hostile)}").values()) == [str(number)]


@pytest.mark.parametrize("generation", ["2", "3"])
def test_a_series_is_the_same_in_every_format(
    every: EveryType, scrapers: Scrapers, generation: str
) -> None:
    """A server that is configured to ask for another format goes on with the series that it has."""
    # Prometheus 3 has UTF-8 names in text. The names that others have are compared.
    scrapes = [
        scrape
        for scrape in PROMETHEUS
        if scrape.server.startswith(generation) and scrape.escaping not in UNUSUAL
    ]
    assert {scrape.format for scrape in scrapes} == {"text", "openmetrics", "protobuf"}
    omitted = {
        escape_all(shown(scrapes[0], sample), generation)
        for sample in every.samples
        if not sample.open
    }
    found = {
        str(scrape): {escape_all(series, generation) for series in scrapers.find(scrape)}
        for scrape in scrapes
    }
    everything = found[f"{generation}-text"]
    assert omitted < everything
    for scrape in scrapes:
        rest = everything - omitted if scrape.format == "openmetrics" else everything
        assert found[str(scrape)] == rest, scrape
    bounds = {dict(series).get("le") for series in everything}
    assert {"1.0", "0.5", "2.5", "1e-05", "1e+16", "+Inf"} <= bounds


def escape_all(series: frozenset[tuple[str, str]], generation: str) -> frozenset[tuple[str, str]]:
    labels = {underscored(name, colon=False): value for name, value in series}
    labels["__name__"] = underscored(labels["__name__"])
    if generation == "2" and "le" in labels:
        # A binary number has no spelling, and this server has its own for large ones.
        labels["le"] = SPELLED.get(labels["le"], labels["le"])
    return frozenset(labels.items())


@pytest.mark.parametrize(
    "scrape", [scrape for scrape in PROMETHEUS if scrape.escaping not in UNUSUAL], ids=str
)
def test_families_are_described(every: EveryType, scrapers: Scrapers, scrape: Scrape) -> None:
    server = scrapers.prometheus(scrape)
    target = urllib.parse.quote(f'{{job="{scrape.job}"}}')
    told = server.api(f"targets/metadata?match_target={target}")
    # Prometheus keeps these names escaped.
    found = {
        unescaped(line["metric"]): Told(line["type"], line["help"], line["unit"]) for line in told
    }
    expected = {}
    for name, description in every.descriptions.items():
        if name == "nothing_total" and scrape.format == "protobuf":
            # It is present, but servers ignore a family without series in protocol buffers.
            continue
        shown_name = escape(scrape, name)
        kind = description.openmetrics if scrape.format == "openmetrics" else description.text
        if scrape.format == "openmetrics" and kind in ("counter", "info"):
            shown_name = re.sub("_(total|info)$", "", shown_name)
        # The text format has none, and Prometheus 2 reads none from protocol buffers.
        has_unit = scrape.format != "text" and scrape.server != "2-native"
        # OpenMetrics exposes the unit of an unknown family only if the name ends with it.
        fits = scrape.format != "openmetrics" or kind != "unknown"
        unit = description.unit if has_unit and fits else ""
        expected[shown_name] = Told(kind, description.help, unit)
    assert found == expected


def test_names_of_utf8(scrapers: Scrapers) -> None:
    """They are found under their own names by who asks for them, and escaped by all others."""
    for name in ("3-default", "3-text"):
        scrape = BY_NAME[name]
        server = scrapers.prometheus(scrape)
        ((labels, value),) = server.query(f'{{"my.dotted",job="{scrape.job}","l.x"="v"}}')
        assert (labels["__name__"], labels["const.label"], value) == ("my.dotted", "c", "1")
        quoted = json.dumps(QUOTED)
        assert len(server.query(f'{{{quoted},job="{scrape.job}",{quoted}="v"}}')) == 1
        buckets = f'{{"my.wait_seconds_bucket","l.x"="v",job="{scrape.job}"}}'
        assert server.value(f"histogram_quantile(0.5, {buckets})") == 1
        assert server.query(f'{{"my_dotted",job="{scrape.job}"}}') == []
    for name in ("2-default", "2-text", "2-native-default", "3-native-default", "3-old-text"):
        scrape = BY_NAME[name]
        server = scrapers.prometheus(scrape)
        ((labels, value),) = server.query(f'my_dotted{{job="{scrape.job}",l_x="v"}}')
        assert (labels["const_label"], value) == ("c", "1")
        assert server.query(f'{{__name__=~".*[.].*",job="{scrape.job}"}}') == []
    assert len(scrapers.find(BY_NAME["victoria-default"], '__name__="my_dotted",l_x="v"')) == 1


@pytest.mark.parametrize(
    ("name", "metric", "label", "constant"),
    [
        ("3-dots", "my_dot_dotted", "l_dot_x", "const_dot_label"),
        ("3-values", "U__my_2e_dotted", "U__l_2e_x", "U__const_2e_label"),
    ],
)
def test_names_are_escaped_as_asked(
    every: EveryType, scrapers: Scrapers, name: str, metric: str, label: str, constant: str
) -> None:
    scrape = BY_NAME[name]
    found = scrapers.find(scrape)
    dotted = [labels for labels in map(dict, found) if labels["__name__"] == metric]
    assert {"__name__": metric, label: "v", constant: "c"} in dotted
    # The suffixes follow the escaped name.
    suffixes = {"dots": "my_dot_wait__seconds_bucket", "values": "U__my_2e_wait__seconds_bucket"}
    assert suffixes[scrape.escaping] in {dict(labels)["__name__"] for labels in found}
    legal = {
        shown(scrape, sample): repr(sample.value)
        for sample in every.samples
        if sample.open and not re.search("[^a-zA-Z0-9_]", "".join([sample.name, *sample.labels]))
    }
    assert len(legal) > 100
    assert legal.items() <= {series: repr(float(value)) for series, value in found.items()}.items()
    assert len(found) == len(expect(scrape, every))
    scrapers.server(scrape).assert_nothing_was_dropped(scrape.job)


@pytest.mark.parametrize(
    "scrape", [scrape for scrape in PROMETHEUS if scrape.escaping not in UNUSUAL], ids=str
)
def test_exemplars_are_found(every: EveryType, scrapers: Scrapers, scrape: Scrape) -> None:
    server = scrapers.prometheus(scrape)
    times = [time for exemplar in every.exemplars for time in (exemplar.after, exemplar.before)]
    result = server.api(
        "query_exemplars",
        query=f'{{job="{scrape.job}"}}',
        start=str(math.floor(min(times))),
        end=str(math.ceil(max(times))),
    )
    found = {}
    for series in result:
        labels = series["seriesLabels"]
        del labels["job"], labels["instance"]
        (exemplar,) = series["exemplars"]
        value = float(exemplar["value"])
        found[frozenset(labels.items())] = exemplar["labels"], value, exemplar["timestamp"]
    expected = {
        shown(scrape, Expected(exemplar.name, exemplar.labels, 0)): exemplar
        for exemplar in every.exemplars
        if scrape.format != "text" and (exemplar.open or scrape.format != "openmetrics")
    }
    assert found.keys() == expected.keys()
    for series, exemplar in expected.items():
        labels, value, time = found[series]
        if scrape.format == "openmetrics":
            # Prometheus keeps the values of these labels escaped.
            labels = {name: unescaped(value) for name, value in labels.items()}
        assert (labels, value) == (exemplar.exemplar, exemplar.value)
        # Its times are milliseconds.
        assert math.floor(exemplar.after * 1000) / 1000 <= time <= exemplar.before


def unescaped(value: str) -> str:
    return re.sub(r"\\(.)", lambda match: "\n" if match[1] == "n" else match[1], value)


def test_births_are_told(every: EveryType, scrapers: Scrapers) -> None:
    """Prometheus can begin a series with a zero at its birth, which only binary scrapes tell."""
    server = scrapers.prometheus(BY_NAME["3-births-default"])
    for selector in (
        "bare_total",
        'h_seconds_count{v="one"}',
        'h_seconds_bucket{v="one",le="0.5"}',
        's_seconds_count{v="one"}',
        's_seconds_sum{v="one"}',
        "my_requests_total",
    ):
        (series,) = server.api("query", query=f"{selector}[1d]")["result"]
        time, value = series["values"][0]
        assert value == "0", selector
        assert math.floor(every.began * 1000) / 1000 <= time <= every.ended, selector
        assert series["values"][1][1] != "0", selector
    for selector in ("room_celsius", "untyped", "mood"):
        found = server.api("query", query=f"{selector}[1d]")["result"]
        assert found
        assert all(series["values"][0][0] > every.ended for series in found)


@pytest.mark.parametrize(
    ("program", "variable"), [("promtool", "PROMTOOL"), ("promtool3", "PROMTOOL3")]
)
def test_promtool_accepts_text(every: EveryType, program: str, variable: str) -> None:
    text, _ = render(every.registry, None)
    command = [peers.find(program, variable), "check", "metrics"]
    done = subprocess.run(command, input=text, capture_output=True, timeout=DEADLINE)
    # Some names are against its rules of style. It reports nothing else.
    assert done.returncode == 3
    assert done.stdout == b""
    lines = done.stderr.decode().splitlines()
    rules = (
        'counter metrics should have "_total" suffix',
        'non-counter metrics should not have "_total" suffix',
        "no help text",
        "use base unit",
        "metric names should not contain abbreviated units",
        'build_info non-histogram metrics should not have "le" label',
        'build_info non-summary metrics should not have "quantile" label',
    )
    assert [line for line in lines if not any(rule in line for rule in rules)] == []
