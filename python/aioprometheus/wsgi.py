"""A WSGI application that answers scrapes: for Flask, Django, and every other."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from .collectors import Registry, get_registry
from .handler import FAILED, METHODS, Handler, parameters_of

Environ = dict[str, Any]
"""The environment of a request."""


def make_wsgi_app(
    registry: Registry | Sequence[Registry] | None = None,
    *,
    compression: bool = True,
    timeout: float | None = None,
) -> MetricsApp:
    """Make a WSGI application that answers scrapes.

    It answers GET and HEAD at every path, in the format and compression that the headers of a
    request prefer. ``name[]`` parameters of the query select metrics by name.

    :param registry: The registry, a list of registries that are served together, or a view;
      without it, the default registry.
    :param compression: Whether the body may be compressed, if the scraper asks for that.
    :param timeout: How long functions and collectors may take at most, in seconds. A scraper that
      waits for less than that makes it shorter.
    :raises Exception: If it is not a registry.
    :raises TypeError: If ``compression`` is not a bool, or ``timeout`` not a number.
    :raises ValueError: If ``timeout`` is not above 0.
    """
    return MetricsApp(Handler(registry, compression, timeout))


class MetricsApp:
    """What :func:`make_wsgi_app` makes. Threads may call it at the same time.

    :param handler: Its options.
    """

    def __init__(self, handler: Handler) -> None:
        self._handler = handler

    def __repr__(self) -> str:
        """Show the registry."""
        registry = self._handler.registry
        served = "the default registry" if registry is None else repr(registry)
        return f"<{type(self).__name__} of {served}>"

    def __call__(self, environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Answer a request.

        :param environ: Its environment.
        :param start_response: What takes the status and the headers of the response.
        """
        method = environ["REQUEST_METHOD"]
        if method not in ("GET", "HEAD"):
            return _refuse(method, start_response)
        status = "200 OK"
        try:
            content, headers = self._answer(environ)
        except Exception:
            # Here, because importing it takes long.
            import logging

            logging.getLogger(__name__).exception("A scrape failed, and was answered with 500")
            status, content = "500 Internal Server Error", FAILED
            headers = {"Content-Type": "text/plain; charset=utf-8"}
        start_response(status, [*headers.items(), ("Content-Length", str(len(content)))])
        return [] if method == "HEAD" else [content]

    def _answer(self, environ: Environ) -> tuple[bytes, dict[str, str]]:
        registry = self._handler.registry

        def header(name: str) -> list[str]:
            value = environ.get(f"HTTP_{name.upper().replace('-', '_')}")
            return [] if value is None else [value]

        return self._handler.answer_now(
            get_registry() if registry is None else registry,
            header,
            parameters_of(environ.get("QUERY_STRING", "")),
        )


def _refuse(method: str, start_response: Callable[..., Any]) -> Iterable[bytes]:
    allow = ("Allow", ", ".join(METHODS))
    if method == "OPTIONS":
        start_response("204 No Content", [allow])
        return []
    content = b"metrics are read with GET\n"
    start_response(
        "405 Method Not Allowed",
        [
            allow,
            ("Content-Type", "text/plain; charset=utf-8"),
            ("Content-Length", str(len(content))),
        ],
    )
    return [content]
