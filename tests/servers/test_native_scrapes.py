"""Scrapes of native histograms by real servers, which support them or not."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator
from typing import NamedTuple

import pytest

from support.every_type import CONST, INF, total
from support.native_metrics import LABEL, MANY, NativeMetrics, floor_to_milliseconds
from support.prometheus_server import Prometheus
from support.scrapers import DEFAULTS, PROTOBUF, Scrape, Scrapers

BIRTHS = Scrape("3-births", "default", PROTOBUF)
#: Prometheus 3 can be configured to store the classic buckets too.
BOTH = Scrape("3-native", "both", PROTOBUF, {"always_scrape_classic_histograms": True})
ALL = [*DEFAULTS, BIRTHS, BOTH]
NATIVE = [scrape for scrape in ALL if scrape.format == "protobuf"]
CLASSIC = [scrape for scrape in DEFAULTS if scrape.format != "protobuf"]

QUANTILES = [0.01, 0.1, 0.25, 0.49, 0.51, 0.75, 0.9, 0.99]

#: Histograms whose quantiles are known.
REGULAR = ["beside_seconds", "alone", "coarse", "blunt", "fine", "my.native"]

each_native = pytest.mark.parametrize("scrape", NATIVE, ids=str)


Series = frozenset[tuple[str, str]]


class Bucket(NamedTuple):
    """A bucket as Prometheus reports it. The rule says which of its bounds are in it."""

    rule: int
    left: float
    right: float
    observations: float

    def holds(self, value: float) -> bool:
        # Source: Prometheus, "HTTP API", "Native histograms".
        above = self.left <= value if self.rule in (1, 3) else self.left < value
        below = value <= self.right if self.rule in (0, 3) else value < self.right
        return above and below


class Found(NamedTuple):
    """What a server has of a native histogram."""

    observations: str
    sum: str
    buckets: list[Bucket]


@pytest.fixture(scope="module")
def native() -> NativeMetrics:
    return NativeMetrics()


@pytest.fixture(scope="module")
def scrapers(native: NativeMetrics, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scrapers]:
    directory = tmp_path_factory.mktemp("native")
    with Scrapers(native.registry, directory, ALL).running() as scrapers:
        yield scrapers


def shown(name: str) -> str:
    """Return a name as who asks for protocol buffers without more sees it."""
    return name.replace(".", "_")


def selector(scrape: Scrape, name: str) -> str:
    return f'{shown(name)}{{job="{scrape.job}"}}'


def find(server: Prometheus, scrape: Scrape, name: str) -> dict[str, Found]:
    """Return the native histograms of a name by the label of the series."""
    found = {}
    for series in server.api("query", query=selector(scrape, name))["result"]:
        _, histogram = series["histogram"]
        buckets = [
            Bucket(rule, float(left), float(right), float(count))
            for rule, left, right, count in histogram.get("buckets", [])
        ]
        label = series["metric"][LABEL]
        found[label] = Found(histogram["count"], histogram["sum"], buckets)
    return found


def labels_of(native: NativeMetrics, name: str) -> set[str]:
    return {label for other, label in native.observed if other == name}


@each_native
def test_every_observation_is_in_its_bucket(
    native: NativeMetrics, scrapers: Scrapers, scrape: Scrape
) -> None:
    server = scrapers.prometheus(scrape)
    for name in native.limits:
        found = find(server, scrape, name)
        assert found.keys() == labels_of(native, name), name
        for label, histogram in found.items():
            check_histogram(native, name, label, histogram)
    server.assert_nothing_was_dropped(scrape.job)
    for answer in scrapers.service.answers[str(scrape)]:
        assert answer.headers["Content-Type"] == PROTOBUF
        assert answer.headers["Content-Encoding"] == "gzip"


def check_histogram(native: NativeMetrics, name: str, label: str, found: Found) -> None:
    where = (name, label)
    values = native.observed[where]
    assert found.observations == str(len(values)), where
    assert repr(float(found.sum)) == repr(total(values)), where
    for bucket in found.buckets:
        assert bucket.observations == sum(map(bucket.holds, values)), (where, bucket)
    regular = [value for value in values if not math.isnan(value)]
    assert sum(bucket.observations for bucket in found.buckets) == len(regular), where
    for bucket in found.buckets:
        if bucket.rule == 3:
            assert bucket.left == -bucket.right
            if name == "widened":
                assert native.thresholds[name] < bucket.right <= 0.25
            else:
                assert bucket.right == native.thresholds[name], where
    sides = [bucket for bucket in found.buckets if bucket.left * bucket.right > 0]
    assert len(sides) <= (native.limits[name] or INF), where
    if name in native.factors:
        kept = [value for value in values if abs(value) > native.thresholds[name]]
        base = width(kept, native.factors[name], native.limits[name])
        for bucket in sides:
            inner, outer = sorted(map(abs, (bucket.left, bucket.right)))
            # Near the smallest number, bounds have few digits. There are none beyond the largest.
            if inner > 1e-300 and outer < INF:
                assert math.isclose(outer / inner, base, rel_tol=1e-9), where


def width(values: list[float], factor: float, limit: int) -> float:
    """Return by how much the width of buckets grows from one to the next."""
    # Source: Prometheus, "Native histograms", "Schema". A limit of 0 means no limit.
    schema = min(max(-math.floor(math.log2(math.log2(factor))), -4), 8)
    while limit and count_buckets(values, schema) > limit:
        schema -= 1
    return math.pow(2, math.pow(2, -schema))


def count_buckets(values: list[float], schema: int) -> int:
    """Count the buckets that are not empty. No value may be next to a bound, unless it is 2**n."""
    keys = set()
    for value in values:
        if math.isfinite(value):
            fraction, exponent = math.frexp(abs(value))
            power = exponent - 1 if fraction == 0.5 else math.log2(abs(value))
            keys.add((value > 0, math.ceil(power * 2.0**schema)))
    return len(keys)


@each_native
@pytest.mark.parametrize(
    "name", ["beside_seconds", "alone", "coarse", "blunt", "fine", "my.native"]
)
def test_quantiles_lie_in_the_buckets_of_the_true_ones(
    native: NativeMetrics, scrapers: Scrapers, scrape: Scrape, name: str
) -> None:
    server = scrapers.prometheus(scrape)
    found = find(server, scrape, name)
    checked = 0
    for phi in QUANTILES:
        query = f"histogram_quantile({phi}, {selector(scrape, name)})"
        answers = {labels[LABEL]: float(value) for labels, value in server.query(query)}
        assert answers.keys() == found.keys()
        for label, answer in answers.items():
            values = sorted(native.observed[name, label])
            if phi * len(values) == int(phi * len(values)):
                # The quantile is between two observations, or there are none.
                continue
            true = values[math.ceil(phi * len(values)) - 1]
            (bucket,) = (bucket for bucket in found[label].buckets if bucket.holds(true))
            # The zero bucket ends at zero if all values have the same sign.
            assert bucket.left <= answer <= bucket.right, (name, label, phi, true)
            checked += 1
    assert checked > 5


@each_native
def test_counts_and_sums_are_exact(
    native: NativeMetrics, scrapers: Scrapers, scrape: Scrape
) -> None:
    server = scrapers.prometheus(scrape)
    for name in native.limits:
        for function, expected in (("histogram_count", len), ("histogram_sum", total)):
            query = f"{function}({selector(scrape, name)})"
            found = {labels[LABEL]: repr(float(value)) for labels, value in server.query(query)}
            assert found == {
                label: repr(float(expected(native.observed[name, label])))
                for label in labels_of(native, name)
            }
    share = server.value(f"histogram_fraction(0, +Inf, {selector(scrape, 'my.native')})")
    assert share == 1
    query = f'histogram_fraction(-Inf, -2, alone{{job="{scrape.job}",{LABEL}="mixed"}})'
    values = native.observed["alone", "mixed"]
    # -2 is a bound of a bucket.
    assert math.isclose(server.value(query), sum(value < -2 for value in values) / len(values))


@each_native
def test_series_of_native_servers(
    native: NativeMetrics, scrapers: Scrapers, scrape: Scrape
) -> None:
    """The native buckets take the place of the classic ones, unless both are wanted."""
    server = scrapers.prometheus(scrape)
    name = "beside_seconds"
    for found in server.api("query", query=selector(scrape, name))["result"]:
        assert found["metric"]["const"] == CONST["const"]
    classic = server.query(f'{{__name__=~"{name}_.*",job="{scrape.job}"}}')
    expected = expect_classic(native, name, name, scrape.format) if scrape == BOTH else {}
    assert {series(labels): float(value) for labels, value in classic} == expected
    assert len(server.query(f'classic_bucket{{job="{scrape.job}"}}')) == 2
    assert server.value(f'plain_total{{job="{scrape.job}"}}') == 2


def series(labels: dict[str, str]) -> Series:
    """Make the labels of a series comparable."""
    own = {"job", "instance", "const"}
    return frozenset((name, value) for name, value in labels.items() if name not in own)


def expect_classic(
    native: NativeMetrics, name: str, shown_name: str, format: str
) -> dict[Series, float]:
    """Return the classic series of a histogram that come in a format, under the name shown."""
    expected: dict[Series, float] = {}
    for label in labels_of(native, name):
        values = native.observed[name, label]
        for bound in [*native.bounds[name], INF]:
            le = "+Inf" if bound == INF else repr(bound)
            labels = {"__name__": f"{shown_name}_bucket", LABEL: label, "le": le}
            within = sum(value <= bound for value in values)
            # NaN is in the last bucket.
            expected[series(labels)] = len(values) if bound == INF else within
        added = total(values)
        # OpenMetrics allows no other sums, and no count without a sum.
        if format != "openmetrics" or added >= 0:
            expected[series({"__name__": f"{shown_name}_count", LABEL: label})] = len(values)
            expected[series({"__name__": f"{shown_name}_sum", LABEL: label})] = added
    return expected


@pytest.mark.parametrize("scrape", CLASSIC, ids=str)
def test_others_get_the_classic_buckets(
    native: NativeMetrics, scrapers: Scrapers, scrape: Scrape
) -> None:
    server = scrapers.server(scrape)
    # VictoriaMetrics has floats with fewer digits, and keeps no NaN.
    is_exact = isinstance(server, Prometheus)
    tolerance = 0 if is_exact else 1e-11
    for name in native.limits:
        shown_name = name if scrape.escaping == "allow-utf-8" else shown(name)
        query = f'{{__name__=~"{shown_name}(_bucket|_count|_sum)?",job="{scrape.job}"}}'
        found = {series(labels): float(value) for labels, value in server.query(query)}
        expected = {
            labels: value
            for labels, value in expect_classic(native, name, shown_name, scrape.format).items()
            if is_exact or not math.isnan(value)
        }
        assert found.keys() == expected.keys()
        for labels, value in expected.items():
            is_close = math.isclose(found[labels], value, rel_tol=tolerance)
            assert is_close or (math.isnan(value) and math.isnan(found[labels])), labels
    server.assert_nothing_was_dropped(scrape.job)
    for answer in scrapers.service.answers[str(scrape)]:
        assert answer.headers["Content-Type"] == scrape.content_type


@each_native
@pytest.mark.parametrize("name", ["traced_seconds", "traced_alone"])
def test_exemplars_are_found(
    native: NativeMetrics, scrapers: Scrapers, scrape: Scrape, name: str
) -> None:
    server = scrapers.prometheus(scrape)
    result = server.api(
        "query_exemplars",
        query=selector(scrape, name),
        start=str(math.floor(native.began)),
        end=str(math.ceil(native.ended)),
    )
    (found,) = result
    assert (found["seriesLabels"]["__name__"], found["seriesLabels"][LABEL]) == (name, "a")
    given = {exemplar.value: exemplar for exemplar in native.exemplars[name, "a"]}
    for exemplar in found["exemplars"]:
        expected = given[float(exemplar["value"])]
        assert exemplar["labels"] == expected.labels
        # Its times are milliseconds.
        assert floor_to_milliseconds(expected.after) <= exemplar["timestamp"] <= expected.before
    values = [float(exemplar["value"]) for exemplar in found["exemplars"]]
    if scrape.server == "2-native":
        # It stores one exemplar: that of the lowest bucket that has one.
        assert values == [min(given) if native.bounds[name] else list(given)[-1]]
    elif native.bounds[name]:
        assert values == list(given)
    else:
        # Without classic buckets, it stores some exemplars, and always the last one.
        assert len(values) > 1
        assert values == [value for value in given if value in values]
        assert values[-1] == list(given)[-1]


def test_births_are_told(native: NativeMetrics, scrapers: Scrapers) -> None:
    """Prometheus can begin a series with an empty histogram at its birth."""
    server = scrapers.prometheus(BIRTHS)
    for name in ("beside_seconds", "alone", "traced_alone", "my.native", "reset"):
        began = native.reset if name == "reset" else native.began
        result = server.api("query", query=f"{selector(BIRTHS, name)}[1d]")["result"]
        assert {found["metric"][LABEL] for found in result} == labels_of(native, name)
        for found in result:
            (born, first), (scraped, second), *_ = found["histograms"]
            assert (first["count"], first["sum"]) == ("0", "0")
            assert floor_to_milliseconds(began) <= born <= native.ended < scraped
            label = found["metric"][LABEL]
            assert second["count"] == str(len(native.observed[name, label]))


def test_later_observations_arrive(native: NativeMetrics, scrapers: Scrapers) -> None:
    """The buckets may become other ones from scrape to scrape."""
    servers = {str(scrape): scrapers.prometheus(scrape) for scrape in NATIVE}
    chance = random.Random(8)
    for name in ("beside_seconds", "limited", "widened"):
        native.observe(name, "mixed", [chance.gauss(0, 10) ** 3 for _ in range(MANY)])
    for scrape in NATIVE:
        server = servers[str(scrape)]
        for name in ("beside_seconds", "limited", "widened"):

            def arrived(
                server: Prometheus = server, scrape: Scrape = scrape, name: str = name
            ) -> bool:
                count = find(server, scrape, name)["mixed"].observations
                return count == str(len(native.observed[name, "mixed"]))

            server.program.wait_for(arrived, f"the observations of {name}")
            check_histogram(native, name, "mixed", find(server, scrape, name)["mixed"])
        server.assert_nothing_was_dropped(scrape.job)
