"""The programs of examples/, which run as readers would run them."""

from __future__ import annotations

import ast
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from support import text_grammar
from support.processes import Program, python, request, running

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = sorted((ROOT / "examples").glob("*.py"))
# These programs serve nothing, and end by themselves.
ENDS = [ROOT / "examples" / name for name in ("batch_job.py", "textfile.py", "timing.py")]
BATCH_JOB, TEXTFILE, TIMING = ENDS
SERVERS = [path for path in EXAMPLES if path not in ENDS]

Check = Callable[[Program, str], None]
CHECKS: dict[str, Check] = {}


def example(check: Check) -> Check:
    """Note a function as the check of the example of its name."""
    CHECKS[f"{check.__name__}.py"] = check
    return check


def scrape(url: str) -> str:
    """Return the metrics of an example, after a look at their grammar."""
    answer = request(url if url.endswith("/metrics") else f"{url}/metrics")
    assert answer.status == 200, answer.text
    assert answer.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
    text_grammar.parse(answer.body)
    return answer.text


def samples(text: str) -> dict[str, str]:
    """Return the values of a text by what stands before them."""
    lines = (line.rpartition(" ") for line in text.splitlines() if not line.startswith("#"))
    return {series: value for series, _, value in lines}


@example
def collectors(program: Program, url: str) -> None:
    rows = {'table_rows{table="orders"}': "1200", 'table_rows{table="customers"}': "85"}
    while samples(scrape(url)) != {"jobs_waiting": "3", **rows}:
        pass  # the program has not put all letters into its queue yet


@example
def counter(program: Program, url: str) -> None:
    assert program.find(r"^refused: (.*)$").startswith("parcels_returned_total: missing label")
    assert scrape(url) == (
        "# HELP courier_rounds_total Rounds of the courier.\n"
        "# TYPE courier_rounds_total counter\n"
        "courier_rounds_total 1\n"
        "# HELP parcels_returned_total Parcels sent back.\n"
        "# TYPE parcels_returned_total counter\n"
        'parcels_returned_total{reason="too small"} 0.5\n'
        "# HELP parcels_shipped_total Parcels shipped by country.\n"
        "# TYPE parcels_shipped_total counter\n"
        'parcels_shipped_total{country="NO",shop="toys"} 3\n'
        'parcels_shipped_total{country="SE",shop="toys"} 5\n'
    )


@example
def gauge(program: Program, url: str) -> None:
    def all_done() -> dict[str, str] | None:
        found = samples(scrape(url))
        # Both are 0 only after the last job.
        done = found.get('jobs_waiting{queue="mail"}') == found.get("workers_busy") == "0"
        return found if done else None

    found = program.wait_for(all_done, "the jobs are done")
    timestamp = float(found.pop("last_job_timestamp_seconds"))
    assert 0 <= time.time() - timestamp < 3600
    assert found == {
        'jobs_waiting{queue="mail"}': "0",
        'jobs_waiting{queue="reports"}': "0",
        "workers_busy": "0",
        "workers_running": "3",
    }


@example
def disk_families(program: Program, url: str) -> None:
    first, second = samples(scrape(url)), samples(scrape(url))
    looks = [int(found.pop("disk_looks_total")) for found in (first, second)]
    assert looks[1] == looks[0] + 1
    space = 'disk_space_bytes{disk="/",state="%s"}'
    names = {'disk_collector_info{version="1.2"}', space % "free", space % "used"}
    assert first.keys() == second.keys() == names
    assert int(first[space % "used"]) > 0


@example
def series(program: Program, url: str) -> None:
    assert program.find(r"^removed with bob: (.*)$") == "2"
    found = samples(scrape(url))
    assert found.pop('aioprometheus_series_overflow_total{metric="logins_total"}') == "7"
    assert found.pop('logins_total{user="<overflow>"}') == "7"
    assert set(found.values()) == {"1", "2"} and len(found) == 4


@example
def summary(program: Program, url: str) -> None:
    median = program.find(r"^median: (.*) s$")
    found = samples(scrape(url))
    search = 'response_seconds{page="/search",quantile="%s"}'
    assert found[search % "0.5"] == median
    # The k-th smallest of 1 to 1000 milliseconds is k milliseconds.
    for phi, epsilon in ((0.5, 0.05), (0.9, 0.01), (0.99, 0.001)):
        milliseconds = float(found.pop(search % phi)) * 1000
        assert abs(milliseconds - 1000 * phi) <= 1000 * epsilon + 1e-9
    total = float(found.pop('response_seconds_sum{page="/search"}'))
    assert total == pytest.approx(500.5)
    assert found == {
        'response_seconds_count{page="/search"}': "1000",
        'response_seconds{page="/login",quantile="0.5"}': "0.25",
        'response_seconds{page="/login",quantile="0.9"}': "0.25",
        'response_seconds{page="/login",quantile="0.99"}': "0.25",
        'response_seconds_count{page="/login"}': "1",
        'response_seconds_sum{page="/login"}': "0.25",
    }


@example
def histogram(program: Program, url: str) -> None:
    sum_line = "upload_bytes_sum 1024196.0\n"
    text = program.wait_for(lambda: scrape(url) if sum_line in scrape(url) else None, "uploads")
    assert text == (
        "# HELP upload_bytes Size of uploads.\n"
        "# TYPE upload_bytes histogram\n"
        'upload_bytes_bucket{le="1024.0"} 1.0\n'
        'upload_bytes_bucket{le="4096.0"} 2.0\n'
        'upload_bytes_bucket{le="16384.0"} 2.0\n'
        'upload_bytes_bucket{le="65536.0"} 3.0\n'
        'upload_bytes_bucket{le="+Inf"} 4.0\n'
        "upload_bytes_count 4.0\n"
        f"{sum_line}"
        "# HELP upload_seconds Duration of uploads, in seconds.\n"
        "# TYPE upload_seconds histogram\n"
        'upload_seconds_bucket{le="0.1",network="mobile"} 1.0\n'
        'upload_seconds_bucket{le="0.5",network="mobile"} 2.0\n'
        'upload_seconds_bucket{le="1.0",network="mobile"} 3.0\n'
        'upload_seconds_bucket{le="5.0",network="mobile"} 3.0\n'
        'upload_seconds_bucket{le="+Inf",network="mobile"} 4.0\n'
        'upload_seconds_count{network="mobile"} 4.0\n'
        'upload_seconds_sum{network="mobile"} 61.3\n'
    )


@example
def decorators(program: Program, url: str) -> None:
    cakes = program.find(r"^(\[.*\])$")
    assert cakes == "['a cake', 'a cake', RuntimeError('it is black')]"
    failed = 'doughs_failed_total{cause="flour"}'
    found = program.wait_for(lambda: found_with(samples(scrape(url)), failed), "a failed dough")
    quantiles = [float(found.pop(f'bake_seconds{{oven="big",quantile="{phi}"}}')) for phi in PHIS]
    assert 0.02 <= quantiles[0] <= quantiles[1] <= quantiles[2]
    assert quantiles[1] >= 0.2
    assert float(found.pop('bake_seconds_sum{oven="big"}')) >= 0.23
    assert found == {
        'bake_seconds_count{oven="big"}': "3",
        "cakes_burnt_total": "1",
        "cakes_in_oven": "1",
        failed: "1",
    }


PHIS = ("0.5", "0.9", "0.99")


def found_with(found: dict[str, str], series: str) -> dict[str, str] | None:
    return found if series in found else None


@example
def dynamic_labels(program: Program, url: str) -> None:
    hostile = 'a"b\\c\nd\r\0\u2028\N{PILE OF POO}'
    for data in ({}, {"user": "member", "platform": "ios"}, {"platform": "toaster"}):
        assert request(f"{url}/login", data=data).json() == {"status": "welcome"}
    assert request(f"{url}/login", data={"user": hostile}).status == 200
    answer = request(f"{url}/login", data={"user": "\ud83d"})
    assert answer.status == 400
    assert answer.text.startswith("logins_total: a label value has no UTF-8 form")
    assert scrape(url) == (
        "# HELP logins_total Logins by kind of user and platform.\n"
        "# TYPE logins_total counter\n"
        'logins_total{platform="web",user="guest"} 1\n'
        'logins_total{platform="ios",user="member"} 1\n'
        'logins_total{platform="other",user="guest"} 1\n'
        'logins_total{platform="web",user="a\\"b\\\\c\\nd\r\0\u2028\N{PILE OF POO}"} 1\n'
    )


@example
def several_registries(program: Program, url: str) -> None:
    for path in ("/users", "/users?way=app", "/orders?kind=express", "/users"):
        assert request(f"{url}{path}", "POST").status == 200
    users = (
        "# HELP signups_total Users that signed up.\n# TYPE signups_total counter\n"
        'signups_total{way="direct"} 2\nsignups_total{way="app"} 1\n'
    )
    orders = (
        "# HELP orders_total Orders placed.\n# TYPE orders_total counter\n"
        'orders_total{kind="express"} 1\n'
    )
    assert request(f"{url}/metrics/users").text == users
    assert request(f"{url}/metrics/orders").text == orders
    assert scrape(url) == orders + users
    assert request(f"{url}/metrics/nobody").status == 404


@example
def fastapi_app(program: Program, url: str) -> None:
    for target, status in (
        ("/users/3", 200),
        ("/users/30", 200),
        ("/users/4", 200),
        ("/users/0", 418),
        ("/users/x", 422),
        ("/nowhere", 404),
    ):
        assert request(url + target).status == status
    found = samples(scrape(url))
    expected = {'greetings_total{premium="yes"}': "2", 'greetings_total{premium="no"}': "1"}
    for kind in ("requests", "responses"):
        for path, count in (("/users/{user_id}", "5"), ("<unmatched>", "1")):
            labels = f'app="greeter",method="GET",path="{path}"'
            expected[f"{kind}_total_counter{{{labels}}}"] = count
    for path, status, count in (
        ("/users/{user_id}", 200, "3"),
        ("/users/{user_id}", 418, "1"),
        ("/users/{user_id}", 422, "1"),
        ("<unmatched>", 404, "1"),
    ):
        labels = f'app="greeter",method="GET",path="{path}",status_code="{status}"'
        expected[f"status_codes_counter{{{labels}}}"] = count
    assert found == expected


@example
def fastapi_latency(program: Program, url: str) -> None:
    browser = {"User-Agent": "Mozilla/5.0"}
    assert request(f"{url}/search?q=tea", headers=browser).json() == {"found": ["TEA"]}
    for target, status in (("/search?q=tea", 200), ("/search", 422), ("/nowhere", 404)):
        assert request(url + target).status == status
    assert request(f"{url}/numbers").text == "0\n1\n2\n"
    assert request(f"{url}/broken").status == 503
    expected = {
        ("browser", "/search", 200),
        ("program", "/search", 200),
        ("program", "/search", 422),
        ("program", "<unmatched>", 404),
        ("program", "/numbers", 200),
        ("program", "/broken", 503),
    }
    labels = {
        f'{{client="{client}",method="GET",path="{path}",status="{status}"}}'
        for client, path, status in expected
    }
    found = program.wait_for(lambda: samples_of_all(url, labels), "all requests are counted")
    assert {name for name in found if name.startswith("http_requests_total")} == {
        f"http_requests_total{each}" for each in labels
    }
    [numbers] = (each for each in labels if "/numbers" in each)
    assert found[f"http_response_size_bytes_sum{numbers}"] == "6.0"
    for each in labels:
        assert found[f"http_requests_total{each}"] == "1"
        for name in ("duration", "first_byte"):
            assert found[f"http_request_{name}_seconds_count{each}"] == "1.0"
    # Its latency ends with its first byte.
    assert (
        found[f"http_request_duration_seconds_sum{numbers}"]
        == found[f"http_request_first_byte_seconds_sum{numbers}"]
    )
    assert found['http_requests_in_progress{method="GET"}'] == "0"


def samples_of_all(url: str, labels: set[str]) -> dict[str, str] | None:
    """The samples, once all these requests are counted."""
    found = samples(scrape(url))
    return found if all(f"http_requests_total{each}" in found for each in labels) else None


@example
def quart_app(program: Program, url: str) -> None:
    for path, status in (("/hello", 200), ("/nowhere", 404), ("/hello", 200)):
        assert request(url + path).status == status
    assert request(f"{url}/hello", "POST", b"").status == 405
    expected = {"greetings_total": "2"}
    for method, path, count, group in (
        ("GET", "/hello", "2", "2xx"),
        ("GET", "<unmatched>", "1", "4xx"),
        ("POST", "<unmatched>", "1", "4xx"),
    ):
        labels = f'method="{method}",path="{path}"'
        expected[f"requests_total_counter{{{labels}}}"] = count
        expected[f"responses_total_counter{{{labels}}}"] = count
        expected[f'status_codes_counter{{{labels},status_code="{group}"}}'] = count
    assert samples(scrape(url)) == expected
    assert request(f"{url}/series").json() == {
        "greetings_total": 1,
        "requests_total_counter": 3,
        "responses_total_counter": 3,
        "exceptions_total_counter": 0,
        "status_codes_counter": 3,
    }


@example
def service(program: Program, url: str) -> None:
    def served() -> int:
        found = samples(scrape(url)).items()
        return sum(int(value) for name, value in found if name.startswith("http_requests_total{"))

    program.find(r"^(http_response_bytes_sum)\{")
    first = served()
    assert first >= 50
    # The traffic goes on.
    program.wait_for(lambda: served() > first, "more traffic")


@example
def standing_loop(program: Program, url: str) -> None:
    page, lag = program.find("^try: (.*)$"), 'asyncio_loop_pending_lag_seconds{thread="MainThread"}'
    with ThreadPoolExecutor(1) as pool:
        answer = pool.submit(request, page)
        program.wait_for(lambda: float(samples(scrape(url))[lag]) > 1, "the loop stands")
    assert answer.result().text == "held the event loop for 3 seconds\n"


@pytest.mark.parametrize("path", SERVERS, ids=lambda path: path.name)
def test_example(path: Path, tmp_path: Path) -> None:
    assert path.name in CHECKS, f"{path.name} has no check in {__file__}"
    with running(python(path), tmp_path) as program:
        url = program.first_url()
        program.get(url if url.endswith("/metrics") else f"{url}/metrics")
        CHECKS[path.name](program, url)
        assert program.stop() == 0, program.describe()
        assert program.stderr == ""


def test_no_example_is_lost() -> None:
    assert sorted(path.name for path in SERVERS) == sorted(CHECKS)
    assert BATCH_JOB in EXAMPLES and TEXTFILE in EXAMPLES


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.name)
def test_example_says_what_it_is(path: Path) -> None:
    docstring = ast.get_docstring(ast.parse(path.read_text("utf-8")))
    assert docstring is not None
    options = "[--host 127.0.0.1] [--port 8000]"
    if path == BATCH_JOB:
        options = "[--gateway http://127.0.0.1:9091] [--parcels 250]"
    if path == TEXTFILE:
        options = "[--file /var/lib/node_exporter/sorting.prom] [--parcels 250]"
    options = "[--weight 50]" if path == TIMING else options
    assert f"python examples/{path.name} {options}" in docstring


def test_textfile(tmp_path: Path) -> None:
    file = tmp_path / "sorting.prom"
    with running(python(TEXTFILE, "--file", str(file), "--parcels", "7"), tmp_path) as program:
        assert program.join() == 0, program.describe()
        assert (program.stdout, program.stderr) == (f"wrote {file}\n", "")
    assert len(text_grammar.parse(file.read_bytes())) == 2
    assert samples(file.read_text())['sorting_parcels_total{depot="north"}'] == "7"


def test_service_may_end_by_itself(tmp_path: Path) -> None:
    with running(python(ROOT / "examples" / "service.py", "--once"), tmp_path) as program:
        assert program.join() == 0, program.describe()
        assert program.stderr == ""
        url, _, text = program.stdout.partition("\n")
        assert url.startswith("http://127.0.0.1:")
        families = text_grammar.parse(text.rstrip("\n").encode() + b"\n")
    kinds = {family.name: family.kind for family in families}
    assert kinds == {
        "http_request_seconds": "histogram",
        "http_requests_in_progress": "gauge",
        "http_requests_total": "counter",
        "http_response_bytes": "summary",
    }
    served = next(family for family in families if family.name == "http_requests_total")
    assert sum(sample.value for sample in served.samples) == 50


def test_the_service_says_what_to_try_next(tmp_path):
    with running(python(ROOT / "examples" / "service.py"), tmp_path) as program:
        url = program.first_url().removesuffix("/metrics")
        assert program.find(r'targets: \["(.*)"\]') in url
        assert f"curl {url}/metrics" in program.stdout
