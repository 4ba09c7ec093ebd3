"""Rules as YAML."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator

from .rule import Alert, Group, Record


def to_yaml(groups: Iterable[Group]) -> str:
    """Return rules as the file that Prometheus loads.

    :param groups: The groups, as ``aioprometheus.rules.make_rules`` makes them.
    """
    return "".join(f"{line}\n" for line in _lines(groups))


def _lines(groups: Iterable[Group]) -> Iterator[str]:
    yield "groups:"
    for group in groups:
        yield f"  - name: {_text(group.name)}"
        yield "    rules:"
        for rule in group.rules:
            yield from _record(rule) if isinstance(rule, Record) else _alert(rule)


def _record(rule: Record) -> Iterator[str]:
    yield f"      - record: {_text(rule.name)}"
    yield from _expression(rule.expression)
    if rule.labels:
        yield "        labels:"
        for name, value in sorted(rule.labels.items()):
            yield f"          {_text(name)}: {_text(value)}"


def _alert(rule: Alert) -> Iterator[str]:
    yield f"      - alert: {_text(rule.name)}"
    yield from _expression(rule.expression)
    yield f"        for: {_text(rule.wait)}"
    yield "        labels:"
    yield f"          severity: {_text(rule.severity)}"
    yield "        annotations:"
    yield f"          summary: {_text(rule.summary)}"
    yield f"          description: {_text(rule.description)}"


def _expression(expression: str) -> Iterator[str]:
    """An expression: a block, which is read as it stands."""
    lines = expression.split("\n")
    if not all(line.isascii() and line.isprintable() for line in lines):
        yield f"        expr: {_text(expression)}"
        return
    yield "        expr: |-"
    for line in lines:
        yield f"          {line}"


def _text(text: str) -> str:
    """A text in quotes, as JSON has them, and ASCII whatever the encoding of the output is."""
    quoted = json.dumps(text, ensure_ascii=False)
    return "".join(char if "~" >= char >= " " else _escaped(ord(char)) for char in quoted)


def _escaped(code: int) -> str:
    # YAML knows no pairs of surrogates, which JSON has.
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
