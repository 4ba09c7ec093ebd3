"""What type checkers make of constructor arguments of every kind, and of classes with overrides."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

PROGRAM = """
import enum
import math
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

from aioprometheus import (
    Buckets, Counter, CounterFamily, Enum, Gauge, GaugeFamily, Histogram, Info, Registry, Summary,
    render,
)
from aioprometheus.collectors import Collector

LABELS = {"team": "a"}
registry = Registry(
    prefix="f_", const_labels=LABELS, max_series=9, on_duplicate="reuse", target_info=LABELS
)
registry = Registry(max_series=math.inf)
registry.prefix, registry.const_labels, registry.max_series = "f_", {"team": "a"}, 5
registry.on_duplicate = "error"


class State(enum.Enum):
    UP = "up"
    DOWN = "down"


Collector("a", "d", LABELS, registry, labelnames=["x"], unit=None, max_series=2)
Collector("b", "d", namespace="n", subsystem="s", initial=1)
Counter("c_bytes", "d", const_labels=LABELS, registry=registry, labelnames=("x",), unit="bytes")
Counter("e", "d", max_series=math.inf, namespace="n", subsystem="s", initial=Decimal(1))
Gauge("f_seconds", "d", LABELS, registry, labelnames={"x"}, unit="seconds", max_series=2)
Gauge("g", "d", namespace="n", subsystem="s", initial=Fraction(1, 2))
Summary("h_seconds", "d", LABELS, registry, [(0.5, 0.1)], labelnames=["x"], unit="seconds")
Summary("i", "d", max_series=2, namespace="n", subsystem="s", initial=0, quantiles={0.5: 0.1})
Histogram("j_seconds", "d", LABELS, registry, [1, 2.5], labelnames=["x"], unit="seconds")
Histogram("k", "d", max_series=2, namespace="n", subsystem="s", initial=0, buckets=(1, 2))
Histogram("l", "d", buckets=Buckets.linear(1, 2, 3))
Histogram(
    "m", "d", native=True, native_factor=1.1, max_buckets=10, min_reset_duration=timedelta(hours=1),
    zero_threshold=0.1, max_zero_threshold=1, buckets=[],
)
Info("n", "d", LABELS, registry, labelnames=["x"], max_series=2, namespace="n", subsystem="s")
Info("o", "d", initial={"version": "1.0"})
Info("p", "d", initial={"version": 1, "built": "now"})
Enum("q", "d", LABELS, registry, states=["a", "b"], labelnames=["x"], max_series=2, label="s")
Enum("r", "d", namespace="n", subsystem="s", initial="b", states=["a", "b"])
Enum("s", "d", initial=State.UP, states=State)


class Database(Gauge):
    async def get_all(self) -> list[tuple[dict[str, str], float]]:
        return [({}, 5)]


class Streamed(Counter):
    def get_all(self) -> Iterator[tuple[dict[str, str], int]]:
        yield {}, 5


class Stored(Gauge):
    def __init__(self, name: str) -> None:
        super().__init__(name, "d")
        self.store: dict[str, float] = {}

    def get_all(self) -> list[tuple[dict[str, str], float]]:
        return [({"key": key}, value) for key, value in self.store.items()]

    def get(self, labels: Any = None) -> float:
        return self.store[labels["key"]]

    def get_value(self, labels: Any = None) -> float:
        return self.store[labels["key"]]

    def set_value(self, labels: Any, value: float) -> None:
        self.store[labels["key"]] = value

    def add(self, labels: Any = None, value: Any = None) -> None:
        self.store[labels["key"]] += value


class AlsoObserved(Histogram):
    def observe(self, labels: Any = None, value: Any = None, **options: Any) -> None:
        super().observe(labels, value, **options)

    def get(self, labels: Any = None) -> dict[float | str, int | float]:
        return super().get(labels)


class Facts(Info):
    def get(self, labels: Any = None) -> dict[str, str]:
        return {"version": "1"}

    async def get_all(self) -> list[tuple[dict[str, str], dict[str, str]]]:
        return [({}, {"version": "1"})]


class Several(Registry):
    def __init__(self, label: str) -> None:
        super().__init__(const_labels={"label": label})


class Plain:
    def collect(self) -> Iterator[GaugeFamily]:
        yield GaugeFamily("t", "d", value=1)


class Async:
    async def collect(self) -> list[CounterFamily]:
        return [CounterFamily("u_total", "d", value=1)]


class AsyncGenerator:
    async def collect(self) -> AsyncIterator[CounterFamily | Gauge]:
        yield CounterFamily("v_total", "d", value=1)
        yield Gauge("w", "d", registry=Registry())


for collector in (Plain(), Async(), AsyncGenerator()):
    registry.register(collector, timeout=0.5)
registry.register(Database("x", "d", registry=Registry(), initial=1), timeout=1)
view = Several("a").restricted(["a"])
content, headers = render([Several("a"), view])

reported: list[tuple[dict[str, str], Any]] = Gauge("y", "d").get_all()
for labels, value in Counter("z_total", "d").get_all():
    labels["a"], value + 1
"""

MISTAKES = """
Info("ma", "d", initial=5)  # type: ignore[arg-type]
Gauge("mb", "d", initial={"version": "1.0"})  # type: ignore[arg-type]
Gauge("mc", "d").get_all().join()  # type: ignore[union-attr]
wrong: int = Gauge("md", "d").get_all()  # type: ignore[assignment]
registry.register(5)  # type: ignore[arg-type]
"""


def run(path: Path, *command: str) -> None:
    ran = subprocess.run(
        [sys.executable, *command, path.name],
        capture_output=True,
        text=True,
        cwd=path.parent,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr


def test_programs_type_check(tmp_path: Path) -> None:
    # With --strict, a comment that ignores no error is one.
    (tmp_path / "program.py").write_text(PROGRAM + MISTAKES, "utf-8")
    run(tmp_path / "program.py", "-m", "mypy", "--strict")


def test_programs_run(tmp_path: Path) -> None:
    (tmp_path / "program.py").write_text(PROGRAM, "utf-8")
    run(tmp_path / "program.py", "-W", "error")
