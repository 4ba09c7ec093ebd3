"""The command `lint`: what it finds, in which format, and the exit status."""

import json

import pytest

from aioprometheus.linting import RULES
from support.command_line import run

BAD = b"""\
# TYPE http_requests counter
http_requests{path="/users/7"} 1
http_requests{path="/users/8"} 1
http_requests{path="/users/9"} 1
# HELP work_seconds Time of work.
# TYPE work_seconds summary
work_seconds_sum 0
work_seconds_count 0
"""
GOOD = b"# HELP jobs_total Jobs that have ended.\n# TYPE jobs_total counter\njobs_total 1\n"

APP = """
from aioprometheus import Counter, Registry
registry = Registry()
Counter("runs", "Runs that have ended", registry=registry).inc({"kind": "a"})
"""

ASKED = """
import sys
from aioprometheus import GaugeFamily, Registry
class Collector:
    async def collect(self):
        print("asked", file=sys.stderr)
        return [GaugeFamily("jobs", "Jobs that wait", 1)]
registry = Registry()
registry.register(Collector())
"""


@pytest.mark.parametrize("page", [b"", b"# EOF\n", b"\n"])
def test_nothing_is_no_success(page):
    status, out, err = run("lint", "-", given=page)
    assert (status, out) == (2, "")
    assert err == (
        "aioprometheus lint: standard input: there is no family in it, so that nothing can be "
        "checked\n"
    )


def test_problems_are_lines_and_the_status_is_1():
    status, out, err = run("lint", "-", given=BAD)
    assert (status, err) == (1, "")
    assert out.splitlines() == [
        "http_requests: warning: it has no HELP text: say what is counted or measured, and when it "
        "changes [help-missing]",
        "http_requests: warning: the name of a counter ends in _total: call it http_requests_total "
        "[counter-without-total]",
        "http_requests: warning: 3 values of the label path look like paths with ids in them, such "
        "as '/users/7', of which there is no end: give the template of the route, such as "
        "/users/{id} [id-in-label]",
        "2 families, 4 series: 3 warnings; 1 notice not shown (--severity notice)",
    ]


def test_without_a_problem_the_status_is_0():
    assert run("lint", "-", given=GOOD) == (0, "1 family, 1 series: no problems\n", "")


@pytest.mark.parametrize(
    ("severity", "status", "last"),
    [
        ("error", 0, "no problems; 3 warnings, 1 notice not shown (--severity notice)"),
        ("notice", 1, "3 warnings, 1 notice"),
    ],
)
def test_severities(severity, status, last):
    done = run("lint", "-", "--severity", severity, given=BAD)
    assert (done.status, done.out.splitlines()[-1]) == (status, f"2 families, 4 series: {last}")


def test_what_cannot_be_read_is_2(tmp_path):
    for words, message in [
        (["no-such-file.txt"], "no such file"),
        (["http://127.0.0.1:1/metrics"], "refused"),
        (["nothing.there:registry"], "no module"),
    ]:
        status, out, err = run("lint", *words, directory=tmp_path)
        assert (status, out) == (2, "") and message in err, err
    status, out, err = run("lint", "-", given=b'a{b="c} 1\n')
    assert (status, out) == (2, "")
    assert err.startswith("aioprometheus lint: standard input: line 1: ")


def test_rules_are_ignored_and_limits_are_set():
    words = [word for rule in ("help-missing", "id-in-label") for word in ("--ignore", rule)]
    status, out, _ = run("lint", "-", *words, given=BAD)
    assert (status, out.count("\n")) == (1, 2)
    for option in ("--max-values-per-label", "--max-series-per-label"):
        assert "[too-many-values]" in run("lint", "-", option, 2, given=BAD).out
    assert "[too-many-series]" in run("lint", "-", "--max-series", 2, given=BAD).out
    assert "[long-label-value]" in run("lint", "-", "--max-value-length", 5, given=BAD).out
    status, out, err = run("lint", "-", "--ignore", "helps-missing", given=BAD)
    assert (status, out) == (2, "") and "invalid choice: 'helps-missing'" in err
    status, out, err = run("lint", "-", "--max-series", 0, given=BAD)
    assert (status, out) == (2, "") and "invalid number of 1 or more value: '0'" in err


def test_json_is_an_object():
    status, out, _ = run("lint", "-", "--format", "json", given=BAD)
    assert status == 1
    document = json.loads(out)
    problems = document.pop("problems")
    assert document == {
        "source": "-",
        "families": 2,
        "series": 4,
        "counts": {"error": 0, "warning": 3, "notice": 1},
    }
    assert [problem["rule"] for problem in problems] == [
        "help-missing",
        "counter-without-total",
        "id-in-label",
    ]
    assert set(problems[0]) == {"family", "rule", "severity", "text", "labels"}
    assert problems[2]["labels"] == {"path": "/users/7"}
    document = json.loads(run("lint", "-", "--format", "json", given=GOOD).out)
    assert document["problems"] == [] and document["series"] == 1


def test_github_shows_annotations(tmp_path):
    (tmp_path / "a,b.txt").write_bytes(BAD + b'# TYPE c gauge\nc{v="a@b.org%"} NaN\n')
    options = ("--format", "github", "--severity", "notice")
    status, out, _ = run("lint", "a,b.txt", *options, directory=tmp_path)
    lines = out.splitlines()
    assert status == 1
    assert lines[0].startswith("::warning file=a%2Cb.txt,title=help-missing::c: it has no HELP")
    assert lines[1].startswith("::notice file=a%2Cb.txt,title=non-finite-value::c: a value is nan")
    status, out, _ = run("lint", "-", *options, given=BAD)
    assert out.startswith("::warning title=help-missing::http_requests: ")
    assert out.splitlines()[-1] == "2 families, 4 series: 3 warnings, 1 notice"
    status, out, _ = run("lint", "-", *options, given=GOOD)
    assert (status, out) == (0, "1 family, 1 series: no problems\n")


def test_a_registry_of_a_module_is_asked(tmp_path):
    (tmp_path / "app.py").write_text(APP)
    status, out, err = run("lint", "app:registry", directory=tmp_path)
    assert (status, err) == (1, "")
    assert out.splitlines()[0].endswith("call it runs_total [counter-without-total]")
    assert out.splitlines()[1] == "1 family, 1 series: 1 warning"


def test_a_registry_is_asked_once(tmp_path):
    (tmp_path / "app.py").write_text(ASKED)
    status, out, err = run("lint", "app:registry", directory=tmp_path)
    assert (status, out, err) == (0, "1 family, 1 series: no problems\n", "asked\n")


def test_a_registry_without_metrics_is_no_success(tmp_path):
    (tmp_path / "app.py").write_text("from aioprometheus import Registry\nregistry = Registry()")
    status, out, err = run("lint", "app:registry", directory=tmp_path)
    assert (status, out) == (2, "") and "app:registry: there is no family in it" in err


def test_colours_are_for_terminals():
    assert "\x1b" not in run("lint", "-", given=BAD).out
    assert "\x1b[1;33mwarning\x1b[0m" in run("lint", "-", "--color", "always", given=BAD).out
    assert "\x1b" not in run("lint", "-", "--color", "auto", given=BAD, NO_COLOR="1").out


def test_hostile_text_does_not_reach_the_terminal():
    body = b'# HELP a A\n# TYPE a gauge\na{v="\x1b]0;x\x07"} 1\na{v="\x1b]0;x\x07"} 2\n'
    status, out, _ = run("lint", "-", given=body)
    assert status == 1 and "\x1b" not in out and "\\x1b" in out


def test_rules_are_listed():
    status, out, err = run("lint", "--rules")
    assert (status, err) == (0, "")
    assert [line.split()[0] for line in out.splitlines()] == list(RULES)
