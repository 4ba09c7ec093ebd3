"""The set-up of an aiohttp application: the route of the metrics, and the middleware."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiohttp import web

from ..collectors import Registry
from .handler import make_handler
from .middleware import MetricsMiddleware, exclude_everywhere

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from .middleware import MiddlewareOptions

_SET_UP: web.AppKey[str] = web.AppKey("set_up", str)
"""The key of the path of the metrics in an application that is set up."""


def setup(
    app: web.Application,
    registry: Registry | None = None,
    *,
    path: str = "/metrics",
    middleware: bool | MetricsMiddleware = True,
    compression: bool = True,
    timeout: float | None = None,
    **options: Unpack[MiddlewareOptions],
) -> None:
    """Add a route for scrapes and the middleware to an application, before or after its own routes.

    The middleware is the outermost one of the application. Neither it nor those of applications
    around count the scrapes.

    :param app: The application, which may be one that is added to another.
    :param registry: The registry; without it, that of :func:`make_handler`.
    :param path: The path of the route, in this application.
    :param middleware: Whether requests are counted; or the middleware that counts them, such as one
      of a subclass, which has its options from its own constructor, and its registry too, unless
      that was given none.
    :param compression: Whether an answer to a scrape may be compressed.
    :param timeout: How long functions and collectors may take at most during a scrape, in seconds.
    :param options: The options of :class:`MetricsMiddleware`.
    :raises RuntimeError: If the application has been set up before, or runs already.
    :raises Exception: If the registry is not a Registry.
    :raises TypeError: If the application, the middleware or an option is of another type.
    :raises ValueError: If an option has no meaning.
    """
    if not isinstance(app, web.Application):
        raise TypeError(f"setup: app is a web.Application, not {app!r}")
    before = app.get(_SET_UP)
    if before is not None:
        raise RuntimeError(
            f"setup() has been called for this application before: it serves the metrics at "
            f"{before}. For another registry, add a route with make_handler(registry)"
        )
    if isinstance(middleware, MetricsMiddleware):
        if options:
            raise TypeError(
                f"setup: {next(iter(options))} is for the middleware that setup() makes; give it "
                f"to {type(middleware).__name__}()"
            )
        counting: MetricsMiddleware | None = middleware
    elif not isinstance(middleware, bool):
        raise _wrong_middleware(middleware)
    elif middleware:
        counting = MetricsMiddleware(registry, **options)
    elif options:
        raise TypeError(f"setup: {next(iter(options))} is an option of the middleware")
    else:
        counting = None
    handler = make_handler(registry, compression=compression, timeout=timeout)
    route = app.router.add_get(path, handler)
    exclude_everywhere(route.resource)
    app[_SET_UP] = path
    if counting is not None:
        if counting.registry is None and isinstance(registry, Registry):
            counting.registry = registry
        app.middlewares.insert(0, counting)


def _wrong_middleware(got: object) -> TypeError:
    """What is raised for a middleware that is none of aiohttp's."""
    words = f"setup: middleware is True, False or a MetricsMiddleware, not {got!r}"
    if isinstance(got, type) and issubclass(got, MetricsMiddleware):
        words += f": this is a class, an object of it is meant: {got.__name__}()"
    elif "MetricsMiddleware" in {
        kind.__name__ for kind in getattr(got, "__mro__", type(got).__mro__)
    }:
        words += ": this one is for ASGI, aiohttp's is aioprometheus.aiohttp.MetricsMiddleware"
    elif isinstance(got, str):
        words += ": aiohttp's middleware has the standard metrics, and no other set"
    return TypeError(words)
