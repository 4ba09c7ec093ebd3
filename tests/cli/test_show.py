"""`show`: what a table says of each kind, names, order, units, width, colours, and JSON."""

import json
import math
import re

import pytest

from aioprometheus import Counter, Enum, Gauge, Histogram, Info, Registry, Summary, render
from support.command_line import run

ACCEPT = "application/openmetrics-text; version=1.0.0"


def page(registry, accept=ACCEPT):
    return render(registry, accept, accept_encoding="")[0]


def rows(out):
    """The rows of a table by their first word, with one blank between words."""
    lines = [" ".join(line.split()) for line in out.splitlines()]
    assert lines[0] == "NAME KIND SERIES VALUE"
    return {line.partition(" ")[0]: line.partition(" ")[2] for line in lines[1:]}


def shown(registry, *options, accept=ACCEPT, **variables):
    status, out, err = run("show", "-", *options, given=page(registry, accept), **variables)
    assert (status, err) == (0, "")
    return out


@pytest.fixture
def registry():
    registry = Registry()
    requests = Counter("http_requests_total", "Requests", registry=registry)
    requests.inc({"method": "GET"}, 48213)
    requests.inc({"method": "PUT"}, 2)
    temperature = Gauge("room_celsius", "Temperature", registry=registry)
    temperature.set({"room": "a"}, 21.5)
    temperature.set({"room": "b"}, -3)
    Gauge("memory_bytes", "Memory", registry=registry).set(88_408_064)
    Gauge("cache_ratio", "Hits", registry=registry).set(0.425)
    Gauge("start_time_seconds", "Start", registry=registry).set(1_700_000_000)
    latency = Histogram("latency_seconds", "Time", registry=registry, buckets=[0.1, 1, 10])
    for number in range(100):
        latency.observe({"path": "/a"}, 0.05)
        latency.observe({"path": "/b"}, number / 50)
    payload = Summary("payload_bytes", "Size", registry=registry, quantiles={0.5: 0, 0.9: 0})
    for number in (1000, 2000, 3000):
        payload.observe(number)
    Info("build", "Build", registry=registry).info({"version": "1.2"})
    Enum("state", "State", states=["up", "down"], registry=registry).state("down")
    return registry


def test_what_each_kind_says(registry):
    assert rows(shown(registry)) == {
        "build_info": 'info 1 {version="1.2"}',
        "cache_ratio": "gauge 1 42.5 %",
        "http_requests_total": "counter 2 total 48.2k",
        # 106 of 200 up to 0.1 s, 151 up to 1 s; the 190th is at 0.796 of the last bucket.
        "latency_seconds": "histogram 2 count 200 mean 520 ms p50 94.3 ms p95 8.16 s p99 9.63 s",
        "memory_bytes": "gauge 1 84.3 MiB",
        "payload_bytes": "summary 1 count 3 mean 1.95 KiB p50 1.95 KiB p90 2.93 KiB",
        "room_celsius": "gauge 2 min -3 max 21.5",
        "start_time_seconds": "gauge 1 2023-11-14 22:13:20Z",
        "state": "stateset 2 down",
    }


def test_an_info_in_text_is_a_gauge_and_has_its_labels(registry):
    out = shown(registry, "build", accept="text/plain")
    assert rows(out) == {"build_info": 'gauge 1 {version="1.2"}'}


def test_raw_values_have_all_digits(registry):
    found = rows(shown(registry, "--raw"))
    assert found["memory_bytes"] == "gauge 1 88408064"
    assert found["http_requests_total"] == "counter 2 total 48215"
    assert found["cache_ratio"] == "gauge 1 0.425"
    assert found["start_time_seconds"] == "gauge 1 1700000000"
    assert found["latency_seconds"].startswith("histogram 2 count 200 sum 103.99999999999999 mean ")
    assert "p50 0.09433962264150944 p95 8.16" in found["latency_seconds"]


def test_series(registry):
    out = shown(registry, "http", "memory", "--series")
    assert [line.split() for line in out.splitlines()[1:]] == [
        ["http_requests_total", "counter", "2", "total", "48.2k"],
        ['{method="GET"}', "48.2k"],
        ['{method="PUT"}', "2"],
        # One series without labels says the same as its family.
        ["memory_bytes", "gauge", "1", "84.3", "MiB"],
    ]


@pytest.mark.parametrize(
    ("names", "found"),
    [
        (["*_bytes"], ["memory_bytes", "payload_bytes"]),
        (["bytes"], ["memory_bytes", "payload_bytes"]),
        (["memory_byte?", "state"], ["memory_bytes", "state"]),
        (["[mp]*_bytes"], ["memory_bytes", "payload_bytes"]),
    ],
)
def test_names(registry, names, found):
    assert list(rows(shown(registry, *names))) == found
    # Names may stand behind options, too.
    assert list(rows(shown(registry, "--raw", *names))) == found


def test_a_name_that_nothing_has(registry):
    status, out, err = run("show", "-", "nothing", given=page(registry))
    assert (status, out) == (1, "")
    assert err == "-: no family has a name like nothing\n"


def test_an_empty_exposition():
    assert run("show", "-", given=b"# EOF\n") == (0, "", "-: no family\n")


@pytest.mark.parametrize(
    ("options", "first", "last"),
    [
        (["name"], "build_info", "state"),
        (["name", "--reverse"], "state", "build_info"),
        (["series"], "http_requests_total", "start_time_seconds"),
        (["value"], "start_time_seconds", "cache_ratio"),
        (["kind"], "http_requests_total", "payload_bytes"),
    ],
)
def test_order(registry, options, first, last):
    found = list(rows(shown(registry, "--sort", *options)))
    assert (found[0], found[-1]) == (first, last)


def test_series_in_the_order_of_values(registry):
    out = shown(registry, "room", "--series", "--sort", "value", "--reverse")
    assert re.findall(r'"(\w)"', out) == ["b", "a"]


def test_a_quantile_beyond_all_bounds():
    registry = Registry()
    Histogram("a_seconds", "Time", registry=registry, buckets=[1, 2]).observe(7)
    assert rows(shown(registry))["a_seconds"].endswith("mean 7 s p50 >2 s p95 >2 s p99 >2 s")


@pytest.mark.parametrize("native", [False, True])
def test_quantiles_are_not_above_what_the_sum_allows(native):
    registry = Registry()

    def histogram(name, *values):
        buckets = {"native": True} if native else {"buckets": [100, 1000]}
        made = Histogram(name, "Size", registry=registry, **buckets)
        for value in values:
            made.observe(value)

    histogram("a_bytes", *[0] * 100)
    histogram("b_bytes", 3)
    histogram("c_bytes", *[0] * 98, 1, 1)
    accept = "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily;"
    found = rows(shown(registry, "--raw", accept=f"{accept} encoding=delimited"))
    assert found["a_bytes"] == "histogram 1 count 100 sum 0 mean 0 p50 0 p95 0 p99 0"
    numbers = [float(number) for number in re.findall(r"p\d+ (\S+)", found["b_bytes"])]
    assert [0 < number <= 3 for number in numbers] == [True] * 3
    numbers = [float(number) for number in re.findall(r"p\d+ (\S+)", found["c_bytes"])]
    # Two observations at most are not less than the last but one, and their sum is 2.
    assert numbers == sorted(numbers) and numbers[0] <= 2 / 51 and numbers[2] <= 1


def test_negative_values_say_nothing_of_quantiles():
    registry = Registry()
    made = Histogram("a_celsius", "Temperature", registry=registry, buckets=[-10, 0, 10])
    for value in (-9, 9):
        made.observe(value)
    assert rows(shown(registry))["a_celsius"].endswith(" 2 p50 0 p95 9 p99 9.8")


def test_series_of_other_buckets_have_no_quantiles():
    body = b"".join(
        b'h_bucket{x="%d",le="%d"} 1\nh_bucket{x="%d",le="+Inf"} 1\nh_count{x="%d"} 1\n'
        % ((x,) * 4)
        for x in (1, 2)
    )
    status, out, _ = run("show", "-", given=b"# TYPE h histogram\n" + body)
    assert status == 0
    assert rows(out) == {"h": "histogram 2 count 2 (series have different buckets)"}


def test_a_bound_that_is_no_number_is_left_out():
    body = b'h_bucket{le="abc"} 9\nh_bucket{le="1"} 2\nh_bucket{le="+Inf"} 2\nh_count 2\n'
    out = run("show", "-", given=b"# TYPE h histogram\n" + body).out
    assert rows(out) == {"h": "histogram 1 count 2 p50 0.5 p95 0.95 p99 0.99"}


def test_numbers_that_are_none():
    body = b'# TYPE a gauge\na NaN\n# TYPE b gauge\nb +Inf\n# TYPE c gauge\nc{x="1"} NaN\nc 1\n'
    assert rows(run("show", "-", given=body).out) == {
        "a": "gauge 1 NaN",
        "b": "gauge 1 +Inf",
        "c": "gauge 2 min 1 max 1",
    }


def test_a_native_histogram_agrees_with_what_was_observed():
    registry = Registry()
    metric = Histogram("n_seconds", "Time", registry=registry, native=True, native_factor=1.01)
    values = [1.003**number for number in range(-500, 500)]
    for value in values:
        metric.observe({"side": "one"}, value)
        metric.observe({"side": "other"}, -value)
    accept = "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily;"
    out = shown(registry, "--format", "json", accept=f"{accept} encoding=delimited")
    [family] = json.loads(out)["families"]
    one, other = (series["quantiles"] for series in family["series"])
    for phi in (0.5, 0.95, 0.99):
        assert one[f"{phi:g}"] == pytest.approx(values[int(phi * 1000) - 1], rel=0.03)
    assert other["0.95"] == pytest.approx(-values[50], rel=0.03)


def test_json(registry):
    found = json.loads(shown(registry, "--format", "json"))
    assert found["source"] == "-" and math.isfinite(found["time"])
    families = {family["name"]: family for family in found["families"]}
    assert families["http_requests_total"] == {
        "name": "http_requests_total",
        "kind": "counter",
        "help": "Requests",
        "unit": "",
        "series": [
            {"labels": {"method": "GET"}, "value": 48213},
            {"labels": {"method": "PUT"}, "value": 2},
        ],
    }
    [one, _] = families["latency_seconds"]["series"]
    assert (one["count"], one["mean"]) == (100, pytest.approx(0.05))
    assert one["buckets"] == {"0.1": 100, "1": 100, "10": 100, "+Inf": 100}
    [summary] = families["payload_bytes"]["series"]
    assert summary["quantiles"] == {"0.5": 2000, "0.9": 3000}


def test_json_has_no_numbers_that_json_lacks():
    [family] = json.loads(run("show", "-", "--format", "json", given=b"a NaN\n").out)["families"]
    assert family["series"] == [{"labels": {}, "value": "NaN"}]


HOSTILE = 'a{x="\x1b[2J\x07\u202e\u200b\\n\\"\\\\"} 1\n'


@pytest.mark.parametrize("options", [[], ["--format", "json"], ["--color", "always"]])
def test_nothing_of_a_label_value_reaches_the_terminal(options):
    status, out, _ = run("show", "-", "--series", *options, given=HOSTILE.encode())
    assert status == 0
    assert not re.search("[\x07\u202e\u200b]|\x1b(?!\\[[0-9;]*m)", out)
    if not options:
        assert r'{x="\x1b[2J\x07\u202e\u200b\n\"\\"}' in out


def test_ascii_where_there_is_no_utf8():
    body = 'a_seconds{x="é"} 0.000002\n'.encode()
    variables = {"PYTHONUTF8": "0", "PYTHONIOENCODING": "ascii"}
    status, out, err = run("show", "-", "--series", given=body, **variables)
    assert (status, err) == (0, "")
    assert out.isascii() and "2 us" in out and r'{x="\xe9"}' in out


@pytest.mark.parametrize(
    ("options", "variables", "has_colors"),
    [
        ([], {}, False),
        (["--color", "always"], {}, True),
        ([], {"FORCE_COLOR": "1"}, True),
        ([], {"FORCE_COLOR": "1", "NO_COLOR": "1"}, False),
        (["--color", "always"], {"NO_COLOR": "1"}, True),
        (["--color", "never"], {"FORCE_COLOR": "1"}, False),
    ],
)
def test_colors_of_what_is_no_terminal(registry, options, variables, has_colors):
    assert ("\x1b[32mcounter" in shown(registry, *options, **variables)) == has_colors


def test_one_long_value_makes_no_others_long():
    pages = [f'a{{b="{"y" * 100_000}"}} 1\n', *(f'a{{b="{number}"}} 1\n' for number in range(50))]
    status, out, err = run("show", "-", "--series", given="".join(pages).encode())
    assert (status, err) == (0, "")
    assert len(out) < 150_000
