"""Integrations for ASGI applications: a middleware, and handlers that answer scrapes."""

from importlib import import_module
from typing import Any


def __getattr__(name: str) -> Any:
    if name == "middleware":
        return import_module(f"{__name__}.middleware")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), "middleware"})
