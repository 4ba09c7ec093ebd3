"""Scripts that push to a real Pushgateway, and their exit statuses."""

from __future__ import annotations

import json
import re
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

from aioprometheus import Gauge, PushError, Registry, push
from support.certificates import certificate
from support.processes import Program, python, request, running, wait_until
from support.push_receiver import Reply, push_receiver, raw_receiver
from support.pushgateway import pushgateway
from support.pushing import make_registry

JOB = """
    import sys
    from aioprometheus import Counter, push

    Counter("parcels_sorted_total", "Parcels sorted.").inc(3)
    push("sorting", sys.argv[1], grouping_key={"depot": "north"}, timeout=float(sys.argv[2]))
    print("pushed")
"""


@contextmanager
def script(text: str, directory: Path, *arguments: str) -> Iterator[Program]:
    """Run a script to its end, with all warnings as errors."""
    path = directory / "script.py"
    path.write_text(dedent(text), "utf-8")
    command = python(path, *arguments)
    with running([command[0], "-X", "dev", *command[1:]], directory) as program:
        program.join()
        yield program


def groups(addr: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = request(f"{addr}/api/v1/metrics").json()["data"]
    return found


def assert_failed(program: Program, *words: str) -> None:
    """It has ended with the exception of the push alone."""
    assert program.process.returncode == 1, program.describe()
    assert "pushed" not in program.stdout
    last = program.stderr.rpartition("aioprometheus.pushing.Push")[2]
    for word in ("the metrics of job 'sorting' to http://127.0.0.1:", *words):
        assert word in last, program.describe()
    assert not re.search("Warning|Unclosed|Exception ignored|secret", program.stderr)


def test_a_script_pushes(tmp_path: Path) -> None:
    with pushgateway(tmp_path) as addr:
        with script(JOB, tmp_path, addr, "60") as program:
            assert program.process.returncode == 0, program.describe()
            assert (program.stdout, program.stderr) == ("pushed\n", "")
        (group,) = groups(addr)
        assert group["labels"] == {"job": "sorting", "depot": "north"}
        (sample,) = group["parcels_sorted_total"]["metrics"]
        assert sample["value"] == "3"


def test_a_script_fails_where_nothing_listens(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        addr = f"http://me:secret@127.0.0.1:{taken.getsockname()[1]}?token=secret"
    with script(JOB, tmp_path, addr, "60") as program:
        assert_failed(program, "Connection refused", "see whether the receiver runs")


def test_a_script_fails_where_nothing_is_answered(tmp_path: Path) -> None:
    with raw_receiver(drips=False) as (addr, _), script(JOB, tmp_path, addr, "0.2") as program:
        assert_failed(program, "no answer within 0.2 seconds", "timeout=")


def test_a_script_fails_with_the_words_of_the_pushgateway(tmp_path: Path) -> None:
    with pushgateway(tmp_path) as addr:
        gauge = b"# TYPE parcels_sorted_total gauge\nparcels_sorted_total 1\n"
        assert request(f"{addr}/metrics/job/other", "POST", gauge).status == 200
        with script(JOB, tmp_path, addr, "60") as program:
            assert_failed(program, "answered with 400", "pushed metrics are invalid", "sorting")
        assert [group["labels"]["job"] for group in groups(addr) if "parcels" in str(group)] == [
            "other"
        ]


@pytest.mark.parametrize("status", [403, 503])
def test_a_script_fails_with_an_error_status(status: int, tmp_path: Path) -> None:
    with push_receiver() as receiver:
        receiver.replies = [Reply(status, b"go away")]
        with script(JOB, tmp_path, receiver.addr, "60") as program:
            assert_failed(program, f"answered with {status}", "go away")


SCRIPTS = {
    # A push at the end belongs there: it must be possible although no thread starts any more.
    "at exit": """
        import atexit, sys
        from aioprometheus import Gauge, push

        Gauge("done", "Done.").set_function(lambda: 1)
        atexit.register(push, "sorting", sys.argv[1])
        print("pushed")
    """,
    "without aiohttp": """
        import sys
        sys.modules["aiohttp"] = None
        from aioprometheus import Gauge, push

        Gauge("done", "Done.").set(1)
        push("sorting", sys.argv[1])
        assert "asyncio" not in sys.modules
        print("pushed")
    """,
    "after and between event loops": """
        import asyncio, sys
        from aioprometheus import Gauge, push

        async def nothing():
            pass

        async def one():
            return 1

        Gauge("done", "Done.").set_function(one)
        asyncio.run(nothing())
        loop = asyncio.new_event_loop()
        asyncio.set_event_loop(loop)
        push("sorting", sys.argv[1])
        assert asyncio.get_event_loop() is loop
        loop.run_until_complete(nothing())
        loop.close()
        asyncio.run(nothing())
        print("pushed")
    """,
    "with the loops of uvloop": """
        import asyncio, sys, warnings
        import uvloop
        from aioprometheus import Gauge, push

        async def one():
            await asyncio.sleep(0)
            return 1

        warnings.simplefilter("ignore", DeprecationWarning)
        asyncio.set_event_loop_policy(uvloop.EventLoopPolicy())
        Gauge("done", "Done.").set_function(one)
        push("sorting", sys.argv[1])
        print("pushed")
    """,
    "in many threads": """
        import sys
        from concurrent.futures import ThreadPoolExecutor
        from aioprometheus import Gauge, push

        Gauge("done", "Done.").set(1)
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(lambda _: push("sorting", sys.argv[1], timeout=60), range(40)))
        print("pushed")
    """,
    "in forked processes": """
        import os, sys
        from aioprometheus import Gauge, push

        Gauge("done", "Done.").set(1)
        push("sorting", sys.argv[1])
        child = os.fork()
        push("sorting", sys.argv[1], method="add")
        if child:
            assert os.waitpid(child, 0)[1] == 0
            print("pushed")
    """,
}


def test_a_push_at_exit_that_fails_is_printed(tmp_path: Path) -> None:
    with push_receiver() as receiver:
        receiver.replies = [Reply(503, b"go away")]
        with script(SCRIPTS["at exit"], tmp_path, receiver.addr) as program:
            # Python does so with all exceptions of such callbacks.
            assert program.process.returncode == 0, program.describe()
            assert "was answered with 503" in program.stderr and "go away" in program.stderr


@pytest.mark.parametrize("name", SCRIPTS)
def test_a_script_may_push(name: str, tmp_path: Path) -> None:
    if "uvloop" in name:
        pytest.importorskip("uvloop")
    with pushgateway(tmp_path) as addr, script(SCRIPTS[name], tmp_path, addr) as program:
        assert program.process.returncode == 0, program.describe()
        assert (program.stdout, program.stderr) == ("pushed\n", "")
        (group,) = groups(addr)
        assert group["done"]["metrics"][0]["value"] == "1"


def test_a_script_under_an_event_loop_is_told_what_to_await(tmp_path: Path) -> None:
    text = """
        import asyncio, sys
        from aioprometheus import push

        async def main():
            push("sorting", sys.argv[1])

        asyncio.run(main())
    """
    with push_receiver() as receiver, script(text, tmp_path, receiver.addr) as program:
        assert program.process.returncode == 1, program.describe()
        last = program.stderr.splitlines()[-1]
        assert last.startswith("RuntimeError: ") and "await Pusher('sorting', addr)" in last
        assert receiver.got == []


def test_all_methods_of_a_real_pushgateway(tmp_path: Path) -> None:
    def names() -> list[str]:
        return sorted(name for group in groups(addr) for name in group if "_total" in name)

    other = make_registry()
    other.get("pushed_total").inc({"c_sample": "2"})
    with pushgateway(tmp_path) as addr:
        push("j", addr, make_registry())
        assert names() == ["pushed_total"]
        request(f"{addr}/metrics/job/j", "POST", b"other_total 1\n")
        push("j", addr, other, method="add")
        assert names() == ["other_total", "pushed_total"]
        assert 'c_sample="2"' in request(f"{addr}/metrics").text
        push("j", addr, make_registry(), method="replace")
        assert names() == ["pushed_total"]
        push("j", addr, method="delete")
        wait_until(lambda: groups(addr) == [], "the group is deleted")


def test_a_real_pushgateway_with_tls_and_a_password(tmp_path: Path) -> None:
    trusted, key = certificate(tmp_path)
    # What bcrypt makes of the password.
    secret = "$2b$04$abcdefghijklmnopqrstuuCWc/X4ck5sURRWIZRYF26Sb6Tt3aH/G"
    config = tmp_path / "web.yml"
    config.write_text(
        json.dumps(
            {
                "tls_server_config": {"cert_file": str(trusted), "key_file": str(key)},
                "basic_auth_users": {"me": secret},
            }
        )
    )
    trusting = ssl.create_default_context(cafile=str(trusted))
    with pushgateway(tmp_path, f"--web.config.file={config}") as plain:
        addr = plain.replace("http:", "https:")
        push("j", addr, make_registry(), ssl=trusting, auth=("me", "s3cret:/@"))
        with_password = addr.replace("//", "//me:s3cret%3A%2F%40@")
        push("j", with_password, make_registry(), ssl=trusting)
        # It refuses without a look at the body, which is more than can be under way.
        big = Registry()
        Gauge("big", "x" * 8_000_000, registry=big).set(1)
        for registry in (make_registry(), big):
            with pytest.raises(PushError, match=r"401 Unauthorized.*auth= or headers=") as caught:
                push("j", addr, registry, ssl=trusting, auth=("me", "wrong"))
            assert caught.value.status == 401
        with pytest.raises(PushError, match=r"ssl\.create_default_context\(cafile=\.\.\.\)"):
            push("j", addr, make_registry())
        with pytest.raises(PushError, match="HTTP request to an HTTPS server"):
            push("j", plain, make_registry())
