"""An ASGI application that answers scrapes, alone or mounted in another."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..collectors import Registry, get_registry
from ..handler import FAILED, METHODS, Handler, Values, parameters_of
from .around import respond
from .frameworks.litestar import compressing
from .protocol import Receive, Scope, Send

PLAIN = {"Content-Type": "text/plain; charset=utf-8"}
"""The headers of an answer that is not an exposition."""


def make_asgi_app(
    registry: Registry | Sequence[Registry] | None = None,
    *,
    compression: bool = True,
    timeout: float | None = None,
) -> MetricsApp:
    """Make an ASGI application that answers scrapes.

    It can be mounted in another application, and answers GET and HEAD at every path below, in the
    format and compression that the headers of a request prefer. ``name[]`` parameters of the query
    select metrics by name.

    :param registry: The registry, a list of registries that are served together, or a view; without
      it, ``app.state.registry`` of the nearest application around that has one, or the default
      registry.
    :param compression: Whether the body may be compressed, if the scraper asks for that. It is not
      in an application of Litestar that has a ``compression_config``.
    :param timeout: How long functions and collectors may take at most, in seconds. A scraper that
      waits for less than that makes it shorter.
    :raises Exception: If it is not a registry.
    :raises TypeError: If ``compression`` is not a bool, or ``timeout`` not a number.
    :raises ValueError: If ``timeout`` is not above 0.
    """
    return MetricsApp(Handler(registry, compression, timeout))


class MetricsApp:
    """What :func:`make_asgi_app` makes.

    :param handler: Its options.
    """

    def __init__(self, handler: Handler) -> None:
        self._handler = handler

    def __repr__(self) -> str:
        """Show the registry."""
        registry = self._handler.registry
        served = "the registry around it" if registry is None else repr(registry)
        return f"<{type(self).__name__} of {served}>"

    def __deepcopy__(self, memo: Any) -> MetricsApp:
        """Return itself: Litestar copies its routers with all that they hold, and a registry cannot
        be copied.

        :param memo: What else has been copied.
        """
        return self

    # `Any`, since each framework has types of its own for these.
    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer a request, refuse a websocket, or begin and end with the server.

        :param scope: The scope of the call.
        :param receive: Returns the next message of the server.
        :param send: Takes a message for the server.
        :raises ValueError: If the protocol is another one.
        """
        kind = scope["type"]
        if kind == "http":
            await self._answer(scope, send)
        elif kind == "websocket":
            await receive()
            await send({"type": "websocket.close", "code": 1000})
        elif kind == "lifespan":
            await _live(receive, send)
        else:
            raise ValueError(f"metrics are served by HTTP, not by {kind!r}")

    async def _answer(self, scope: Scope, send: Send) -> None:
        method = scope["method"]
        status, headers, content = 200, PLAIN, b""
        if method in ("GET", "HEAD"):
            try:
                content, headers = await respond(
                    compressing(self._handler, scope),
                    scope,
                    _headers_of(scope),
                    parameters_of(scope.get("query_string", b"").decode("latin-1")),
                    get_registry(),
                )
            except Exception:
                # Here, because importing it takes long.
                import logging

                logging.getLogger(__name__).exception("A scrape failed, and was answered with 500")
                status, content = 500, FAILED
        elif method == "OPTIONS":
            status, headers = 204, {"Allow": ", ".join(METHODS)}
        else:
            status, content = 405, b"metrics are read with GET\n"
            headers = {**PLAIN, "Allow": ", ".join(METHODS)}
        sent = [
            (name.lower().encode("latin-1"), value.encode("latin-1"))
            for name, value in headers.items()
        ]
        if status != 204:
            sent.append((b"content-length", str(len(content)).encode()))
        try:
            await send({"type": "http.response.start", "status": status, "headers": sent})
            body = b"" if method == "HEAD" else content
            await send({"type": "http.response.body", "body": body})
        except OSError:
            pass  # the client has gone


def _headers_of(scope: Scope) -> Values:
    pairs = [(name.lower(), value) for name, value in scope["headers"]]

    def header(name: str) -> list[str]:
        wanted = name.lower().encode()
        return [value.decode("latin-1") for found, value in pairs if found == wanted]

    return header


async def _live(receive: Receive, send: Send) -> None:
    while True:
        message = await receive()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return
