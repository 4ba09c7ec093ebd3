"""An ASGI middleware that counts requests, responses, exceptions and status codes."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from ..collectors import REGISTRY, Counter, Registry, get_registry
from ..mypy_types import LabelsType
from .route import app_path, find_router, find_template, full_path

Scope = dict[str, Any]
Message = dict[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
ASGICallable = Callable[[Any, Any, Any], Awaitable[None]]


EXCLUDE_PATHS = (
    "/metrics",
    "/metrics/",
    "/docs",
    "/openapi.json",
    "/docs/oauth2-redirect",
    "/redoc",
    "/favicon.ico",
)

# Methods that are labels as they are. Clients may send any other word too (methods are case
# sensitive), so that the rest shares one label and the number of series stays bounded.
KNOWN_METHODS = frozenset(
    ("GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH")
)
OTHER_METHOD = "<other>"
# A websocket's scope has no method: its handshake is a GET in HTTP/1.1 and a CONNECT in HTTP/2.
WEBSOCKET_METHOD = "WEBSOCKET"

UNMATCHED_PATH = "<unmatched>"


class MetricsMiddleware:
    """This class implements a Prometheus metrics collection middleware for
    ASGI applications.

    The default metrics provided by this middleware include counters for
    requests received, responses sent, exceptions raised and status codes
    for route handlers. They move when the response starts or when the call
    ends, whichever is first, for only then the route is known. An error in
    doing so is logged (once) and never reaches the request.

    The labels are bounded, as far as the framework lets them be:

    - path: the template of the route where the router of Starlette or
      FastAPI says so, from the outermost router down (the prefixes of mounts
      belong to it, a root_path that the server has set does not). An
      application without routes that is mounted, such as static files, is
      known by the prefix of its mount. A request for which the router finds
      nothing is "<unmatched>". Where no router is known (other frameworks,
      use_template_urls=False) the label is the path of the request, but
      "<unmatched>" for the status codes 404 and 405.
    - method: the methods of HTTP, "<other>" for every other word, and
      "WEBSOCKET" for a websocket.
    - status_code: that of the response. A websocket that is accepted has
      101, one that is closed instead 403. An exception, or returning without
      an answer, is 500. A request that ends without an answer because it was
      cancelled has 499, which is no exception.

    :param app: An ASGI callable. This callable represents the next ASGI
      callable in the chain which might be the application or another
      middleware.

    :param registry: A collector registry to use when rendering metrics. If
      not specified then the default registry will be used. Several
      middlewares may share a registry; they then share the counters in it.

    :param exclude_paths: A list of urls that should not trigger updates to
      the default metrics. A request is excluded if its path, its path below
      the root_path or the template of its route is in the list.

    :param use_template_urls: A boolean that defines whether route template
      URLs should be used by the default route monitoring metrics. Template
      URLs will report '/users/{user_id}' instead of '/users/bob' or
      '/users/alice', etc. The template URLS can be more useful than the
      actual route url as they allow the route handler to be easily
      identified. This feature is only supported with Starlette / FastAPI
      currently. Default value is True.

    :param group_status_codes: A boolean that defines whether status codes
      should be grouped under a value representing that code kind. For
      example, 200, 201, etc will all be grouped under 2xx. The default value
      is False which means that status codes are not grouped.

    :param const_labels: Labels to put on all that this middleware counts.

    :raises: Exception if the registry is no Registry.
    """

    # Created by `create_metrics`.
    requests_counter: Counter
    responses_counter: Counter
    exceptions_counter: Counter
    status_codes_counter: Counter

    def __init__(
        self,
        app: ASGICallable,
        registry: Registry = REGISTRY,
        exclude_paths: Sequence[str] = EXCLUDE_PATHS,
        use_template_urls: bool = True,
        group_status_codes: bool = False,
        const_labels: LabelsType | None = None,
    ) -> None:
        # The 'app' argument really represents an ASGI framework callable.
        self.asgi_callable = app

        # The Starlette / FastAPI app, which is taken from the first scope
        # that has it. Its routes are asked when the router itself has left
        # no trace in the scope of a request.
        self.starlette_app: Any | None = None

        self.exclude_paths = exclude_paths if exclude_paths else []
        self.use_template_urls = use_template_urls
        self.group_status_codes = group_status_codes

        if registry is not None and not isinstance(registry, Registry):
            raise Exception(f"registry must be a Registry, got: {type(registry)}")
        self.registry = registry

        self.const_labels = const_labels

        # The creation of the middleware metrics is delayed until the first
        # call, for applications that are made but never served.
        self.metrics_created = False
        self._error_logged = False

    def create_metrics(self) -> None:
        """Create middleware metrics, or find those that another middleware
        has created in the registry.

        The const labels are not put on the counters but on their series,
        which gives the same text and lets middlewares with other const
        labels share them.

        :raises: ValueError if the registry has something else under the name
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

    def _counter(self, name: str, doc: str) -> Counter:
        registry = get_registry() if self.registry is None else self.registry
        try:
            return Counter(name, doc, registry=registry)
        except ValueError:
            counter = registry.collectors.get(name)
            if counter is None:
                raise
        if not isinstance(counter, Counter):
            raise ValueError(
                f"{name} in the registry is no Counter: give MetricsMiddleware another registry"
            )
        if not counter.const_labels.items() <= (self.const_labels or {}).items():
            raise ValueError(
                f"{name} in the registry has the const labels {counter.const_labels}: "
                "give MetricsMiddleware another registry, or the same const_labels"
            )
        return counter

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        exchange = self._begin(scope)
        if exchange is None:
            await self.asgi_callable(scope, receive, send)
            return

        def wrapped_send(message: Message) -> Awaitable[None]:
            exchange.saw(message)
            return send(message)

        try:
            await self.asgi_callable(scope, receive, wrapped_send)
        except Exception:
            exchange.failed()
            raise
        except BaseException:  # cancelled, or closed by the server
            exchange.answered(499)
            raise
        exchange.answered(500)

    def _begin(self, scope: Scope) -> _Exchange | None:
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
            paths = (full_path(scope), app_path(scope), scope.get("path"))
            if any(path in self.exclude_paths for path in paths):
                return None
            return _Exchange(self, scope)
        except Exception:
            self._log_error()
            return None

    def get_full_or_template_path(self, scope: Scope) -> str:
        """
        Using the route template url can be more insightful than the actual
        route url so that the route handler function can be easily identified.

        For example, seeing the path '/users/{user_id}' in metrics is often
        better than every combination of '/users/bob', /users/alice', etc.

        Obtaining the route template will be a unique procedure for each web
        framework. This feature is currently only supported for Starlette
        and FastAPI applications. Subclasses may override this method for
        others: it is called when the response starts or the call has ended.

        :return: the template, or the path of the request if there is none.
        """
        router = self._router(scope)
        template = None if router is None else find_template(router, scope)
        return full_path(scope) if template is None else template

    def _router(self, scope: Scope) -> Any | None:
        """The outermost router that a request goes through, if its template is wanted."""
        if not self.use_template_urls:
            return None
        for app in (scope.get("router"), self.starlette_app, self.asgi_callable):
            router = None if app is None else find_router(app)
            if router is not None:
                return router
        return None

    def _path_label(self, scope: Scope, status: str) -> str:
        path = self.get_full_or_template_path(scope)
        if path != full_path(scope):
            return path
        # Either this route has no parameters, or there is none.
        router = self._router(scope)
        if router is None:
            unmatched = status in ("404", "405")
        else:
            unmatched = find_template(router, scope) is None
        return UNMATCHED_PATH if unmatched else path

    def _log_error(self) -> None:
        """Log the exception that is being handled, the first time."""
        if not self._error_logged:
            self._error_logged = True
            import logging

            logging.getLogger(__name__).exception(
                "MetricsMiddleware cannot count requests (this is logged once)"
            )


class _Exchange:
    """A request and its answer, which are counted once."""

    def __init__(self, middleware: MetricsMiddleware, scope: Scope) -> None:
        self.middleware = middleware
        self.scope = scope
        self.counted = False
        # None before it is counted, and if it turns out to be excluded.
        self.labels: LabelsType | None = None

    def saw(self, message: Message) -> None:
        """Count the request if this message starts the response."""
        if self.counted:
            return
        try:
            status = _status_started_by(message)
        except Exception:
            return  # it is no message; let the server say so
        if status is not None:
            self.answered(status)

    def answered(self, status: Any) -> None:
        """Count the request with its status code, unless that has been done."""
        if self.counted:
            return
        self.counted = True
        middleware = self.middleware
        try:
            status = _status_text(status)
            path = middleware._path_label(self.scope, status)
            if path in middleware.exclude_paths:
                return
            if middleware.group_status_codes:
                status = f"{status[0]}xx"
            self.labels = {"method": _method_label(self.scope), "path": path}
            self._inc(middleware.requests_counter, self.labels)
            self._inc(middleware.responses_counter, self.labels)
            self._inc(middleware.status_codes_counter, {**self.labels, "status_code": status})
        except Exception:
            middleware._log_error()

    def failed(self) -> None:
        """Count an exception, and the request if no response has started."""
        self.answered(500)
        try:
            if self.labels is not None:
                self._inc(self.middleware.exceptions_counter, self.labels)
        except Exception:
            self.middleware._log_error()

    def _inc(self, counter: Counter, labels: LabelsType) -> None:
        if self.middleware.const_labels:
            own = counter.const_labels
            extra = {k: v for k, v in self.middleware.const_labels.items() if k not in own}
            labels = {**extra, **labels}
        counter.inc(labels)


def _method_label(scope: Scope) -> str:
    if scope["type"] == "websocket":
        return WEBSOCKET_METHOD
    method = scope.get("method")
    return method if isinstance(method, str) and method in KNOWN_METHODS else OTHER_METHOD


def _status_started_by(message: Message) -> Any | None:
    """The status code of the response that a message starts, if it starts one."""
    kind = message.get("type")
    if kind in ("http.response.start", "websocket.http.response.start"):
        return message.get("status", 500)
    if kind == "websocket.accept":
        return 101
    if kind == "websocket.close":  # what the server makes of it before it has been accepted
        return 403
    return None


def _status_text(status: Any) -> str:
    """A status code as text; members of http.HTTPStatus are numbers."""
    return str(int(status)) if isinstance(status, int) else str(status)
