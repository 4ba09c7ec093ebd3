"""Handlers that serve the metrics from a Quart application."""

from collections.abc import Awaitable, Callable, Sequence

try:
    from quart import current_app, request
except ImportError as exc:
    from ..note import absent

    absent(exc, "quart")
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
) -> Callable[[], Awaitable[tuple[bytes, dict[str, str]]]]:
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

    async def metrics() -> tuple[bytes, dict[str, str]]:
        """Answer a scrape in the format and compression that its headers prefer."""
        return await _respond(handler)

    return metrics


async def metrics() -> tuple[bytes, dict[str, str]]:
    """Answer a scrape in the format and compression that its headers prefer.

    ``name[]`` parameters of the query select metrics by name. The metrics come from
    ``app.registry``; or, if the application is mounted in others, from ``app.state.registry`` of
    the nearest one around it that has one; or else from the default registry.
    """
    return await _respond(_DEFAULTS)


_DEFAULTS = Handler()


async def _respond(handler: Handler) -> tuple[bytes, dict[str, str]]:
    return await respond(
        compressing(handler, request.scope),
        request.scope,
        request.headers.getlist,
        request.args.getlist,
        REGISTRY,
        getattr(current_app, "registry", None),
        "app.registry",
    )
