"""Handlers that serve the metrics from a Litestar application."""

from collections.abc import Sequence
from typing import Any

try:
    from litestar import Request, Response, route
    from litestar.enums import HttpMethod
    from litestar.handlers import HTTPRouteHandler
except ImportError as exc:
    from ..note import absent

    absent(exc, "litestar")
    raise

from ..collectors import Registry, get_registry
from ..handler import Handler
from .around import respond
from .frameworks.litestar import compressing


def make_handler(
    registry: Registry | Sequence[Registry] | None = None,
    path: str = "/metrics",
    *,
    compression: bool = True,
    timeout: float | None = None,
    **options: Any,
) -> HTTPRouteHandler:
    """Make a handler that answers scrapes as :data:`metrics` does.

    :param registry: The registry, a list of registries that are served together, or a view; without
      it, the one that :data:`metrics` serves.
    :param path: The path of the route.
    :param compression: Whether the body may be compressed, if the scraper asks for that. It is not
      where the application compresses its answers itself, by its ``compression_config``.
    :param timeout: How long functions and collectors may take at most, in seconds. A scraper that
      waits for less than that makes it shorter.
    :param options: What else ``litestar.route`` takes, such as ``guards``.
    :raises Exception: If it is not a registry.
    :raises TypeError: If ``compression`` is not a bool, or ``timeout`` not a number.
    :raises ValueError: If ``timeout`` is not above 0.
    """
    handler = Handler(registry, compression, timeout)

    async def metrics(request: Request[Any, Any, Any]) -> Response[bytes]:
        """Answer a scrape in the format and compression that its headers prefer."""
        content, headers = await respond(
            compressing(handler, request.scope),
            request.scope,
            lambda name: request.headers.getall(name, []),
            lambda name: request.query_params.getall(name, []),
            get_registry(),
        )
        return Response(content, headers=headers)

    options.setdefault("include_in_schema", False)
    made = route(path, http_method=[HttpMethod.GET, HttpMethod.HEAD], **options)(metrics)
    assert isinstance(made, HTTPRouteHandler)
    return made


metrics = make_handler()
"""The handler of ``/metrics``, which answers a scrape in the format and compression that its
headers prefer. ``name[]`` parameters of the query select metrics by name. The metrics come from
``app.state.registry`` of the application, or, if it is mounted in others, of the nearest one around
it that has one; or else from the default registry.
"""
