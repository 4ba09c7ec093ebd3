"""An ASGI middleware that counts requests, responses, exceptions and status codes."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from .. import _core
from ..collectors import REGISTRY, Counter, Registry, get_registry
from ..mypy_types import LabelsType
from ..note import wrong_registry
from .exchange import Exchange, Message, Receive, Scope, Send
from .route import (
    Missing,
    app_path,
    find_router,
    find_template,
    full_path,
    litestar_template,
)

ASGICallable = Callable[[Any, Any, Any], Awaitable[None]]
"""An ASGI application, or a middleware around one."""


EXCLUDE_PATHS = (
    "/metrics",
    "/metrics/",
    "/docs",
    "/openapi.json",
    "/docs/oauth2-redirect",
    "/redoc",
    "/favicon.ico",
)
"""The default of ``exclude_paths``."""

UNMATCHED_PATH = "<unmatched>"
"""The path label of requests that match no route."""

COUNTERS = (
    "requests_counter",
    "responses_counter",
    "exceptions_counter",
    "status_codes_counter",
)
"""The attributes of the middleware that hold its counters."""

MIDDLEWARES = "aioprometheus.middlewares"
"""The key for the middlewares of this kind around a request in its scope, outermost first."""


class MetricsMiddleware:
    """An ASGI middleware with counters of requests, responses, exceptions and status codes.

    A request is counted when its response starts or when its call ends,
    whichever is first, because its route is not known earlier. If its client
    goes before the response starts, it is counted at the end of the call.
    An error in counting is logged once and never reaches the request. If a
    request passes two middlewares with the same counters and const labels,
    only the outermost counts it.

    The labels have few values, as far as the framework allows:

    - path: the template of the route that the router of Starlette, FastAPI or
      Litestar has chosen. It includes the prefixes of mounts, but not a
      root_path that the server has set. A mounted application without routes,
      such as static files, has the prefix of its mount. A request that matches
      no route has "<unmatched>". Where no router is known (other frameworks, or
      use_template_urls=False), the label is the path of the request, or
      "<unmatched>" if the status code is 404 or 405.
    - method: the method of HTTP, "<other>" for every other word, and
      "WEBSOCKET" for a websocket.
    - status_code: the status code of the response. A websocket has 101 if it is
      accepted, and 403 if it is closed instead. An exception, or a return
      without an answer, has 500. A request that is given up has 499, and does
      not count as an exception. Given up means that it was cancelled, or that
      its client has gone and the application ends without an answer, with the
      framework's exception for that, or with an error status because the rest
      of the request is missing.

    :param app: The ASGI application, or the next middleware.
    :param registry: The registry of the counters; without it, the default
      registry. Middlewares with the same registry share the counters.
    :param exclude_paths: The paths that are not counted. A request is excluded
      if its path, its path below the root_path, or the template of its route
      is in the list. A str stands for itself.
    :param use_template_urls: Whether the path label is the template of the
      route ("/users/{user_id}") where it is known, and not the path that the
      client sent ("/users/alice", "/users/bob", ...).
    :param group_status_codes: Whether the status_code label has only the class
      of the status code: "2xx" for 200, 201 and so on.
    :param const_labels: Labels that all series of this middleware have.
    :raises Exception: If the registry is not a Registry.
    """

    # Set by `create_metrics`.
    requests_counter: Counter
    """Counts requests by ``method`` and ``path``."""
    responses_counter: Counter
    """Counts responses by ``method`` and ``path``."""
    exceptions_counter: Counter
    """Counts requests that end in an exception by ``method`` and ``path``."""
    status_codes_counter: Counter
    """Counts responses by ``method``, ``path`` and ``status_code``."""

    def __init__(
        self,
        app: ASGICallable,
        registry: Registry = REGISTRY,
        exclude_paths: Sequence[str] = EXCLUDE_PATHS,
        use_template_urls: bool = True,
        group_status_codes: bool = False,
        const_labels: Mapping[str, Any] | None = None,
    ) -> None:
        self.asgi_callable = app

        # The Starlette or FastAPI application, from the first scope that has it. Its routes are
        # searched if the scope of a request has no router.
        self.starlette_app: Any | None = None

        self.exclude_paths = exclude_paths if exclude_paths else []
        self.use_template_urls = use_template_urls
        self.group_status_codes = group_status_codes

        if registry is not None and not isinstance(registry, Registry):
            raise wrong_registry(
                Exception(f"registry must be a Registry, got: {type(registry)}"), registry
            )
        self.registry = registry

        self.const_labels = const_labels

        # The first call creates the counters, so that an application that is never served leaves
        # nothing in a registry.
        self.metrics_created = False
        self._error_logged = False
        self._other_registry_logged = False

    def __repr__(self) -> str:
        """Show the application, and the registry and const labels of its counters."""
        labels = f" with {self.const_labels!r}" if self.const_labels else ""
        return f"<{type(self).__name__} of {self.asgi_callable!r} in {self.registry!r}{labels}>"

    def create_metrics(self) -> None:
        """Create the four counters, or take those of another middleware from the registry.

        Subclasses may set other objects, if they have a method ``inc(labels)``.
        ``_WithLabels`` adds const labels that a counter does not have, so that
        middlewares with different const labels can share a counter.

        :raises ValueError: If the registry has another metric under the name
          of a counter, or a counter with const labels that this middleware
          does not have.
        """
        self.requests_counter = self._counter(
            "requests_total_counter", "Total number of requests received"
        )
        self.responses_counter = self._counter(
            "responses_total_counter", "Total number of responses sent"
        )
        self.exceptions_counter = self._counter(
            "exceptions_total_counter",
            "Total number of requested which generated an exception",
        )
        self.status_codes_counter = self._counter(
            "status_codes_counter", "Total number of response status codes"
        )
        self.metrics_created = True

    def _counter(self, name: str, doc: str) -> Any:
        registry = get_registry() if self.registry is None else self.registry
        prefix, given = _core.settings_of(registry)
        counter: Any
        try:
            counter = Counter(name, doc, registry=registry)
        except ValueError:
            counter = registry.collectors.get(f"{prefix}{name}")
            if counter is None:
                raise
        if not isinstance(counter, Counter):
            raise ValueError(
                f"{name} in the registry is not a Counter: give MetricsMiddleware another registry"
            )
        own, wanted = counter.const_labels, self.const_labels or {}
        foreign = {label: value for label, value in own.items() if given.get(label) != value}
        if not foreign.items() <= wanted.items():
            raise ValueError(
                f"{name} in the registry has the const labels {own}: "
                "give MetricsMiddleware another registry, or the same const_labels"
            )
        missing = {label: value for label, value in wanted.items() if own.get(label) != value}
        return _WithLabels(counter, missing) if missing else counter

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        exchange = self._begin(scope)
        if exchange is None:
            await self.asgi_callable(scope, receive, send)
            return

        async def wrapped_receive() -> Message:
            message = await receive()
            exchange.received(message)
            return message

        def wrapped_send(message: Message) -> Awaitable[None]:
            exchange.sent(message)
            return send(message)

        try:
            await self.asgi_callable(scope, wrapped_receive, wrapped_send)
        except BaseException as error:
            exchange.failed(error)
            raise
        finally:
            scope[MIDDLEWARES] = exchange.around  # the caller may use its scope again
        exchange.ended()

    def _begin(self, scope: Scope) -> Exchange | None:
        """Prepare for a call.

        :returns: The exchange of the call, or None if it is not to be counted here.
        """
        try:
            if not self.metrics_created:
                self.create_metrics()
            if self.starlette_app is None:
                self.starlette_app = scope.get("app")
            if scope.get("type") not in ("http", "websocket"):
                return None
            around = scope.get(MIDDLEWARES, ())
            if around and any(self._series() == other._series() for other in around):
                return None
            path = full_path(scope)
            exchange = Exchange(self, scope, path, around)
            exchange.counted = any(
                self._excludes(candidate)
                for candidate in (path, app_path(scope), scope.get("path"))
            )
            scope[MIDDLEWARES] = (*around, self)
            return exchange
        except Exception:
            self._log_error()
            return None

    def _excludes(self, path: Any) -> bool:
        """Whether a path is in the list of those that are not counted."""
        excluded = self.exclude_paths
        # In a str, `in` would search for a part of it.
        return path == excluded if isinstance(excluded, str) else path in excluded

    def _series(self) -> tuple[list[int], dict[str, str]]:
        """What distinguishes the series of this middleware: its counters and its const labels."""
        counters = [getattr(self, name, None) for name in COUNTERS]
        labels = {label: str(value) for label, value in (self.const_labels or {}).items()}
        return [id(_WithLabels.without(counter)) for counter in counters], labels

    def get_full_or_template_path(self, scope: Scope) -> str:
        """Return the path label of a request that matches a route.

        Subclasses may override this method for a framework whose routes are
        not known here. It is called when the response starts or the call has
        ended. The scope then has what the framework has put into it.

        :param scope: The scope of the request.
        :returns: The template of the route, or the path of the request if no template is known.
        """
        found = self._template(scope)
        return found if isinstance(found, str) else full_path(scope)

    def _template(self, scope: Scope) -> str | Missing:
        """The template of the route that a request has taken, if templates are used."""
        if not self.use_template_urls:
            return Missing.ROUTER
        for app in (scope.get("router"), self.starlette_app, self.asgi_callable):
            router = None if app is None else find_router(app)
            if router is not None:
                return find_template(router, scope)
        return litestar_template(scope)

    def _path_label(self, scope: Scope, requested: str, status: str) -> str:
        """The path label of a request.

        :param requested: The path as it was before the application got the scope, which it may
          change.
        """
        path = self.get_full_or_template_path(scope)
        if path not in (requested, full_path(scope)):
            return path
        # Either the route has no parameters, or there is no route.
        found = self._template(scope)
        if isinstance(found, str):
            return path
        unmatched = found is Missing.ROUTE or status in ("404", "405")
        return UNMATCHED_PATH if unmatched else requested

    def _counts_in(self, registry: Registry) -> bool:
        """Whether a registry has the counters of this middleware."""
        counter = _WithLabels.without(getattr(self, "requests_counter", None))
        shared = any(counter is metric for metric in registry.collectors.values())
        return shared or registry is (get_registry() if self.registry is None else self.registry)

    def _warn_of(self, served: Registry, path: str, setting: str) -> None:
        """Log once that a handler serves a registry without the counters of this middleware.

        :param path: The path of the handler.
        :param setting: The attribute that makes the handler serve another registry.
        """
        if self._other_registry_logged:
            return
        self._other_registry_logged = True
        import logging

        logging.getLogger(__name__).warning(
            "%s serves %s, but MetricsMiddleware counts in %s, which is not served there: "
            "set %s to the registry of the middleware (this is logged once)",
            path,
            _called(served),
            _called(get_registry() if self.registry is None else self.registry),
            setting,
        )

    def _log_error(self) -> None:
        """Log the exception that is being handled, unless one was logged before."""
        if not self._error_logged:
            self._error_logged = True
            import logging

            logging.getLogger(__name__).exception(
                "MetricsMiddleware did not count a request, which was served all the same: its "
                "metrics raised the exception below (this is logged once)"
            )


def _called(registry: Registry) -> str:
    name = repr(registry)
    return f"the default registry ({name})" if registry is get_registry() else name


class _WithLabels:
    """A counter that several middlewares share, with the const labels of one of them."""

    # The methods that take the labels of a series as their first argument.
    METHODS = frozenset(("inc", "add", "set", "get", "get_value", "set_value"))

    def __init__(self, counter: Counter, labels: LabelsType) -> None:
        self._counter = counter
        self._labels = labels

    @staticmethod
    def without(counter: Any) -> Any:
        """The counter without its const labels; any other object as it is."""
        return counter._counter if isinstance(counter, _WithLabels) else counter

    @property
    def const_labels(self) -> LabelsType:
        """The labels that each series has."""
        return {**self._counter.const_labels, **self._labels}

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._counter, name)
        if name not in self.METHODS:
            return method

        def with_labels(labels: Any = None, *arguments: Any, **more: Any) -> Any:
            return method({**self._labels, **(labels or {})}, *arguments, **more)

        return with_labels
