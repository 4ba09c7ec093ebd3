"""A program that writes the docstrings of the built module into its stub, for editors.

    python tests/tools/stub_docstrings.py

The doc comments of the Rust code are the source. An object without a docstring at run time, such as
a class attribute that is a plain value, keeps its docstring in the stub.
"""

from __future__ import annotations

import ast
import inspect
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import GetSetDescriptorType
from typing import Any

from aioprometheus import _core

STUB = Path(__file__).resolve().parents[2] / "python" / "aioprometheus" / "_core.pyi"

Function = ast.FunctionDef
#: A range of lines, counted from 0 and without its end, and the lines that replace it.
Edit = tuple[int, int, list[str]]


def with_docstrings(stub: str) -> str:
    """Return a stub with the docstrings that the built module has now."""
    lines = stub.splitlines()
    for first, last, new in sorted(edits(stub, lines), reverse=True):
        lines[first:last] = new
    return formatted("\n".join(lines) + "\n")


def formatted(code: str) -> str:
    command = [sys.executable, "-m", "ruff", "format", "--stdin-filename", str(STUB), "-"]
    return subprocess.run(command, input=code, text=True, capture_output=True, check=True).stdout


def edits(stub: str, lines: list[str]) -> Iterator[Edit]:
    module = ast.parse(stub)
    yield from edits_of_body(module.body, vars(_core), lines)
    for node in module.body:
        if isinstance(node, ast.ClassDef):
            cls = getattr(_core, node.name)
            yield from edits_of_body(node.body, vars(cls), lines)
            yield class_edit(node, cls.__doc__, lines)


def edits_of_body(body: list[ast.stmt], names: Any, lines: list[str]) -> Iterator[Edit]:
    """Yield the edits of the functions, properties and attributes that are defined here."""
    seen = set()
    for index, node in enumerate(body):
        if isinstance(node, Function):
            # The first of several overloads has the docstring, which editors show for all of them.
            is_first = node.name not in seen
            seen.add(node.name)
            yield function_edit(node, docstring(node.name, names) if is_first else None, lines)
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            after = body[index + 1] if index + 1 < len(body) else None
            name = node.target.id
            # An attribute that is a plain value at run time has no docstring of its own.
            if isinstance(names.get(name), GetSetDescriptorType):
                yield attribute_edit(node, after, docstring(name, names), lines)


def docstring(name: str, names: Any) -> str | None:
    """Return the docstring of what has a name here; None for what is inherited, or private."""
    found = None if name.startswith("__") else names.get(name)
    if found is None:
        return None
    # What wraps a static method has the docstring of all static methods.
    return getattr(getattr(found, "__func__", found), "__doc__", None)


def quoted(text: str, indent: int) -> list[str]:
    """Return the lines of a docstring."""
    lines = inspect.cleandoc(text).splitlines()
    lines = ['"""' + lines[0], *lines[1:]]
    if len(lines) > 1:
        lines.append('"""')
    else:
        lines[-1] += '"""'
    return [" " * indent + line if line else "" for line in lines]


def function_edit(node: Function, text: str | None, lines: list[str]) -> Edit:
    head, body = node.lineno - 1, node.body[0]
    signature = "\n".join(lines[head : body.lineno])
    behind = len(lines[body.lineno - 1]) - body.col_offset
    signature = signature[: len(signature) - behind].rstrip()
    if text is None:
        new = f"{signature} ...".splitlines()
    else:
        new = [*signature.splitlines(), *quoted(text, node.col_offset + 4)]
    assert node.end_lineno is not None
    return head, node.end_lineno, new


def attribute_edit(
    node: ast.AnnAssign, after: ast.stmt | None, text: str | None, lines: list[str]
) -> Edit:
    last = node if not is_docstring(after) else after
    assert last is not None and last.end_lineno is not None
    declaration = lines[node.lineno - 1 : node.end_lineno]
    return node.lineno - 1, last.end_lineno, [*declaration, *quoted(text or "", node.col_offset)]


def class_edit(node: ast.ClassDef, text: str | None, lines: list[str]) -> Edit:
    first = node.body[0]
    new = quoted(text or "", node.col_offset + 4)
    if is_docstring(first):
        assert first.end_lineno is not None
        return first.lineno - 1, first.end_lineno, new
    # Decorators stand above the line of a function.
    line = min([first.lineno, *(item.lineno for item in getattr(first, "decorator_list", []))]) - 1
    return line, line, new


def is_docstring(node: ast.stmt | None) -> bool:
    return (
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    )


if __name__ == "__main__":
    STUB.write_text(with_docstrings(STUB.read_text("utf-8")), "utf-8")
