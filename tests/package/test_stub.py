"""The stub of the built module, from which editors show classes, methods and parameters."""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Iterator
from typing import NamedTuple

import pytest

from aioprometheus import _core
from tools.stub_docstrings import STUB, is_docstring, with_docstrings

CONSTRUCTORS = ("__init__", "__new__")
TEXT = STUB.read_text("utf-8")


class Function(NamedTuple):
    """A function or method of the stub; each overload is one."""

    name: str
    node: ast.FunctionDef
    cls: type | None

    @property
    def runtime(self) -> object:
        return getattr(self.cls or _core, self.node.name)

    @property
    def documentation(self) -> str:
        if self.node.name in CONSTRUCTORS:
            return self.cls.__doc__ or ""
        return self.runtime.__doc__ or ""

    @property
    def parameters(self) -> list[ast.arg]:
        arguments = self.node.args
        some = [*arguments.posonlyargs, *arguments.args, arguments.vararg, *arguments.kwonlyargs]
        named = [argument for argument in (*some, arguments.kwarg) if argument is not None]
        return named[1:] if self.cls else named


def functions() -> Iterator[Function]:
    for node in ast.parse(TEXT).body:
        if isinstance(node, ast.FunctionDef):
            yield Function(node.name, node, None)
        elif isinstance(node, ast.ClassDef):
            cls = getattr(_core, node.name)
            for member in node.body:
                if isinstance(member, ast.FunctionDef):
                    yield Function(f"{node.name}.{member.name}:{member.lineno}", member, cls)


FUNCTIONS = [
    function
    for function in functions()
    if not function.node.name.startswith("__") or function.node.name in CONSTRUCTORS
]


def test_stub_has_the_docstrings_of_the_module() -> None:
    assert with_docstrings(TEXT) == TEXT, "run: make stub"


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda function: function.name)
def test_function_and_its_parameters_are_documented(function: Function) -> None:
    assert function.documentation.strip()
    documented = set(re.findall(r"^:param (\w+):", function.documentation, re.MULTILINE))
    if not inspect.isgetsetdescriptor(function.runtime):
        assert {parameter.arg for parameter in function.parameters} <= documented


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda function: function.name)
def test_parameters_are_those_of_the_module(function: Function) -> None:
    """Every overload by itself, since stubtest merges them."""
    if inspect.isgetsetdescriptor(function.runtime):
        return
    arguments = function.node.args
    positional = {parameter.arg for parameter in arguments.posonlyargs}
    by_name = {parameter.arg for parameter in function.parameters} - positional
    is_constructor = function.node.name in CONSTRUCTORS
    runtime = inspect.signature(function.cls if is_constructor else function.runtime)
    assert by_name <= set(runtime.parameters)


def attributes() -> Iterator[tuple[str, bool]]:
    """Yield the attributes of classes, and whether a docstring follows."""
    for node in ast.parse(TEXT).body:
        if isinstance(node, ast.ClassDef):
            for member, after in zip(node.body, [*node.body[1:], None], strict=True):
                if isinstance(member, ast.AnnAssign):
                    yield f"{node.name}.{ast.unparse(member.target)}", is_docstring(after)


def test_attributes_are_documented() -> None:
    found = dict(attributes())
    assert "Collector.name" in found
    assert [name for name, documented in found.items() if not documented] == []


def test_classes_are_documented() -> None:
    classes = [node.name for node in ast.parse(TEXT).body if isinstance(node, ast.ClassDef)]
    assert "Counter" in classes
    assert [name for name in classes if not getattr(_core, name).__doc__] == []
