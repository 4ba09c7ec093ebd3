"""What the translated tests of prometheus_client share."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from typing import Any

from prometheus_client.parser import text_string_to_metric_families as parse

from aioprometheus import (
    render,
)

Value = Callable[..., "float | None"]
OPENMETRICS = "application/openmetrics-text; version=1.0.0"
BOUNDS = ["1.0", "2.5", "5.0", "+Inf"]
UTF8 = "text/plain; version=1.0.0; escaping=allow-utf-8"
JUNK: list[Any] = [None, "", "x", [], {}]
TOO_LONG = {
    "abcdefghijklmnopqrstuvwxyz": "26+16 characters",
    "x1234567": "8+15 characters",
    "zyxwvutsrqponmlkjihgfedcba": "26+16 characters",
    "y123456": "7+15 characters",
}


def samples(registry: Any) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
    """What a registry exposes, by name and labels."""
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in parse(render(registry)[0].decode())
        for sample in family.samples
    }


def exposed(registry: Any, accept: str | None = None) -> str:
    return render(registry, accept)[0].decode()


def created(text: str) -> float:
    (found,) = re.findall(r"^c_created ([0-9.]+)$", text, re.MULTILINE)
    return float(found)


class Collecting:
    def __init__(self, *families: Any) -> None:
        self.families = families

    def collect(self) -> list[Any]:
        return list(self.families)


def parameters(function: Any) -> list[str]:
    """Of `inspect.signature`: `getfullargspec`, which is asked there, sees the wrapper here."""
    return list(inspect.signature(function).parameters)
