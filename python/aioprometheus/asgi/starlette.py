"""Handlers that serve the metrics from a Starlette or FastAPI application."""

from collections.abc import Awaitable, Callable, Sequence

try:
    from starlette.requests import Request
    from starlette.responses import Response
except ImportError as exc:
    from ..note import absent

    absent(exc, "starlette")
    raise

from ..collectors import REGISTRY, Registry
from ..handler import Handler
from ..renderer import render as render  # as in 23.12.0
from .around import respond
from .frameworks.litestar import compressing


def make_handler(
    registry: Registry | Sequence[Registry] | None = None,
    *,
    compression: bool = True,
    timeout: float | None = None,
) -> Callable[[Request], Awaitable[Response]]:
    """Make a handler that answers scrapes as :func:`metrics` does.

    :param registry: The registry, a list of registries that are served together, or a view; without
      it, the one that :func:`metrics` serves.
    :param compression: Whether the body may be compressed, if the scraper asks for that.
    :param timeout: How long functions and collectors may take at most, in seconds. A scraper that
      waits for less than that makes it shorter.
    :raises Exception: If it is not a registry.
    :raises TypeError: If ``compression`` is not a bool, or ``timeout`` not a number.
    :raises ValueError: If ``timeout`` is not above 0.
    """
    handler = Handler(registry, compression, timeout)

    async def metrics(request: Request) -> Response:
        """Answer a scrape in the format and compression that its headers prefer."""
        return await _respond(handler, request)

    return metrics


async def metrics(request: Request) -> Response:
    """Answer a scrape in the format and compression that its headers prefer.

    ``name[]`` parameters of the query select metrics by name. The metrics come from
    ``app.state.registry`` of the application, or, if it is mounted in others, of the nearest one
    around it that has one; or else from the default registry.

    :param request: The request.
    """
    return await _respond(_DEFAULTS, request)


_DEFAULTS = Handler()


async def _respond(handler: Handler, request: Request) -> Response:
    content, headers = await respond(
        compressing(handler, request.scope),
        request.scope,
        request.headers.getlist,
        request.query_params.getlist,
        REGISTRY,
    )
    return Response(content=content, headers=headers)
