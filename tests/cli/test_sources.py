"""What commands read: URLs, files, standard input, registries of modules; and what goes wrong."""

import gzip
import socket
from base64 import b64encode

import pytest

from aioprometheus import Counter, Histogram, Registry, render
from support.command_line import run
from support.metrics_server import serving

PAGE = b'# HELP a_total Things\n# TYPE a_total counter\na_total{x="1"} 12345\n'
TEXT = {"Content-Type": "text/plain; version=0.0.4"}
ROW = "a_total counter 1 12.3k"

APP = """
from aioprometheus import Counter, Registry
print("this is not part of the output")
registry = Registry()
Counter("a_total", "Things", registry=registry).inc({"x": "1"}, 12345)
number = 5
def make():
    return [registry, Registry()]
async def make_async():
    return registry
def fail():
    raise RuntimeError("no\\nregistry")
class holder:
    metrics = registry
"""


def words(text):
    """A text with one blank between words, however wide columns are."""
    return " ".join(text.split())


@pytest.fixture
def directory(tmp_path):
    (tmp_path / "app.py").write_text(APP)
    (tmp_path / "broken.py").write_text("import no_such_module\n")
    (tmp_path / "ends.py").write_text("raise SystemExit(3)\n")
    (tmp_path / "page.prom").write_bytes(PAGE)
    (tmp_path / "page.prom.gz").write_bytes(gzip.compress(PAGE))
    (tmp_path / "cut.gz").write_bytes(gzip.compress(PAGE)[:-4])
    (tmp_path / "bad.prom").write_bytes(b'a 1\nb{x="1" 2\n')
    (tmp_path / "ansi.prom").write_bytes(b"a 1\n\x1b]0;title\x07 2\n")
    return tmp_path


@pytest.mark.parametrize(
    "source",
    [
        *("page.prom", "./page.prom", "page.prom.gz"),
        *("app:registry", "app:make", "app:make()", "app:make_async", "app:holder.metrics"),
    ],
)
def test_files_and_registries(directory, source):
    status, out, err = run("show", source, directory=directory)
    assert status == 0, err
    assert ROW in words(out)
    assert err == ("this is not part of the output\n" if "app:" in source else "")


@pytest.mark.parametrize("body", [PAGE, gzip.compress(PAGE)], ids=["plain", "gzip"])
def test_standard_input(body):
    status, out, err = run("show", "-", given=body)
    assert (status, err) == (0, "")
    assert ROW in words(out)


@pytest.mark.parametrize("accept", ["any", "protobuf", "openmetrics", "text"])
def test_a_server_of_this_package_in_every_format(accept, tmp_path):
    registry = Registry()
    Counter("a_total", "Things", registry=registry).inc({"x": "1"}, 12345)
    native = Histogram("n_seconds", "Times", registry=registry, native=True)
    for number in range(1, 1001):
        native.observe(number / 1000)

    def answer(path, headers):
        body, its = render(registry, headers["Accept"], accept_encoding=headers["Accept-Encoding"])
        return 200, {str(name): str(value) for name, value in its.items()}, body

    with serving(answer) as server:
        for source in (f"{server.url}/metrics", server.url, server.url.partition("//")[2]):
            status, out, err = run("show", source, "--accept", accept)
            assert (status, err) == (0, "")
            assert ROW in words(out)
            assert "n_seconds histogram 1 count 1000 mean 500 ms p50 500 ms p95 9" in words(out)
    assert {path for path, _ in server.requests} == {"/metrics"}
    assert {headers["X-Prometheus-Scrape-Timeout-Seconds"] for _, headers in server.requests} == {
        "10"
    }


def authorization(*options, url="{}/metrics", directory=None):
    with serving(lambda path, headers: (200, TEXT, PAGE)) as server:
        host = server.url.partition("//")[2]
        status, _, err = run(
            "show", url.format(server.url, host=host), *options, directory=directory
        )
        assert (status, err) == (0, "")
    [(_, headers)] = server.requests
    return headers


def test_authentication(tmp_path):
    basic = f"Basic {b64encode(b'me:se cret').decode()}"
    (tmp_path / "token").write_text("from-file\n")
    assert authorization("--user", "me:se cret")["Authorization"] == basic
    url = "http://me:se%20cret@{host}/metrics"
    assert authorization(url=url)["Authorization"] == basic
    assert authorization("--bearer", "abc")["Authorization"] == "Bearer abc"
    headers = authorization("--bearer", "@token", directory=tmp_path)
    assert headers["Authorization"] == "Bearer from-file"
    assert authorization("--header", "X-Scope-OrgID: 7")["X-Scope-OrgID"] == "7"
    assert authorization()["Authorization"] is None


def test_credentials_go_to_no_other_server():
    with serving(lambda path, headers: (200, TEXT, PAGE)) as other:
        # Another port is another server.
        def moved(path, headers):
            if path == "/here":
                return 302, {"Location": "/metrics"}, b""
            return 302, {"Location": f"{other.url}/metrics"}, b""

        with serving(moved) as server:
            status, _, err = run("show", f"{server.url}/here", "--user", "me:secret")
    assert (status, err) == (0, "")
    given = [headers["Authorization"] for _, headers in (*server.requests, *other.requests)]
    assert [bool(value) for value in given] == [True, True, False]


@pytest.mark.parametrize(
    ("status", "headers", "body", "said"),
    [
        (404, {}, b"", "answered 404 Not Found"),
        (401, {}, b"", "answered 401 Unauthorized; see --user and --bearer"),
        (200, {"Content-Type": "text/html"}, b"<p>", "answered HTML, not metrics; is the path"),
        (200, {}, b"<!DOCTYPE html>", "answered HTML, not metrics"),
        (200, {"Content-Type": "application/json"}, b"{}", "answered JSON, not metrics"),
        (200, TEXT, b"a 1\nb c\n", "line 2"),
        (200, {"Content-Encoding": "gzip"}, b"a 1\n", "Not a gzipped file"),
        (302, {"Location": "file:///etc/passwd"}, b"", "file:///etc/passwd"),
    ],
)
def test_answers_that_are_no_metrics(status, headers, body, said):
    with serving(lambda path, asked: (status, headers, body)) as server:
        url = f"{server.url}/metrics"
        found = run("show", url)
        assert (found.status, found.out) == (2, "")
        [line] = found.err.splitlines()
        assert line.startswith(f"aioprometheus show: {url}") and said in line


@pytest.mark.parametrize("command", ["show", "lint", "dashboard"])
def test_the_format_is_recognised_where_a_server_does_not_know_it(command):
    headers = {"Content-Type": "application/octet-stream"}  # as servers of files send
    with serving(lambda path, asked: (200, headers, PAGE)) as server:
        status, out, err = run(command, f"{server.url}/page.prom")
    assert (status, err) == (0, "")
    assert out


def test_nobody_listens():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        status, out, err = run("show", f"http://me:secret@127.0.0.1:{port}/")
    line = f"aioprometheus show: http://127.0.0.1:{port}/: connection refused\n"
    assert (status, out, err) == (2, "", line)


def test_a_server_that_says_nothing():
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/metrics"
        status, out, err = run("show", url, "--timeout", "0.2")
    assert (status, out) == (2, "")
    assert err == f"aioprometheus show: {url}: no answer within 0.2 s (--timeout)\n"


def test_what_answers_is_not_http():
    def answer(listening):
        connection, _ = listening.accept()
        with connection:
            connection.recv(10000)
            connection.sendall(b"SSH-2.0-OpenSSH_9.2\r\n")

    from threading import Thread

    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = Thread(target=answer, args=(listening,))
        thread.start()
        status, _, err = run("show", f"127.0.0.1:{listening.getsockname()[1]}")
        thread.join()
    assert status == 2 and "what answers there is not HTTP" in err


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("none.prom", "no such file: none.prom (a source is a URL"),
        (".", "is a directory"),
        ("cut.gz", "cut.gz: what gzip has compressed is broken"),
        ("bad.prom", "bad.prom: line 2: "),
        ("ansi.prom", r"\x1b]0;title\x07"),
        ("ftp://127.0.0.1/metrics", "only http:// and https:// can be asked"),
        ("http://[::1/metrics", "is not a URL that can be asked"),
        ("nowhere:registry", "no module 'nowhere' in the current directory or the environment"),
        ("broken:registry", "the import of broken failed: No module named 'no_such_module'"),
        ("ends:registry", "the import of ends failed: SystemExit: 3"),
        ("app:regist", "app has no regist; a registry there: registry"),
        ("app:number", "app:number is an int, not a Registry"),
        ("app:holder", "app:holder is the class holder, not a Registry"),
        ("app:fail", r"app:fail() failed: RuntimeError: no\nregistry"),
    ],
)
def test_trouble_is_one_line(directory, source, said):
    status, out, err = run("show", source, directory=directory)
    assert (status, out) == (2, "")
    [line] = err.replace("this is not part of the output\n", "").splitlines()
    assert line.startswith("aioprometheus show: ") and said in line
    assert "\x1b" not in err


def test_debug_shows_the_traceback(directory):
    status, out, err = run("show", "broken:registry", "--debug", directory=directory)
    assert (status, out) == (2, "")
    assert "Traceback" in err and "import no_such_module" in err


@pytest.mark.parametrize("header", ["nothing", ": 1", "a b: 1"])
def test_a_header_that_is_none(header):
    status, _, err = run("show", "http://127.0.0.1:1/", "--header", header)
    assert status == 2 and "--header takes 'NAME: VALUE'" in err


@pytest.mark.parametrize("timeout", ["0", "-1", "nan", "soon"])
def test_a_timeout_that_is_none(timeout):
    status, _, err = run("show", "http://127.0.0.1:1/", f"--timeout={timeout}")
    assert status == 2 and f"invalid number of seconds value: '{timeout}'" in err


def test_what_is_larger_than_the_limit(tmp_path):
    line = b"# " + b"x" * 1022 + b"\n"
    body = PAGE + 1024 * line
    (tmp_path / "page.prom").write_bytes(body)
    (tmp_path / "page.gz").write_bytes(gzip.compress(body))
    options = ("--max-size", 1)
    for source, when in [("page.prom", ""), ("page.gz", " when it is decompressed")]:
        done = run("show", source, *options, directory=tmp_path)
        assert (done.status, done.out) == (2, "")
        said = f"{source}: more than 1 MiB{when} (--max-size N allows more)\n"
        assert done.err == f"aioprometheus show: {said}"
        done = run("show", source, "--max-size", 2, directory=tmp_path)
        assert (done.status, done.err) == (0, "") and ROW in words(done.out)
    done = run("show", "-", *options, given=body)
    assert "standard input: more than 1 MiB (--max-size N allows more)" in done.err
    for headers, sent, when in [
        ({}, body, ""),
        ({"Content-Encoding": "gzip"}, gzip.compress(body), " when it is decompressed"),
    ]:
        with serving(lambda path, asked, s=sent, h=headers: (200, {**TEXT, **h}, s)) as server:
            done = run("show", server.url, *options)
        assert done.status == 2
        assert f": more than 1 MiB{when} (--max-size N allows more)\n" in done.err


@pytest.mark.parametrize("size", ["0", "1025", "-1", "x", "1.5"])
def test_limits_of_size_that_are_none(size):
    done = run("show", "-", f"--max-size={size}", given=PAGE)
    assert (done.status, done.out) == (2, "") and "number from 1 to 1024" in done.err
