"""Labels for a type checker: dicts, mappings and typed dicts, wherever labels are taken."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

PROGRAM = """
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, TypedDict

from aioprometheus import (
    Counter, Enum, Gauge, Histogram, Info, MetricsMiddleware, Registry, Summary,
)
from aioprometheus import count_exceptions, inprogress, timer


async def application(scope: Any, receive: Any, send: Any) -> None: ...


class Labels(TypedDict):
    method: str
    path: str


typed: Labels = {"method": "GET", "path": "/"}
mapping: Mapping[str, str] = MappingProxyType({"method": "GET", "path": "/"})
plain = {"method": "GET", "path": "/"}
mixed: dict[str, object] = {"method": "GET", "path": 1}


def use(labels: LABELS) -> None:
    registry = Registry()
    counter = Counter("a_total", "d", labels, registry)
    counter.inc(labels)
    counter.inc(labels, 2)
    counter.inc(labels, exemplar=labels)
    counter.add(labels, 1)
    counter.set(labels, 5)
    counter.labels(labels).inc()
    counter.get(labels)
    counter.get_value(labels)
    counter.set_value(labels, 6)
    gauge = Gauge("b", "d", const_labels=labels, registry=registry)
    gauge.set(labels, 1)
    gauge.inc(labels)
    gauge.dec(labels, 1)
    gauge.sub(labels, 1)
    gauge.set_to_current_time(labels)
    histogram = Histogram("c", "d", labels, registry)
    histogram.observe(labels, 0.5)
    histogram.observe(labels, 0.5, exemplar=labels)
    summary = Summary("e", "d", labels, registry)
    summary.observe(labels, 0.5)
    Info("f", "d", labels, registry).info(labels, {"version": "1"})
    Info("g", "d", registry=registry).info(labels)
    Enum("h", "d", labels, registry, states=["a"]).state(labels, "a")
    MetricsMiddleware(application, registry, const_labels=labels)

    @timer(histogram, labels)
    @inprogress(gauge, labels)
    @count_exceptions(counter, labels)
    def handler() -> None: ...

    handler()


use(VALUE)


def refused(counter: Counter) -> None:
    # With --strict, a comment that ignores no error is one.
    counter.inc("GET")  # type: ignore[call-overload]
    counter.inc({1: "GET"})  # type: ignore[dict-item]
    Counter("b_total", "d", ["method"])  # type: ignore[arg-type]
"""

USES = [
    ("Labels", "typed"),
    ("Mapping[str, str]", "mapping"),
    ("dict[str, str]", "plain"),
    ("dict[str, object]", "mixed"),
]


def test_labels_type_check_and_run(tmp_path: Path) -> None:
    head, use = PROGRAM.split("def use", 1)
    body, refused = use.split("use(VALUE)")
    code = head + refused
    for number, (labels, value) in enumerate(USES):
        code += f"\n\ndef use{number}{body}".replace("LABELS", labels) + f"use{number}({value})\n"
    program = tmp_path / "program.py"
    program.write_text(code, "utf-8")
    for command in (["-m", "mypy", "--strict"], ["-W", "error"]):
        ran = subprocess.run(
            [sys.executable, *command, str(program)],
            capture_output=True,
            text=True,
            cwd=tmp_path,
            check=False,
        )
        assert ran.returncode == 0, ran.stdout + ran.stderr
