"""`show --watch`: rates, trends, a screen that is given back, servers that go away."""

import json
import os
import re
import signal
import subprocess

import pytest

from aioprometheus.cli.overview import sparkline
from aioprometheus.cli.screen import ENTER, LEAVE
from support.command_line import command, environment, run
from support.metrics_server import serving
from support.pseudo_terminal import on_a_terminal

pytestmark = pytest.mark.skipif(not hasattr(os, "openpty"), reason="no pseudo terminals here")

PAGE = b'# TYPE a_total counter\na_total{x="1"} 5\n# TYPE b gauge\nb 1\n'
TEXT = {"Content-Type": "text/plain; version=0.0.4"}


def counting(*counts):
    """What a server answers whose counter has these values, and then the last of them."""
    left = list(counts)

    def answer(path, headers):
        count = left.pop(0) if len(left) > 1 else left[0]
        body = (
            f"# TYPE a_total counter\na_total {count}\n# TYPE h_seconds histogram\n"
            f'h_seconds_bucket{{le="1"}} {count}\nh_seconds_bucket{{le="2"}} {2 * count}\n'
            f'h_seconds_bucket{{le="+Inf"}} {2 * count}\nh_seconds_count {2 * count}\n'
            f"h_seconds_sum {3 * count}\n"
        )
        return 200, TEXT, body.encode()

    return answer


def test_rates_as_json():
    with serving(counting(10, 30, 5)) as server:
        options = ("--watch", "0.3", "--count", 3, "--format", "json")
        status, out, err = run("show", server.url, *options)
    assert (status, err) == (0, "")
    first, second, third = map(json.loads, out.splitlines())
    assert "rate" not in first["families"][0]
    for earlier, later, increase in ((first, second, 20), (second, third, 5)):  # 5: after a reset
        rates = [family["rate"] for family in later["families"]]
        seconds = increase / rates[0]
        # They are those of the same time, which is about that between the readings.
        assert rates[1] == pytest.approx(2 * increase / seconds)
        assert 0.2 < seconds < 60 and later["time"] > earlier["time"]


def test_readings_of_what_is_no_terminal_are_below_each_other():
    with serving(counting(10, 30)) as server:
        status, out, err = run("show", server.url, "-w", "0.1", "--count", "2", "--raw")
    assert (status, err) == (0, "")
    first, second = out.split("\n\n")
    assert re.match(r"# 20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ http", first)
    assert first.splitlines()[1].split() == ["NAME", "KIND", "SERIES", "VALUE"]
    assert second.splitlines()[1].split() == ["NAME", "KIND", "SERIES", "RATE", "TREND", "VALUE"]
    assert "\x1b" not in out


def test_quantiles_are_those_since_the_reading_before():
    def answer(path, headers, slow=[0, 100]):  # noqa: B006
        count = slow.pop(0) if len(slow) > 1 else slow[0]
        body = (
            f'# TYPE h histogram\nh_bucket{{le="1"}} 1000\nh_bucket{{le="2"}} {1000 + count}\n'
            f'h_bucket{{le="+Inf"}} {1000 + count}\nh_count {1000 + count}\nh_sum {1000 + count}\n'
        )
        return 200, TEXT, body.encode()

    with serving(answer) as server:
        out = run("show", server.url, "-w", "0.1", "--count", "3").out
    first, second, third = (line for line in out.splitlines() if line.startswith("h "))
    assert "p50 0.5 " in first
    assert "count 1100  mean 1  p50 1.5  p95 1.95" in second
    assert third.endswith("count 1100")  # nothing since then


def test_a_word_behind_watch_is_no_number_of_seconds():
    with serving(counting(10)) as server:
        status, out, err = run("show", "--watch", server.url, "--count", "1")
    assert (status, err) == (0, "") and "a_total" in out


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("-", "--watch"), "standard input cannot be read again"),
        (("http://127.0.0.1:1", "--watch", "0"), "--watch takes seconds above 0, not 0"),
        (("http://127.0.0.1:1", "--watch", "nan"), "--watch takes seconds above 0, not nan"),
        (("http://127.0.0.1:1", "--watch"), "connection refused"),
        (("-", "--count", "3"), "--count needs --watch"),
        (("-", "--sort", "rate"), "--sort rate needs --watch"),
    ],
)
def test_what_cannot_be_watched(arguments, words):
    status, out, err = run("show", *arguments)
    assert (status, out) == (2, "") and words in err


def test_a_server_that_goes_away_and_comes_back():
    answers = iter([(200, TEXT, PAGE), (503, {}, b""), (200, TEXT, PAGE)])
    with serving(lambda path, headers: next(answers)) as server:
        status, out, err = run("show", server.url, "--watch", "0.1", "--count", "3")
    assert status == 0
    assert out.count("a_total") == 2
    assert err == f"aioprometheus show: {server.url}/metrics answered 503 Service Unavailable\n"


def test_the_screen_is_given_back_after_ctrl_c():
    with serving(counting(10, 30, 60)) as server:
        arguments = ("show", server.url, "--watch", "0.1")
        with on_a_terminal(*arguments) as terminal:
            written = terminal.wait_for("/s")
            assert written.startswith(ENTER)
            assert "every 0.1 s  2 families  2 series" in written
            assert re.search("▁|█", terminal.wait_for("▁"))
            terminal.type("\x03")
            assert terminal.join() == 0
    assert terminal.written.endswith(LEAVE)
    assert terminal.written.count(ENTER) == terminal.written.count(LEAVE) == 1
    assert "Traceback" not in terminal.written


@pytest.mark.parametrize("end", ["q", signal.SIGTERM, signal.SIGHUP])
def test_the_screen_is_given_back_however_it_ends(end):
    with (
        serving(counting(1)) as server,
        on_a_terminal("show", server.url, "--watch", 1000) as terminal,
    ):
        terminal.wait_for("a_total")
        if end == "q":
            terminal.type(end)
        else:
            terminal.process.send_signal(end)
        assert terminal.join() == (0 if end == "q" else 128 + end)
    assert terminal.written.endswith(LEAVE)


def test_a_stopped_watch_gives_the_screen_back_and_takes_it_again():
    with (
        serving(counting(1)) as server,
        on_a_terminal("show", server.url, "--watch", 1000) as terminal,
    ):
        terminal.wait_for("a_total")
        # Its group has no shell beside it, so the kernel would discard a Ctrl-Z.
        os.kill(terminal.process.pid, signal.SIGTSTP)
        terminal.wait_for(LEAVE)
        os.kill(terminal.process.pid, signal.SIGCONT)
        terminal.wait_for(ENTER, 2)
        terminal.type("q")
        assert terminal.join() == 0
    assert terminal.written.endswith(LEAVE)


def test_a_new_size_is_drawn_at_once():
    body = "".join(f'a{{x="{"é" * 30}{number}"}} 1\n' for number in range(50)).encode()
    with (
        serving(lambda path, headers: (200, TEXT, body)) as server,
        on_a_terminal("show", server.url, "--watch", 1000, "--series", lines=10) as terminal,
    ):
        terminal.wait_for("44 more: name some, or --sort")
        terminal.resize(40, 20)
        terminal.wait_for("34 more: name some, or --sort")
        frame = terminal.written.rpartition("\x1b[H")[2]
        terminal.type("q")
        assert terminal.join() == 0
    lines = re.sub(r"\x1b\[[0-9;]*[mK]", "", frame).split("\x1b")[0].split("\r\n")
    assert len(lines) == 20
    assert max(map(len, lines)) <= 40


@pytest.mark.parametrize("columns", [40, 80, 200])
def test_a_table_is_as_wide_as_the_terminal(columns):
    body = f'a_{"long_" * 10}name{{x="{"世" * 60}"}} 1\n'.encode()
    with (
        serving(lambda path, headers: (200, TEXT, body)) as server,
        on_a_terminal("show", server.url, "--series", columns=columns) as terminal,
    ):
        assert terminal.join() == 0
    text = re.sub(r"\x1b\[[0-9;]*m", "", terminal.written)
    assert text != terminal.written  # it has colours
    lines = text.replace("\r", "").splitlines()
    widths = [sum(2 if char == "世" else 1 for char in line) for line in lines]
    assert max(widths) <= columns
    assert ("…" in text) == (columns < 200)


def test_no_colors_on_a_terminal_where_they_are_not_wanted():
    for variables in ({"NO_COLOR": "1"}, {"TERM": "dumb"}):
        with (
            serving(lambda path, headers: (200, TEXT, PAGE)) as server,
            on_a_terminal("show", server.url, **variables) as terminal,
        ):
            assert terminal.join() == 0
        assert "a_total" in terminal.written and "\x1b" not in terminal.written


def test_ctrl_c_without_a_terminal_ends_it_quietly():
    with serving(counting(1)) as server:
        process = subprocess.Popen(
            command("show", server.url, "--watch", "1000"),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=environment(),
            text=True,
        )
        assert process.stdout.readline().startswith("# 20")
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (0, "")


@pytest.mark.parametrize(
    ("values", "utf8", "ascii"),
    [
        ([], "", ""),
        ([3], "▁", "_"),
        ([3, 3], "▁▁", "__"),
        ([0, 1, 2, 3, 4, 5, 6, 7], "▁▂▃▄▅▆▇█", "_.-:=+*#"),
        ([0, float("nan"), float("inf"), 1], "▁??█", "_??#"),
        ([-1.7e308, 1.7e308], "▁█", "_#"),
    ],
)
def test_trend(values, utf8, ascii):
    assert (sparkline(values, True), sparkline(values, False)) == (utf8, ascii)
