"""The collector of a process: beside that of prometheus_client, and where things are missing."""

import gc
import math
import os
import subprocess
import sys

import prometheus_client
import pytest

from aioprometheus import Registry, render
from aioprometheus.runtime import ProcessCollector
from tests.support.runtime import samples_of, values

NAMES = {
    "process_cpu_seconds_total",
    "process_max_fds",
    "process_open_fds",
    "process_resident_memory_bytes",
    "process_start_time_seconds",
    "process_virtual_memory_bytes",
}

linux = pytest.mark.skipif(sys.platform != "linux", reason="read from /proc")


def theirs(**parameters):
    """What the collector of prometheus_client says, as our reader reads it."""
    registry = prometheus_client.CollectorRegistry()
    prometheus_client.ProcessCollector(registry=registry, **parameters)
    text = prometheus_client.generate_latest(registry).decode()
    return {name: value for (name, _), value in samples_of(text).items()}


@linux
def test_names_and_values_are_those_of_prometheus_client():
    ours = ProcessCollector()
    # Memory and time go on between two readings, so each value lies between two of the others.
    before, here, after = theirs(), values(ours), theirs()
    assert here.keys() == before.keys() == NAMES
    for name in ("process_cpu_seconds_total",):
        assert before[name] <= here[name] <= after[name]
    for name in ("process_start_time_seconds", "process_max_fds", "process_open_fds"):
        assert before[name] == here[name] == after[name]
    for name in ("process_resident_memory_bytes", "process_virtual_memory_bytes"):
        assert here[name] % os.sysconf("SC_PAGESIZE") == 0
        assert here[name] == pytest.approx(before[name], rel=0.5)


@linux
def test_kinds_are_those_of_prometheus_client():
    kinds = {family.name: family.type for family in ProcessCollector().collect()}
    registry = prometheus_client.CollectorRegistry()
    prometheus_client.ProcessCollector(registry=registry)
    for family in registry.collect():
        name = f"{family.name}_total" if family.type == "counter" else family.name
        assert kinds.pop(name) == family.type
    assert kinds == {}


@linux
def test_what_the_process_uses_is_seen(tmp_path):
    collector = ProcessCollector()
    before = values(collector)
    with (tmp_path / "file").open("w"):
        assert values(collector)["process_open_fds"] == before["process_open_fds"] + 1
    block = bytearray(50_000_000)
    block[:: os.sysconf("SC_PAGESIZE")] = b"x" * len(block[:: os.sysconf("SC_PAGESIZE")])
    grown = values(collector)
    assert grown["process_virtual_memory_bytes"] > before["process_virtual_memory_bytes"]
    assert grown["process_resident_memory_bytes"] >= 50_000_000
    del block
    while values(collector)["process_cpu_seconds_total"] == before["process_cpu_seconds_total"]:
        gc.collect()


@linux
def test_another_process():
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as other:
        for pid in (other.pid, str(other.pid), lambda: f" {other.pid}\n"):
            here = values(ProcessCollector(pid=pid))
            expected = theirs(pid=lambda: other.pid)
            start = "process_start_time_seconds"
            assert here.keys() == NAMES
            assert here[start] == expected[start] > values(ProcessCollector())[start]
        assert other.stdin is not None
        other.stdin.close()
    assert values(ProcessCollector(pid=other.pid)) == {}


@linux
def test_the_child_of_a_fork_answers_for_itself():
    collector = ProcessCollector()
    reader, writer = os.pipe()
    pid = os.fork()
    if pid == 0:
        start = values(collector)["process_start_time_seconds"]
        own = values(ProcessCollector(pid=os.getpid()))["process_start_time_seconds"]
        os.write(writer, b"own" if start == own else b"other")
        os._exit(0)
    os.waitpid(pid, 0)
    assert os.read(reader, 100) == b"own"
    os.close(reader)
    os.close(writer)


def test_where_proc_is_missing_nothing_is_exposed(tmp_path):
    registry = Registry()
    ProcessCollector(proc=tmp_path / "missing", registry=registry)
    assert render(registry)[0] == b""


FIELDS = "R 1 2 3 4 5 6 7 8 9 10 150 25 13 14 15 16 17 18 1000 8192 3 19"


def make_proc(folder, stat=f"7 (a b) {FIELDS}", limits="Max open files  64  128  files\n", boot=5):
    process = folder / "7"
    (process / "fd").mkdir(parents=True)
    for name in ("0", "1", "2"):
        (process / "fd" / name).touch()
    (process / "stat").write_text(stat)
    (process / "limits").write_text(limits)
    (folder / "stat").write_text(f"cpu 1 2 3\nbtime {boot}\n")
    return folder


@linux
def test_the_files_of_proc(tmp_path):
    ticks, page = os.sysconf("SC_CLK_TCK"), os.sysconf("SC_PAGESIZE")
    assert values(ProcessCollector(proc=make_proc(tmp_path), pid=7)) == {
        "process_cpu_seconds_total": 175 / ticks,
        "process_virtual_memory_bytes": 8192,
        "process_resident_memory_bytes": 3 * page,
        "process_start_time_seconds": 5 + 1000 / ticks,
        "process_open_fds": 3,
        "process_max_fds": 64,
    }


@linux
@pytest.mark.parametrize("name", [")", ") R 9 9 9", "(", "a\nb", ""])
def test_a_program_may_have_any_name(tmp_path, name):
    collector = ProcessCollector(proc=make_proc(tmp_path, stat=f"7 ({name}) {FIELDS}"), pid=7)
    assert values(collector)["process_virtual_memory_bytes"] == 8192


@linux
def test_a_part_that_is_hidden_costs_that_part_alone(tmp_path):
    collector = ProcessCollector(proc=make_proc(tmp_path, stat="7 (a) R"), pid=7)
    assert values(collector) == {"process_open_fds": 3, "process_max_fds": 64}
    (tmp_path / "7" / "limits").unlink()
    assert values(collector) == {"process_open_fds": 3}
    (tmp_path / "7" / "stat").write_text(f"7 (a) {FIELDS}")
    (tmp_path / "stat").unlink()
    hidden = {"process_start_time_seconds", "process_max_fds"}
    assert values(ProcessCollector(proc=tmp_path, pid=7)).keys() == NAMES - hidden


@linux
def test_no_limit_of_files_is_infinite(tmp_path):
    limits = "Max open files  unlimited  unlimited  files\n"
    collector = ProcessCollector(proc=make_proc(tmp_path, limits=limits), pid=7)
    assert values(collector)["process_max_fds"] == math.inf


@linux
def test_the_start_stays_when_the_clock_is_set(tmp_path):
    collector = ProcessCollector(proc=make_proc(tmp_path), pid=7)
    start = values(collector)["process_start_time_seconds"]
    (tmp_path / "stat").write_text("btime 1000\n")
    assert values(collector)["process_start_time_seconds"] == start


@linux
def test_a_namespace():
    collector = ProcessCollector(namespace="shop")
    assert values(collector).keys() == {f"shop_{name}" for name in NAMES}


def test_a_malformed_namespace_is_refused():
    with pytest.raises(ValueError, match="a b_process_cpu_seconds_total"):
        ProcessCollector(namespace="a b")


@linux
def test_it_registers_itself_where_that_is_said():
    registry = Registry()
    collector = ProcessCollector(registry=registry)
    assert collector in registry
    with pytest.raises(ValueError, match="registered already"):
        registry.register(collector)


@linux
def test_names_select(tmp_path):
    registry = Registry()
    calls = []
    ProcessCollector(pid=lambda: calls.append(1) or "self", registry=registry)
    body, _ = render(registry, names=["process_open_fds"])
    assert [name for name, _ in samples_of(body.decode())] == ["process_open_fds"]
    assert calls == [1]
    assert render(registry, names=["other"])[0] == b""
    assert calls == [1]  # `describe` has said that nothing is asked for
