"""`diff`: what is new, gone and different, its exit status, and JSON."""

import json

import pytest

from aioprometheus import Counter, Histogram, Registry, render
from support.command_line import run

BEFORE = b"""# HELP a_total Old help
# TYPE a_total counter
a_total{x="1"} 5
a_total{x="2"} 5
a_total{x="3"} 5
# TYPE gone gauge
gone 3
# TYPE kind gauge
kind 1
# TYPE h_seconds histogram
h_seconds_bucket{le="1"} 1
h_seconds_bucket{le="+Inf"} 2
h_seconds_count 2
h_seconds_sum 5
# TYPE nan gauge
nan NaN
"""
AFTER = b"""# HELP a_total New help
# TYPE a_total counter
a_total{x="1"} 7
a_total{x="2"} 1
a_total{x="4"} 1
# TYPE kind counter
kind 1
# TYPE new gauge
new 3
# TYPE h_seconds histogram
h_seconds_bucket{le="1"} 2
h_seconds_bucket{le="2"} 2
h_seconds_bucket{le="+Inf"} 3
h_seconds_count 3
h_seconds_sum 5.004
# TYPE nan gauge
nan NaN
"""
STRUCTURE = [
    "~ a_total  help Old help → New help",
    '- a_total{x="3"}  5',
    '+ a_total{x="4"}  1',
    "- gone  gauge, 1 series",
    "~ h_seconds  buckets 1, +Inf → 1, 2, +Inf",
    "~ kind  kind gauge → counter",
    "+ new  gauge, 1 series",
]
VALUES = [
    '~ a_total{x="1"}  5 → 7  (+2)',
    '~ a_total{x="2"}  5 → 1  (reset)',
    "~ h_seconds  count 2 → 3  (+1)",
    # Digits that are not shown otherwise.
    "~ h_seconds  sum 5 → 5.004  (+4 ms)",
]


@pytest.fixture
def directory(tmp_path):
    (tmp_path / "before").write_bytes(BEFORE)
    (tmp_path / "after").write_bytes(AFTER)
    return tmp_path


def differences(directory, *options):
    status, out, err = run("diff", "before", "after", *options, directory=directory)
    assert (status, err) == (1, "")
    return out.splitlines()


def test_differences(directory):
    found = differences(directory)
    assert sorted(found) == sorted([*STRUCTURE, *VALUES])
    # Those of a family stand together, and families are in the order of their names.
    families = [line[2:].partition("{")[0].split()[0] for line in found]
    assert families == sorted(families)


def test_structure_alone(directory):
    assert differences(directory, "--ignore-values") == STRUCTURE


def test_some_names(directory):
    assert differences(directory, "h_*") == [line for line in [*STRUCTURE, *VALUES] if "h_" in line]
    assert run("diff", "before", "after", "nan", directory=directory) == (0, "", "")


@pytest.mark.parametrize("options", [(), ("--ignore-values",), ("--format", "json")])
def test_the_same(directory, options):
    status, out, err = run("diff", "after", "-", *options, directory=directory, given=AFTER)
    assert (status, err) == (0, "")
    assert out == "" or json.loads(out) == {"a": "after", "b": "-", "differences": []}


def test_json(directory):
    found = json.loads(*differences(directory, "--format", "json"))
    assert (found["a"], found["b"]) == ("before", "after")
    assert found["differences"][0] == {
        "change": "changed",
        "family": "a_total",
        "what": "help",
        "before": "Old help",
        "after": "New help",
    }
    by_labels = {
        each["labels"]["x"]: each
        for each in found["differences"]
        if each.get("labels", {}).get("x")
    }
    assert by_labels["1"]["difference"] == 2 and "reset" not in by_labels["1"]
    assert by_labels["2"]["reset"] is True
    assert by_labels["3"] == {"change": "gone", "family": "a_total", "labels": {"x": "3"}}
    buckets = {each.get("what"): each.get("after") for each in found["differences"]}
    assert (buckets["le=1"], buckets["le=2"], buckets["buckets"]) == (2, 2, "1, 2, +Inf")


def test_buckets_alone_differ(directory):
    (directory / "other").write_bytes(BEFORE.replace(b'le="1"} 1', b'le="1"} 0'))
    status, out, _ = run("diff", "before", "other", directory=directory)
    assert (status, out) == (1, "~ h_seconds  le=1 1 → 0  (-1)\n")


def test_native_buckets_differ(directory):
    registry = Registry()
    metric = Histogram("n", "N", registry=registry, native=True)
    accept = "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily;"
    for name, value in (("one", 1.0), ("other", 100.0)):
        metric.observe(value)
        body, _ = render(registry, f"{accept} encoding=delimited", accept_encoding="")
        (directory / name).write_bytes(body)
    status, out, _ = run("diff", "one", "other", "--format", "json", directory=directory)
    assert status == 1
    found = json.loads(out)["differences"]
    assert {each["what"] for each in found if each["what"].startswith("bucket ")}
    assert run("diff", "one", "other", "--ignore-values", directory=directory) == (0, "", "")


def test_what_begins_later_is_the_same(directory):
    """A process that has restarted has other times of birth."""
    for name, born in (("one", 1), ("other", 2)):
        page = f"# TYPE a counter\na_total 1\na_created {born}\n# EOF\n"
        (directory / name).write_text(page)
    assert run("diff", "one", "other", directory=directory) == (0, "", "")


def test_the_formats_of_a_registry_have_the_same_values(directory):
    registry = Registry()
    Counter("a_total", "A", registry=registry).inc({"x": "1"}, 3)
    Histogram("h", "H", registry=registry, buckets=[1, 2.5]).observe(2)
    for name, accept in (("text", None), ("openmetrics", "application/openmetrics-text")):
        (directory / name).write_bytes(render(registry, accept, accept_encoding="")[0])
    assert run("diff", "text", "openmetrics", directory=directory) == (0, "", "")


def test_colors(directory):
    lines = differences(directory, "--color", "always")
    codes = {"+": "32", "-": "31", "~": "33"}
    assert lines and all(line.startswith(f"\x1b[{codes[line[5]]}m") for line in lines)


@pytest.mark.parametrize(
    ("sources", "words"),
    [
        (("before", "nowhere"), "no such file: nowhere"),
        (("-", "-"), "standard input can be read once"),
        (("before",), "the following arguments are required: B"),
    ],
)
def test_trouble(directory, sources, words):
    status, out, err = run("diff", *sources, directory=directory, given=AFTER)
    assert (status, out) == (2, "") and words in err


def test_nothing_of_a_label_value_reaches_the_terminal(directory):
    page = 'a{x="\x1b]0;title\x07"} 1\n# HELP b \x1b[2J\n# TYPE b gauge\n'
    (directory / "hostile").write_text(page)
    for pair in (("before", "hostile"), ("hostile", "before")):
        status, out, _ = run("diff", *pair, directory=directory)
        assert status == 1 and not {"\x1b", "\x07"} & set(out)
