"""Files of metrics for node_exporter: `write_to_textfile`, as prometheus_client has it."""

import os
import pathlib
import stat
import subprocess
import sys
import textwrap
import threading
from unittest import mock

import pytest

import aioprometheus
from aioprometheus import Counter, Gauge, Registry, render, textfile, write_to_textfile
from support.text_parser import values

METRICS = b"# HELP g d\n# TYPE g gauge\ng 17.5\n"


@pytest.fixture
def registry():
    registry = Registry()
    Gauge("g", "d", registry=registry).set(17.5)
    return registry


@pytest.fixture
def path(tmp_path):
    return tmp_path / "job.prom"


@pytest.fixture
def umask():
    before = os.umask(0o022)
    yield
    os.umask(before)


def _files(path):
    return sorted(one.name for one in path.parent.iterdir())


def test_where_it_is():
    assert aioprometheus.write_to_textfile is textfile.write_to_textfile
    assert "write_to_textfile" in aioprometheus.__all__


def _in_bytes(path):
    return os.fsencode(path)


@pytest.mark.parametrize("as_", [str, pathlib.Path, _in_bytes])
def test_a_file_is_written_and_replaced(registry, path, as_):
    assert write_to_textfile(as_(path), registry) is None
    assert path.read_bytes() == METRICS == render(registry)[0]
    registry.get("g").set(-1)
    write_to_textfile(as_(path), registry)
    assert path.read_bytes() == METRICS.replace(b"17.5", b"-1")
    assert _files(path) == ["job.prom"]


def test_an_empty_registry_makes_an_empty_file(path):
    write_to_textfile(path, Registry())
    assert path.read_bytes() == b""


def test_a_path_in_the_current_directory(registry, path, monkeypatch):
    monkeypatch.chdir(path.parent)
    write_to_textfile("job.prom", registry)
    assert path.read_bytes() == METRICS and _files(path) == ["job.prom"]


@pytest.mark.parametrize("letter", ["é", "計", "\N{BAR CHART}"])
def test_a_long_name(registry, tmp_path, letter):
    path = tmp_path / f"{letter * (250 // len(letter.encode()))}.prom"
    write_to_textfile(path, registry)
    assert path.read_bytes() == METRICS and _files(path) == [path.name]


@pytest.mark.skipif(os.name == "nt", reason="Windows has no umask")
@pytest.mark.parametrize("mask", [0o022, 0o077, 0o002, 0o000])
def test_the_permissions_are_those_of_a_new_file(registry, path, umask, mask):
    os.umask(mask)
    plain = path.with_name("plain")
    plain.touch()
    for _ in range(2):
        write_to_textfile(path, registry)
        assert path.stat().st_mode == plain.stat().st_mode
        assert stat.S_IMODE(path.stat().st_mode) == 0o666 & ~mask
        path.chmod(0o600)  # what is there is replaced, as a whole


def test_a_directory_for_the_temporary_file(registry, path, tmp_path):
    other = tmp_path / "other"
    with pytest.raises(FileNotFoundError):
        write_to_textfile(path, registry, tmpdir=other)
    assert not path.exists()
    other.mkdir()
    seen = []

    def replace(source, target):
        seen.append(os.path.dirname(source))
        os.rename(source, target)

    with mock.patch.object(os, "replace", replace):
        write_to_textfile(path, registry, tmpdir=other)
    assert seen == [str(other)] and path.read_bytes() == METRICS and list(other.iterdir()) == []


# --- What others see meanwhile


def test_the_temporary_file_is_none_of_node_exporter(registry, path):
    """It reads what ends in ``.prom``."""
    seen = []

    def fsync(descriptor):
        seen.extend(name for name in _files(path) if name != "job.prom")
        assert os.fstat(descriptor).st_size == len(METRICS)  # all of it, before it has its name
        assert not path.exists()

    with mock.patch.object(os, "fsync", fsync):
        write_to_textfile(path, registry)
    (name,) = seen
    assert name.startswith(".") and not name.endswith(".prom") and path.read_bytes() == METRICS


@pytest.mark.parametrize("step", ["fsync", "replace"])
@pytest.mark.parametrize(
    "error", [OSError(28, "No space left"), KeyboardInterrupt(), MemoryError()]
)
def test_a_failure_leaves_what_was_there(registry, path, step, error):
    path.write_bytes(b"before")
    with (
        mock.patch.object(os, step, side_effect=error),
        pytest.raises(type(error)) as caught,
    ):
        write_to_textfile(path, registry)
    assert caught.value is error
    assert path.read_bytes() == b"before" and _files(path) == ["job.prom"]


def test_what_cannot_be_removed_does_not_hide_the_failure(registry, path):
    with (
        mock.patch.object(os, "replace", side_effect=OSError(1, "first")),
        mock.patch.object(os, "unlink", side_effect=OSError(2, "second")),
        pytest.raises(OSError, match="first"),
    ):
        write_to_textfile(path, registry)


def test_a_directory_that_is_not_there(registry, tmp_path):
    with pytest.raises(FileNotFoundError):
        write_to_textfile(tmp_path / "none" / "job.prom", registry)
    assert list(tmp_path.iterdir()) == []


def test_a_directory_in_the_place_of_the_file(registry, tmp_path):
    (tmp_path / "job.prom").mkdir()
    with pytest.raises(OSError):
        write_to_textfile(tmp_path / "job.prom", registry)
    assert [one.name for one in tmp_path.iterdir()] == ["job.prom"]


def test_a_metric_that_fails_is_left_out(registry, path):
    class Failing(Gauge):
        def get_all(self):
            raise RuntimeError("no")

    Failing("failing", "d", registry=registry)
    write_to_textfile(path, registry)
    assert b"g 17.5\n" in path.read_bytes()
    assert b'aioprometheus_collector_errors_total{collector="failing"} 1\n' in path.read_bytes()


def test_a_metric_that_ends_the_program_leaves_nothing(registry, path):
    class Ending(Gauge):
        def get_all(self):
            raise SystemExit

    Ending("ending", "d", registry=registry)
    with pytest.raises(SystemExit):
        write_to_textfile(path, registry)
    assert _files(path) == []


@pytest.mark.parametrize("wrong", [None, 5, "x", Registry, Counter("c", "d", registry=Registry())])
def test_what_is_not_a_registry(path, wrong):
    path.write_bytes(b"before")
    with pytest.raises(Exception, match="registry must be a Registry, got: "):
        write_to_textfile(path, wrong)
    assert path.read_bytes() == b"before" and _files(path) == ["job.prom"]


def test_what_is_not_a_path(registry, path):
    with pytest.raises(TypeError) as caught:
        write_to_textfile(registry, path)
    assert "write_to_textfile(path, registry)" in "\n".join(caught.value.__notes__)
    for wrong in (None, 5, ["x"]):
        with pytest.raises(TypeError):
            write_to_textfile(wrong, registry)
    with pytest.raises(TypeError, match="registry"):
        write_to_textfile(path)


# --- At once


def test_threads_write_one_file(path):
    registry = Registry()
    counters = [Counter(f"c{number}", "d", registry=registry, initial=0) for number in range(50)]
    write_to_textfile(path, registry)
    stop = threading.Event()
    failures = []

    def write():
        while not stop.is_set():
            try:
                write_to_textfile(path, registry)
            except BaseException as error:  # to be seen by the test
                failures.append(error)
                return

    threads = [threading.Thread(target=write) for _ in range(4)]
    for thread in threads:
        thread.start()
    try:
        for _ in range(200):
            for counter in counters:
                counter.inc()
            content = path.read_bytes()
            assert len(values(content)) == len(counters)
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    assert failures == [] and _files(path) == ["job.prom"]


def test_processes_write_one_file(path):
    program = """
        import sys
        from aioprometheus import Gauge, Registry, write_to_textfile

        registry = Registry()
        gauge = Gauge("g", "d", registry=registry)
        for number in range(100):
            gauge.set({"who": sys.argv[2]}, number)
            write_to_textfile(sys.argv[1], registry)
    """
    command = [sys.executable, "-W", "error", "-c", textwrap.dedent(program), str(path)]
    writers = [subprocess.Popen([*command, str(number)]) for number in range(3)]
    while any(writer.poll() is None for writer in writers):
        if path.exists():
            assert len(values(path.read_bytes())) == 1
    assert [writer.returncode for writer in writers] == [0, 0, 0]
    assert _files(path) == ["job.prom"]
    ((_, labels),) = values(path.read_bytes())
    assert values(path.read_bytes()) == {("g", labels): "99"}


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork")
def test_a_process_that_is_killed_leaves_the_file(registry, path):
    path.write_bytes(b"before")
    child = os.fork()
    if child == 0:
        os.fsync = lambda descriptor: os._exit(0)  # as if it were killed here
        try:
            write_to_textfile(path, registry)
        finally:
            os._exit(1)
    assert os.waitpid(child, 0)[1] == 0
    assert path.read_bytes() == b"before"
    assert [name for name in _files(path) if name.endswith(".prom")] == ["job.prom"]
    write_to_textfile(path, registry)
    assert path.read_bytes() == METRICS
