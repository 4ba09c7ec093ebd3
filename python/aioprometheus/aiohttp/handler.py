"""A handler that serves the metrics from an aiohttp application."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from aiohttp import web

from ..collectors import Registry, get_registry
from ..handler import Handler
from ..http.unserved import explained

REGISTRY_KEY: web.AppKey[Registry] = web.AppKey("registry", Registry)
"""The key of the registry in an application: ``app[REGISTRY_KEY] = Registry()``."""

# Older versions of aiohttp have no keys for requests but texts, and newer ones warn of these.
AROUND: Any = (
    web.RequestKey("aioprometheus.middlewares", tuple)
    if hasattr(web, "RequestKey")
    else "aioprometheus.middlewares"
)
"""The key for the middlewares of this package around a request, the outermost first."""


def make_handler(
    registry: Registry | Sequence[Registry] | None = None,
    *,
    compression: bool = True,
    timeout: float | None = None,
) -> Callable[[web.Request], Awaitable[web.Response]]:
    """Make a handler that answers scrapes in the format and compression that their headers prefer.

    ``name[]`` parameters of the query select metrics by name.

    :param registry: The registry, a list of registries that are served together, or a view; without
      it, ``app[REGISTRY_KEY]`` of the application, or of the nearest one around it that has one; or
      else the default registry.
    :param compression: Whether the body may be compressed, if the scraper asks for that.
    :param timeout: How long functions and collectors may take at most, in seconds. A scraper that
      waits for less than that makes it shorter.
    :raises Exception: If it is not a registry.
    :raises TypeError: If ``compression`` is not a bool, or ``timeout`` not a number.
    :raises ValueError: If ``timeout`` is not above 0.
    """
    if isinstance(registry, web.BaseRequest):
        raise not_called("make_handler", 'web.get("/metrics", {}())')
    handler = Handler(registry, compression, timeout)

    async def metrics(request: web.Request) -> web.Response:
        """Answer a scrape in the format and compression that its headers prefer."""
        served: Any = handler.registry
        setting = "app[REGISTRY_KEY]" if served is None else "registry="
        if served is None:
            served = request.config_dict.get(REGISTRY_KEY)
        if served is None:
            served = get_registry()
        around = state_of(request).get(AROUND, ())
        with explained(lambda: [one._counted() for one in around], served, request.path, setting):
            content, headers = await handler.answer(
                served,
                lambda name: request.headers.getall(name, []),
                lambda name: request.query.getall(name, []),
            )
        # Set here, because aiohttp leaves it out of some answers to HEAD.
        headers["Content-Length"] = str(len(content))
        return web.Response(body=content, headers=headers)

    return metrics


def state_of(request: web.Request) -> Any:
    """Return what a request is a mapping of, and its clones have, too.

    :param request: The request.
    """
    return getattr(request, "_state", request)


def not_called(name: str, call: str) -> TypeError:
    """Return the exception for a function that is given to aiohttp instead of what it makes.

    :param name: The name of the function.
    :param call: What its user meant, with braces for the name.
    """
    return TypeError(f"{name} got a request instead of a registry. Call it: {call.format(name)}")
