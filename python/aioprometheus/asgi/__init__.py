"""Integrations for ASGI applications: a middleware, and handlers that answer scrapes."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .app import make_asgi_app as make_asgi_app


def __getattr__(name: str) -> Any:
    if name == "middleware":
        return import_module(f"{__name__}.middleware")
    if name == "make_asgi_app":
        return import_module(f"{__name__}.app").make_asgi_app
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), "make_asgi_app", "middleware"})
