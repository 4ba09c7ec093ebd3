"""Expositions made alike: the text of families of which names, kinds and labels are known."""

from __future__ import annotations

import re
from pathlib import Path

FOLDER = Path(__file__).parents[1] / "linting" / "expositions"

KINDS = {"c": "counter", "g": "gauge", "h": "histogram", "s": "summary", "u": "untyped"}


def exporters() -> dict[str, bytes]:
    """Return the text of each program in ``expositions/alike.txt`` by its name."""
    text = (FOLDER / "alike.txt").read_text()
    parts = re.split(r"^\[(.*)\]$", text, flags=re.MULTILINE)[1:]
    return {
        name: "".join(map(family, filter(None, lines.splitlines()))).encode()
        for name, lines in zip(parts[::2], parts[1::2], strict=True)
    }


def family(line: str) -> str:
    """Return the lines of one family, with two series if it has labels."""
    name, kind, *rest = line.split()
    labels = next((words.split(",") for words in rest if words != "!"), [])
    lines = [] if "!" in rest else [f"# HELP {name} What {' and '.join(labels) or 'it'} did here."]
    lines.append(f"# TYPE {name} {KINDS[kind]}")
    for number in range(2 if labels else 1):
        pairs = [f'{label}="{label[:3]}{"ab"[number]}"' for label in labels]
        lines += series(name, kind, pairs, number + 3)
    return "".join(f"{line}\n" for line in lines)


def series(name: str, kind: str, pairs: list[str], value: int) -> list[str]:
    """Return the samples of a series."""

    def sample(suffix: str, own: list[str], number: float) -> str:
        both = ",".join([*pairs, *own])
        return f"{name}{suffix}{{{both}}} {number}" if both else f"{name}{suffix} {number}"

    if kind == "h":
        points = [sample("_bucket", [f'le="{bound}"'], value) for bound in ("0.5", "2.5")]
        points = [*points[:1], *points[1:], sample("_bucket", ['le="+Inf"'], value + 1)]
        return [*points, sample("_sum", [], 2.5), sample("_count", [], value + 1)]
    if kind == "s":
        point = sample("", ['quantile="0.5"'], 0.25)
        return [point, sample("_sum", [], 2.5), sample("_count", [], value)]
    return [sample("", [], value)]
