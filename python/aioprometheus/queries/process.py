"""The metrics of the process and of its event loop."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from .subject import Subject

CPU = "process_cpu_seconds_total"
RESIDENT = "process_resident_memory_bytes"
VIRTUAL = "process_virtual_memory_bytes"
START = "process_start_time_seconds"
OPEN_FILES = "process_open_fds"
MOST_FILES = "process_max_fds"
THREADS = "process_threads"

GC_RUNS = "python_gc_collections_total"
GC_COLLECTED = "python_gc_objects_collected_total"
GC_UNCOLLECTABLE = "python_gc_objects_uncollectable_total"
PYTHON = "python_info"

LAG = "asyncio_loop_lag_seconds"
PENDING_LAG = "asyncio_loop_pending_lag_seconds"
STALLS = "asyncio_loop_stalls_total"
TASKS = "asyncio_tasks"
EXECUTOR_THREADS = "asyncio_executor_threads"
EXECUTOR_QUEUE = "asyncio_executor_queue_length"


def find(subjects: Sequence[Subject], *names: str) -> Mapping[str, Subject]:
    """Return those of some metrics that there are, by name.

    :param subjects: All families.
    :param names: The names.
    """
    known = {subject.name: subject for subject in subjects}
    return {name: known[name] for name in names if name in known}
