"""An ASGI middleware that counts requests, responses, exceptions and status codes."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from ..collectors import REGISTRY, Counter, Registry, get_registry
from ..mypy_types import LabelsType
from ..note import wrong_registry
from .exchange import Exchange
from .route import (
    Missing,
    app_path,
    find_router,
    find_template,
    full_path,
    litestar_template,
)

Scope = dict[str, Any]
"""The scope of an ASGI call."""
Message = dict[str, Any]
"""A message of ASGI."""
Receive = Callable[[], Awaitable[Message]]
"""Gives an application its next message."""
Send = Callable[[Message], Awaitable[None]]
"""Takes a message of an application."""
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
"""The paths that are not counted unless others are given."""

UNMATCHED_PATH = "<unmatched>"
"""The path label of requests that no route matches."""

COUNTERS = (
    "requests_counter",
    "responses_counter",
    "exceptions_counter",
    "status_codes_counter",
)
"""The attributes of the middleware that hold its counters."""

MIDDLEWARES = "aioprometheus.middlewares"
"""Where the scope of a request lists the middlewares of this kind around it, outermost first."""


class MetricsMiddleware:
    """Counts what an ASGI application is asked, and how it answers.

    Four counters move when the response starts or when the call ends,
    whichever is first, for only then the route is known. An error in counting
    is logged (once) and never reaches the request. A request that passes two
    middlewares of the same counters and const labels is counted once, by the
    outermost.

    The labels are bounded, as far as the framework lets them be:

    - path: the template of the route where the router of Starlette, FastAPI
      or Litestar says so, from the outermost router down (the prefixes of
      mounts belong to it, a root_path that the server has set does not). An
      application without routes that is mounted, such as static files, is
      known by the prefix of its mount. A request for which the router finds
      nothing is "<unmatched>". Where no router is known (other frameworks,
      use_template_urls=False) the label is the path of the request, but
      "<unmatched>" for the status codes 404 and 405.
    - method: the methods of HTTP, "<other>" for every other word, and
      "WEBSOCKET" for a websocket.
    - status_code: that of the response. A websocket that is accepted has
      101, one that is closed instead 403. An exception, or returning without
      an answer, is 500. A request that is given up has 499, which is no
      exception: it was cancelled, or its client has gone and the application
      ends without an answer, with the framework's exception for that, or with
      an error because the rest of the request is missing.

    :param app: The ASGI application, or the next middleware.

    :param registry: Where the counters are; without it, the default registry.
      Several middlewares may share a registry, and then its counters.

    :param exclude_paths: What is not counted: requests whose path, path below
      the root_path, or template of the route is in the list.

    :param use_template_urls: Whether the path label is the template of the
      route ("/users/{user_id}") where it is known, and not the path that the
      client sent ("/users/alice", "/users/bob", ...).

    :param group_status_codes: Whether the status label names the class of the
      status code only: "2xx" for 200, 201 and so on.

    :param const_labels: Labels that everything has that is counted here.

    :raises Exception: if the registry is no Registry.
    """

    # Created by `create_metrics`.
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
        const_labels: LabelsType | None = None,
    ) -> None:
        self.asgi_callable = app

        # The Starlette or FastAPI application, from the first scope that has it. Its routes are
        # asked where the router itself has left no trace in the scope of a request.
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

        # An application that is made but never served leaves nothing in a registry: the first
        # call creates the counters.
        self.metrics_created = False
        self._error_logged = False
        self._other_registry_logged = False

    def __repr__(self) -> str:
        """Show the application, and where its requests are counted."""
        labels = f" with {self.const_labels!r}" if self.const_labels else ""
        return f"<{type(self).__name__} of {self.asgi_callable!r} in {self.registry!r}{labels}>"

    def create_metrics(self) -> None:
        """Create the four counters, or find those of another middleware in the registry.

        Subclasses may set others: whatever has ``inc(labels)`` can stand for a
        counter. The const labels are put on by ``_WithLabels``, so that
        middlewares with other const labels can share a counter.

        :raises ValueError: if the registry has something else under the name
          of a counter.
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
        counter: Any
        try:
            counter = Counter(name, doc, registry=registry)
        except ValueError:
            counter = registry.collectors.get(name)
            if counter is None:
                raise
        if not isinstance(counter, Counter):
            raise ValueError(
                f"{name} in the registry is no Counter: give MetricsMiddleware another registry"
            )
        own, wanted = counter.const_labels, self.const_labels or {}
        if not own.items() <= wanted.items():
            raise ValueError(
                f"{name} in the registry has the const labels {own}: "
                "give MetricsMiddleware another registry, or the same const_labels"
            )
        missing = {label: value for label, value in wanted.items() if label not in own}
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

        :return: None if nothing of it is to be counted.
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
                candidate in self.exclude_paths
                for candidate in (path, app_path(scope), scope.get("path"))
            )
            scope[MIDDLEWARES] = (*around, self)
            return exchange
        except Exception:
            self._log_error()
            return None

    def _series(self) -> tuple[list[int], dict[str, str]]:
        """What tells the series that are counted here from those of another middleware."""
        counters = [getattr(self, name, None) for name in COUNTERS]
        labels = {label: str(value) for label, value in (self.const_labels or {}).items()}
        return [id(_WithLabels.without(counter)) for counter in counters], labels

    def get_full_or_template_path(self, scope: Scope) -> str:
        """Return what the path label shall be, if the request was for something that exists.

        Subclasses may override this method, for a framework whose routes are
        not known here: it is called when the response starts or the call has
        ended, so that the scope has what the framework has put into it.

        :param scope: The scope of the request.
        :return: the template of the route, or the path of the request if there is none.
        """
        found = self._template(scope)
        return found if isinstance(found, str) else full_path(scope)

    def _template(self, scope: Scope) -> str | Missing:
        """The template of the route that a request has taken, if it is wanted."""
        if not self.use_template_urls:
            return Missing.ROUTER
        for app in (scope.get("router"), self.starlette_app, self.asgi_callable):
            router = None if app is None else find_router(app)
            if router is not None:
                return find_template(router, scope)
        return litestar_template(scope)

    def _path_label(self, scope: Scope, requested: str, status: str) -> str:
        """The path label of a request.

        :param requested: its path before the application got the scope, which it may change.
        """
        path = self.get_full_or_template_path(scope)
        if path not in (requested, full_path(scope)):
            return path
        # Either this route has no parameters, or there is none.
        found = self._template(scope)
        if isinstance(found, str):
            return path
        unmatched = found is Missing.ROUTE or status in ("404", "405")
        return UNMATCHED_PATH if unmatched else requested

    def _counts_in(self, registry: Registry) -> bool:
        """Whether what is counted here is seen by who reads a registry."""
        counter = _WithLabels.without(getattr(self, "requests_counter", None))
        shared = any(counter is metric for metric in registry.collectors.values())
        return shared or registry is (get_registry() if self.registry is None else self.registry)

    def _warn_of(self, served: Registry, path: str, setting: str) -> None:
        """Log, the first time, that a handler serves a registry without what is counted here.

        :param path: where the handler is.
        :param setting: what the user sets to have the handler serve another registry.
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
        """Log the exception that is being handled, the first time."""
        if not self._error_logged:
            self._error_logged = True
            import logging

            logging.getLogger(__name__).exception(
                "MetricsMiddleware cannot count requests (this is logged once)"
            )


def _called(registry: Registry) -> str:
    name = repr(registry)
    return f"the default registry ({name})" if registry is get_registry() else name


class _WithLabels:
    """A counter that several middlewares share, with the const labels of one of them."""

    # The methods whose first argument is the labels of a series.
    METHODS = frozenset(("inc", "add", "set", "get", "get_value", "set_value"))

    def __init__(self, counter: Counter, labels: LabelsType) -> None:
        self._counter = counter
        self._labels = labels

    @staticmethod
    def without(counter: Any) -> Any:
        """The counter itself, of which this or something else may be given."""
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
