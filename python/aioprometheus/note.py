"""Notes on exceptions (PEP 678): advice that leaves the message as it is for programs."""

from __future__ import annotations

from types import FunctionType, MethodType
from typing import Any, TypeVar

E = TypeVar("E", bound=BaseException)


def noted(error: E, note: str) -> E:
    """Return the exception with a note, which tracebacks show from Python 3.11 on."""
    if hasattr(error, "add_note"):
        error.add_note(note)
    else:  # Python 3.10
        error.__notes__ = [*getattr(error, "__notes__", ()), note]  # type: ignore[attr-defined]
    return error


def no_attribute(owner: object, name: str) -> AttributeError:
    """Return the exception that Python itself raises for an attribute that is not there."""
    words = f"{type(owner).__name__!r} object has no attribute {name!r}"
    return AttributeError(words, name=name, obj=owner)


def absent(error: ImportError, name: str) -> None:
    """Add to a failed import how to install the package, if that is what is missing.

    :param error: The exception of the import.
    :param name: The name of the package, and of the extra that installs it.
    """
    if error.name is not None and error.name.partition(".")[0] == name:
        noted(
            error,
            f"`pip install {name}`, or install this package from its repository with the extra: "
            f"`pip install '.[{name}]'`",
        )


def wrong_registry(error: E, got: Any, where: str = "registry=") -> E:
    """Return the exception with a note for an object that is not a registry.

    :param error: The exception.
    :param got: The object.
    :param where: The parameter or attribute that has it.
    """
    if isinstance(got, type):
        advice = f"this is a class, an object of it is meant: {got.__name__}()"
    elif isinstance(got, (FunctionType, MethodType)):
        advice = (
            "this is a function; app.add_middleware(MetricsMiddleware, ...) adds the middleware"
        )
    elif isinstance(got, int) and where == "registry=":
        advice = f"a number may be the port: give it to start(port={got})"
    else:
        advice = f"{where} takes the object that holds the metrics: REGISTRY, or a Registry()"
        if hasattr(got, "const_labels"):
            advice += " that the metric is registered in"
    return noted(error, advice)
