"""Notes on exceptions (PEP 678): what helps, beside a message that programs compare."""

from __future__ import annotations

from typing import Any, TypeVar

E = TypeVar("E", bound=BaseException)


def noted(error: E, note: str) -> E:
    """Return the exception with a note, which tracebacks show from Python 3.11 on."""
    if hasattr(error, "add_note"):
        error.add_note(note)
    else:  # Python 3.10
        error.__notes__ = [*getattr(error, "__notes__", ()), note]  # type: ignore[attr-defined]
    return error


def absent(error: ImportError, name: str) -> None:
    """Add to the exception of an import how to install what is absent, if it is that.

    :param name: the name of the package, which is that of the extra, too.
    """
    if error.name is not None and error.name.partition(".")[0] == name:
        noted(
            error,
            f"`pip install {name}`, or install this package from its repository with the extra: "
            f"`pip install '.[{name}]'`",
        )


def wrong_registry(error: E, got: Any, where: str = "registry=") -> E:
    """Return the exception with a note that says what is wanted in place of what is no registry.

    :param where: the parameter or attribute that has it.
    """
    if isinstance(got, type):
        advice = f"this is a class, an object of it is meant: {got.__name__}()"
    else:
        advice = f"{where} takes the object that holds the metrics: REGISTRY, or a Registry()"
        if hasattr(got, "const_labels"):
            advice += " that the metric is registered in"
    return noted(error, advice)
