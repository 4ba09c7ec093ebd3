"""The seven programs of the document, unchanged: each runs as a process and answers real HTTP."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from support import text_grammar
from support.processes import Answer, Program, python, request, reserved_port, running

ROOT = Path(__file__).resolve().parents[2]
VARIABLE = "AIOPROMETHEUS_DOCUMENT_EXAMPLES"
FOLDER = Path(os.environ.get(VARIABLE) or ROOT.parent / "shared" / "document-examples")

#: The programs, and the ports in their code.
PORTS = {
    "s2_2_verify_environment.py": None,
    "s3_1_counter.py": 8080,
    "s3_2_gauge.py": 8081,
    "s3_3_summary.py": 8082,
    "s3_4_histogram.py": 8083,
    "s4_1_dynamic_labels.py": 8084,
    "s4_2_multi_registry.py": 8085,
}

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
# Accept headers of various scrapers and versions.
ACCEPTS = {
    "prometheus-2.42": "application/openmetrics-text;version=1.0.0,application/openmetrics-text;"
    "version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
    "prometheus-3.5": "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,"
    "application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;"
    "escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2",
    "victoria-metrics": "text/plain;version=0.0.4;q=1,*/*;q=0.1",
    "browser": "text/html,application/xhtml+xml,*/*;q=0.8",
    "nonsense": ";;,q=2/",
}

if not FOLDER.is_dir() and not os.environ.get(VARIABLE):
    pytest.skip(
        f"NOT TESTED: the document's programs are not in {FOLDER}; {VARIABLE} may say where",
        allow_module_level=True,
    )


@contextmanager
def serving(name: str, directory: Path, metrics: str = "/metrics") -> Iterator[tuple[Program, str]]:
    """Run one of the programs; give it and its address, and stop it as a person would."""
    port = PORTS[name]
    assert port is not None
    command = python(FOLDER / name, warnings="default")
    with reserved_port(port), running(command, directory) as program:
        url = f"http://127.0.0.1:{port}"
        program.get(url + metrics)
        yield program, url
        assert program.stop() == 0, program.describe()
        assert f"======== Running on http://0.0.0.0:{port} ========" in program.stdout
        if name != "s3_3_summary.py":
            assert program.stderr == ""


def scrape(url: str) -> str:
    """Return the metrics that a program exposes, having read them in every way there is."""
    for accept in ACCEPTS.values():
        answer = request(url, headers={"Accept": accept})
        assert answer.status == 200, answer.text
        assert re.match(r"text/plain; version=|application/openmetrics-text;", content_type(answer))
    answer = request(url)
    assert answer.status == 200, answer.text
    assert content_type(answer) == CONTENT_TYPE
    check_readers_agree(answer)
    return answer.text


def content_type(answer: Answer) -> str:
    (value,) = answer.headers.get_all("Content-Type", [])
    return str(value)


def check_readers_agree(answer: Answer) -> None:
    """Assert that prometheus_client reads the samples that are there."""
    strict = [
        (sample.name, sample.labels, repr(sample.value))
        for family in text_grammar.parse(answer.body)
        for sample in family.samples
    ]
    lenient = [
        (sample.name, sample.labels, repr(float(sample.value)))
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    ]
    assert strict == lenient


def values(text: str) -> dict[str, float]:
    """Return the samples of a text by what stands before their values."""
    lines = (line.rpartition(" ") for line in text.splitlines() if not line.startswith("#"))
    return {series: float(value) for series, _, value in lines}


def test_all_programs_are_tested() -> None:
    assert sorted(path.name for path in FOLDER.glob("*.py")) == sorted(PORTS)


def test_verify_environment(tmp_path: Path) -> None:
    with running(python(FOLDER / "s2_2_verify_environment.py"), tmp_path) as program:
        assert program.join() == 0, program.describe()
        assert program.stdout == (
            "指标信息: [Sample(name='http_requests_total', "
            "labels={'method': 'GET', 'endpoint': '/api'}, value=1.0)]\n"
        )
        assert program.stderr == ""


def test_counter(tmp_path: Path) -> None:
    head = (
        "# HELP http_requests_total Total count of HTTP requests by method and endpoint\n"
        "# TYPE http_requests_total counter\n"
    )
    with serving("s3_1_counter.py", tmp_path) as (_, url):
        assert scrape(f"{url}/metrics") == head
        for count in (1, 2, 3):
            answer = request(f"{url}/api/hello")
            assert answer.json() == {"status": "success", "data": "Hello, aioprometheus!"}
            line = f'http_requests_total{{endpoint="/api/hello",method="GET"}} {count}\n'
            assert scrape(f"{url}/metrics") == head + line
        assert request(f"{url}/api/hello", "HEAD").status == 200
        line += 'http_requests_total{endpoint="/api/hello",method="HEAD"} 1\n'
        assert scrape(f"{url}/metrics") == head + line
        assert request(f"{url}/metrics", "HEAD").status == 200


def test_gauge(tmp_path: Path) -> None:
    with serving("s3_2_gauge.py", tmp_path) as (program, url):
        # The loop of the tasks ends immediately, so that one of them runs for one round.
        (line,) = re.findall("^Added.*", program.stdout, re.MULTILINE)
        match = re.fullmatch(r"Added ([1-5]) tasks, current queue length: ([1-5])", line)
        assert match and match[1] == match[2], line
        assert scrape(f"{url}/metrics") == (
            "# HELP task_queue_length Current number of tasks in the async queue\n"
            "# TYPE task_queue_length gauge\n"
            f'task_queue_length{{queue_name="user_task_queue"}} {match[1]}\n'
        )


def test_summary(tmp_path: Path) -> None:
    name = "request_duration_seconds"
    with serving("s3_3_summary.py", tmp_path) as (program, url):
        for _ in range(100):
            answer = request(f"{url}/api/fast")
            assert answer.json() == {"status": "success", "message": "Fast API response"}
        # The program does not import random.
        assert request(f"{url}/api/slow").status == 500
        lines = scrape(f"{url}/metrics").splitlines()
        assert lines[:2] == [
            f"# HELP {name} Summary of request processing duration in seconds",
            f"# TYPE {name} summary",
        ]
        expected = []
        # In the order of the requests: the tests wait for /metrics first.
        for endpoint in ("/metrics", "/api/fast", "/api/slow"):
            rest = f'endpoint="{endpoint}",method="GET"'
            for phi in ("0.5", "0.95", "0.99"):
                expected.append(f'{name}{{{rest},quantile="{phi}"}}')
            expected += [f"{name}_count{{{rest}}}", f"{name}_sum{{{rest}}}"]
        assert [line.rpartition(" ")[0] for line in lines[2:]] == expected
        assert f'{name}_count{{endpoint="/api/fast",method="GET"}} 100' in lines
        assert f'{name}_count{{endpoint="/api/slow",method="GET"}} 1' in lines

        seconds = values("\n".join(lines))
        assert all(value > 0 for value in seconds.values())
        fast = [seconds[series] for series in expected[5:10]]
        assert fast[0] <= fast[1] <= fast[2] <= fast[4]
        # The nearest rank of a hundred values: at least half of them are not below the median.
        assert fast[4] >= 45 * fast[0]
        slow = [seconds[series] for series in expected[10:15]]
        assert slow == [slow[0], slow[0], slow[0], 1, slow[0]]
        assert "NameError: name 'random' is not defined" in program.stderr
    # Later interpreters add advice to the message.
    errors = re.findall(r"^\w*(?:Error|Exception):[^.\n]*", program.stderr, re.MULTILINE)
    assert set(errors) == {"NameError: name 'random' is not defined"}


def test_histogram(tmp_path: Path) -> None:
    name = "task_execution_duration_seconds"
    # By type: the requests, and the bounds that contain none and all of their durations.
    tasks = {"light": (3, (), ("0.2", "0.5", "1.0")), "medium": (2, ("0.1",), ("0.5", "1.0"))}
    tasks["heavy"] = (1, ("0.1", "0.2"), ("1.0",))
    with serving("s3_4_histogram.py", tmp_path) as (_, url):
        for task, (count, _, _) in tasks.items():
            for _ in range(count):
                answer = request(f"{url}/api/task?task_type={task}")
                assert answer.json() == {"status": "success", "result": f"{task}_task_completed"}
        answer = request(f"{url}/api/task?task_type=nope")
        assert (answer.status, answer.json()) == (400, {"error": "Invalid task type"})
        text = scrape(f"{url}/metrics")
        lines = text.splitlines()
        assert lines[:2] == [
            f"# HELP {name} Histogram of task execution duration in seconds",
            f"# TYPE {name} histogram",
        ]
        expected = []
        for task in tasks:
            for bound in ("0.1", "0.2", "0.5", "1.0", "+Inf"):
                expected.append(f'{name}_bucket{{le="{bound}",task_type="{task}"}}')
            expected += [f'{name}_{part}{{task_type="{task}"}}' for part in ("count", "sum")]
        assert [line.rpartition(" ")[0] for line in lines[2:]] == expected
        for task, (count, none, all_of_them) in tasks.items():
            for bounds, value in ((none, 0), (all_of_them, count), (("+Inf",), count)):
                for bound in bounds:
                    assert f'{name}_bucket{{le="{bound}",task_type="{task}"}} {value}.0' in lines
            assert f'{name}_count{{task_type="{task}"}} {count}.0' in lines
        seconds = values(text)
        assert 0.15 <= seconds[f'{name}_sum{{task_type="light"}}'] <= 0.45
        assert 0.3 <= seconds[f'{name}_sum{{task_type="medium"}}'] <= 0.6
        assert 0.3 <= seconds[f'{name}_sum{{task_type="heavy"}}'] <= 0.8


def test_dynamic_labels(tmp_path: Path) -> None:
    hostile = 'a"b\\c\nd} 1\r\u2028\0\N{PILE OF POO}{x="y"}'
    escaped = 'a\\"b\\\\c\\nd} 1\r\u2028\0\N{PILE OF POO}{x=\\"y\\"}'
    logins = [
        ({"user_type": "member", "platform": "ios"}, 'platform="ios",user_type="member"'),
        ({}, 'platform="web",user_type="guest"'),
        ({"user_type": "member", "platform": "ios"}, 'platform="ios",user_type="member"'),
        ({"user_type": 1}, 'platform="web",user_type="1"'),
        ({"user_type": "1"}, 'platform="web",user_type="1"'),
        ({"user_type": None}, 'platform="web",user_type="None"'),
        ({"user_type": hostile, "platform": ""}, f'platform="",user_type="{escaped}"'),
    ]
    expected: dict[str, int] = {}
    with serving("s4_1_dynamic_labels.py", tmp_path) as (_, url):
        for data, labels in logins:
            answer = request(f"{url}/api/login", data=data)
            assert answer.json() == {"status": "success", "message": "Login successful"}
            expected[labels] = expected.get(labels, 0) + 1
        text = (
            "# HELP user_login_total Total number of user logins by user type and platform\n"
            "# TYPE user_login_total counter\n"
        )
        for labels, count in expected.items():
            text += f"user_login_total{{{labels}}} {count}\n"
        assert scrape(f"{url}/metrics") == text
        assert hostile in {
            sample.labels["user_type"]
            for family in text_grammar.parse(text.encode())
            for sample in family.samples
        }


def test_dynamic_labels_without_text(tmp_path: Path) -> None:
    name = "s4_1_dynamic_labels.py"
    with reserved_port(8084), running(python(FOLDER / name), tmp_path) as program:
        url = "http://127.0.0.1:8084"
        before = program.get(f"{url}/metrics").text
        # JSON can contain half of a surrogate pair, which is not text: the answer is an error.
        assert request(f"{url}/api/login", data={"platform": "\ud83d"}).status == 500
        assert scrape(f"{url}/metrics") == before
        assert request(f"{url}/api/login", data={"platform": "ios"}).status == 200
        assert 'user_login_total{platform="ios",user_type="guest"} 1\n' in scrape(f"{url}/metrics")
        assert program.stop() == 0
        assert "ValueError: user_login_total: a label value has no UTF-8 form" in program.stderr


def test_multi_registry(tmp_path: Path) -> None:
    orders = (
        "# HELP order_create_total Total number of order creations\n"
        "# TYPE order_create_total counter\n"
    )
    users = (
        "# HELP user_register_total Total number of user registrations\n"
        "# TYPE user_register_total counter\n"
    )
    with serving("s4_2_multi_registry.py", tmp_path, "/metrics/all") as (_, url):

        def check() -> None:
            assert scrape(f"{url}/metrics/order") == orders
            assert scrape(f"{url}/metrics/user") == users
            assert scrape(f"{url}/metrics/all") == orders + users

        check()
        for data in ({}, {"channel": "app"}, {"channel": "app"}):
            answer = request(f"{url}/api/user/register", data=data)
            assert answer.json() == {"status": "success", "message": "User registered"}
        users += 'user_register_total{channel="direct"} 1\nuser_register_total{channel="app"} 2\n'
        check()
        for data in ({"order_type": "express"}, {}):
            answer = request(f"{url}/api/order/create", data=data)
            assert answer.json() == {"status": "success", "message": "Order created"}
        orders += 'order_create_total{order_type="express"} 1\n'
        orders += 'order_create_total{order_type="normal"} 1\n'
        check()
        check()
