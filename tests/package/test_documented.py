"""Documentation of the package's Python modules: every public name and parameter has one.

The built module has tests of its own, in test_stub.py.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import aioprometheus
from tools.stub_docstrings import is_docstring

PACKAGE = Path(__file__).resolve().parents[2] / "python" / "aioprometheus"
MODULES = sorted(PACKAGE.rglob("*.py"))

# Internal modules, whose parameters need not be documented.
INTERNAL = (
    "asgi/candidates.py",
    "asgi/counters.py",
    "asgi/exchange.py",
    *(f"asgi/frameworks/{name}.py" for name in ("blacksheep", "channels", "django", "falcon")),
    *(f"asgi/frameworks/{name}.py" for name in ("litestar", "quart")),
    "asgi/exceptions.py",
    "asgi/nested.py",
    "asgi/route.py",
    "asgi/template.py",
    "constructors.py",
    *(f"dashboard/{name}.py" for name in ("grafana", "kinds", "layout", "panel", "process", "red")),
    "dashboard/subsystems.py",
    "failure.py",
    "http/owner.py",
    "loop.py",
    "note.py",
    *(f"queries/{name}.py" for name in ("http", "process", "promql", "subject", "units")),
    *(f"rules/{name}.py" for name in ("process", "requests")),
    "timing/span.py",
    *(f"cli/{path.name}" for path in MODULES if path.parent.name == "cli"),
)

FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
Function = ast.FunctionDef | ast.AsyncFunctionDef


def is_public(name: str) -> bool:
    return not name.startswith("_")


def parameters(function: Function) -> list[str]:
    arguments = function.args
    some = [*arguments.posonlyargs, *arguments.args, arguments.vararg, *arguments.kwonlyargs]
    names = [argument.arg for argument in (*some, arguments.kwarg) if argument is not None]
    return [name for name in names if is_public(name) and name not in ("self", "cls")]


def undocumented_parameters(function: Function, documentation: str) -> list[str]:
    documented = re.findall(r"^\s*:param (\w+):", documentation, re.MULTILINE)
    return [name for name in parameters(function) if name not in documented]


def assigned(node: ast.stmt) -> str | None:
    """Return the name that a statement gives to a value, if readers meet it."""
    if isinstance(node, ast.AnnAssign):
        target = node.target
    elif isinstance(node, ast.Assign):
        target = node.targets[0]
    else:
        return None
    if not isinstance(target, ast.Name) or not is_public(target.id):
        return None
    made_by = node.value.func if isinstance(node.value, ast.Call) else None
    # Loggers and type variables are internal to the module.
    internal = made_by is not None and ast.unparse(made_by) in ("logging.getLogger", "TypeVar")
    return None if internal else target.id


# Attributes that subclasses of a formatter set, and that the base class documents.
inherited = ("content_type", "format")


def lacks(body: list[ast.stmt], where: str, documentation: str = "") -> Iterator[str]:
    """Yield what is not documented in the body of a module or class."""
    for node, after in zip(body, [*body[1:], None], strict=True):
        name = assigned(node)
        if name is not None and not is_docstring(after):
            if name not in inherited:
                yield f"{where}.{name}"
        elif isinstance(node, ast.ClassDef) and is_public(node.name):
            text = ast.get_docstring(node) or ""
            if not text:
                yield f"{where}.{node.name}"
            yield from lacks(node.body, f"{where}.{node.name}", text)
        elif isinstance(node, Function) and node.name == "__init__":
            text = documentation + "\n" + (ast.get_docstring(node) or "")
            for name in undocumented_parameters(node, text):
                yield f"{where}(..., {name})"
        elif isinstance(node, Function) and is_public(node.name):
            if any(ast.unparse(item).endswith(".setter") for item in node.decorator_list):
                continue
            text = ast.get_docstring(node) or ""
            if not text:
                yield f"{where}.{node.name}"
            for name in undocumented_parameters(node, text):
                yield f"{where}.{node.name}(..., {name})"


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_public_names_are_documented(path: Path) -> None:
    tree = ast.parse(path.read_text("utf-8"))
    assert ast.get_docstring(tree)
    found = list(lacks(tree.body, path.stem))
    if str(path.relative_to(PACKAGE)) in INTERNAL:
        classes_and_functions = [
            node.name for node in ast.walk(tree) if isinstance(node, (*FUNCTIONS, ast.ClassDef))
        ]
        found = [name for name in found if name.rpartition(".")[2] in classes_and_functions]
    assert found == []


def test_what_is_not_documented_is_found() -> None:
    code = (
        'def f(a, *b, _c):\n  """F.\n\n  :param a: it\n  """\nX = 1\nclass C:\n  def g(self): ...\n'
    )
    assert list(lacks(ast.parse(code).body, "m")) == ["m.f(..., b)", "m.X", "m.C", "m.C.g"]


def test_public_names_are_those_of_documented_modules() -> None:
    modules = {"_core"} | {name for path in MODULES for name in (path.stem, path.parent.name)}
    for name in aioprometheus.__all__:
        module = getattr(getattr(aioprometheus, name), "__module__", "aioprometheus.collectors")
        assert module.rpartition(".")[2] in modules
