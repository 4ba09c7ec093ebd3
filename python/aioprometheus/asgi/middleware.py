"""An ASGI middleware that measures requests: four counters, or the standard metrics."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from types import MethodType
from typing import TYPE_CHECKING, Any

from .. import _core
from ..collectors import REGISTRY, Counter, Registry, get_registry
from ..http.checking import checked, checked_paths, with_defaults
from ..http.measuring import Measuring
from ..http.names import UNMATCHED_PATH as UNMATCHED_PATH
from ..http.options import DEFAULTS, Set, sets_of
from ..http.owner import Labels, Place
from ..http.shared import registry_or_none
from ..http.standard import StandardMetrics
from ..loop import on_loop
from ..mypy_types import LabelsType as LabelsType  # as in 23.12.0
from .counters import COUNTERS, counter_in
from .exceptions import answers_exceptions, is_giving_up, status_around
from .exchange import receive_in, send_in
from .nested import sets_within
from .protocol import ASGICallable as ASGICallable
from .protocol import Message as Message  # as in 23.12.0
from .protocol import Receive as Receive
from .protocol import Scope as Scope
from .protocol import Send as Send
from .route import (
    Missing,
    Way,
    app_path,
    full_path,
)
from .template import counted_template, is_marked, template_of

if TYPE_CHECKING:
    from typing_extensions import Self, Unpack

    from ..http.options import StandardOptions

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


class MetricsMiddleware(Measuring):
    """An ASGI middleware with four counters, of requests, responses, exceptions and status codes,
    or with the standard metrics, such as latencies and sizes.

    The four counters count a request when its response starts or when its call
    ends, whichever is first, because its route is not known earlier. If its
    client goes before the response starts, it is counted at the end of the
    call. The standard metrics count it when its response is complete or its
    call ends. An error in counting is logged once and never reaches the
    request. If a request passes two middlewares with the same metrics and const
    labels, only the outermost counts it.

    The labels have few values, as far as the framework allows. Those of the
    standard metrics never have the path of a request itself: see the page on
    the middleware in the documentation. Those of the four counters:

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
      without an answer, has 500; what a framework around the middleware answers
      has the status of that. A request that is given up has 499, and does
      not count as an exception. Given up means that it was cancelled, or that
      its client has gone and the application ends without an answer, with the
      framework's exception for that, or with an error status because the rest
      of the request is missing.

    :param app: The ASGI application, or the next middleware.
    :param registry: The registry of the counters; without it, the default
      registry. Middlewares with the same registry share the counters.
    :param exclude_paths: The paths that are not counted. A request is excluded
      if its path, its path below the root_path, or the template of its route
      is in the list. A str stands for itself, a pattern is searched for.
    :param use_template_urls: Whether the path label is the template of the
      route ("/users/{user_id}") where it is known, and not the path that the
      client sent ("/users/alice", "/users/bob", ...).
    :param group_status_codes: Whether the status_code label has only the class
      of the status code: "2xx" for 200, 201 and so on.
    :param const_labels: Labels that all series of this middleware have.
    :param metrics: The set of metrics: "counters" are the four of 23.12.0,
      "standard" are those that other middlewares have too: latencies, sizes,
      requests in progress, websockets. A list has both.
    :param options: Options of the standard metrics; see
      ``aioprometheus.http.options.StandardOptions``.
    :raises Exception: If the registry is not a Registry.
    :raises ValueError: If an option has no meaning.
    :raises TypeError: If there is no such option, or if one is of another type.
    :raises ImportError: If exemplars are to come from OpenTelemetry, and it is
      not installed.
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
        registry: Registry | None = REGISTRY,
        exclude_paths: Sequence[str | re.Pattern[str]] | None = EXCLUDE_PATHS,
        use_template_urls: bool = True,
        group_status_codes: bool = False,
        const_labels: Mapping[str, Any] | None = None,
        *,
        metrics: Set | Sequence[Set] = "counters",
        **options: Unpack[StandardOptions],
    ) -> None:
        self.asgi_callable = app
        self._sets = sets_of(metrics)
        self.registry: Registry | None = registry_or_none(registry)
        name = type(self).__name__
        if "standard" in self._sets:
            self._options = checked(name, self.registry, options, const_labels)
            exclude_paths = checked_paths(name, exclude_paths)
            if not use_template_urls:
                raise ValueError(
                    f"{name}: the standard metrics have the templates of routes as paths, never "
                    "those of requests; override path_label() for other labels"
                )
        else:
            # The four counters refuse const labels at the first request, as in 23.12.0.
            self._options = with_defaults(name, options, DEFAULTS)
            if options:
                raise ValueError(
                    f"{name}: {next(iter(options))} is an option of the standard metrics: add "
                    "metrics='standard'"
                )
        # What the core counts the requests in. Its settings are those of the first request.
        self._recorder: _core.HttpRecorder | None = None
        # Whether what is around it answers exceptions, as the scope of the first request says.
        self._is_answered = False

        # The Starlette or FastAPI application, from the first scope that has it. Its routes are
        # searched if the scope of a request has no router.
        self.starlette_app: Any | None = None

        self.exclude_paths = exclude_paths
        self.use_template_urls = use_template_urls
        self.group_status_codes = group_status_codes

        self.const_labels = const_labels

        # The first call creates the counters, so that an application that is never served leaves
        # nothing in a registry.
        self.metrics_created = False
        self._other_registry_logged = False

    def __repr__(self) -> str:
        """Show the application, and the registry and const labels of its counters."""
        labels = f" with {self.const_labels!r}" if self.const_labels else ""
        return f"<{type(self).__name__} of {self.asgi_callable!r} in {self.registry!r}{labels}>"

    def __deepcopy__(self, memo: object) -> Self:
        """Return the middleware itself: a copy of the scope of a request has it, too."""
        return self

    def create_metrics(self) -> None:
        """Create the metrics, or take those of another middleware from the registry.

        Subclasses may set other objects, if they have a method ``inc(labels)``.
        ``WithLabels`` adds const labels that a counter does not have, so that
        middlewares with different const labels can share a counter.

        :raises ValueError: If the registry has another metric under the name
          of a counter, or a counter with const labels that this middleware
          does not have.
        """
        if "counters" in self._sets:
            for attribute, (name, doc) in COUNTERS.items():
                setattr(self, attribute, counter_in(self.registry, self.const_labels, name, doc))
        if "standard" in self._sets:
            registry = get_registry() if self.registry is None else self.registry
            self._standard = StandardMetrics(
                type(self).__name__, registry, self._options, self.const_labels
            )
        self.metrics_created = True

    # Each framework has types of its own for these.
    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Serve a call of the application, and count it.

        :param scope: The scope.
        :param receive: The function of the server that receives.
        :param send: The one that sends.
        """
        recorder = self._recorder
        if recorder is None or (self.starlette_app is None and "app" in scope):
            recorder = self._prepared(scope)
        exchange = None if recorder is None else recorder.begin(scope, receive, send)
        if exchange is None:
            await self.asgi_callable(scope, receive, send)
            return

        try:
            await self.asgi_callable(
                scope, MethodType(receive_in, exchange), MethodType(send_in, exchange)
            )
        except BaseException as error:
            exchange.failed(
                error,
                is_giving_up(error, exchange.client_is_gone),
                status_around(error, self._is_answered),
            )
            raise
        exchange.ended()

    def _prepared(self, scope: Scope) -> _core.HttpRecorder | None:
        """Prepare for a call. The first one creates the metrics.

        :returns: What counts the call, or None if a metric cannot be created.
        """
        try:
            if self.starlette_app is None:
                self.starlette_app = scope.get("app")
            if self._recorder is None:
                if not self.metrics_created:
                    self.create_metrics()
                on_loop()
                if scope.get("type") == "lifespan":
                    return None
                settings = self._settings(
                    counts="counters" in self._sets,
                    trusts_marks=self._trusts_marks(),
                    excluded_paths=self._excluded_paths(),
                )
                self._is_answered = answers_exceptions(scope)
                self._recorder = _core.HttpRecorder(self, settings)
        except Exception as error:
            self._log_failure(error)
        return self._recorder

    def _excluded_paths(self) -> frozenset[str] | list[str] | None:
        """The paths that the core can look for: a list as it is, because paths may be added."""
        excluded = self.exclude_paths
        if any(isinstance(path, re.Pattern) for path in excluded):
            return None
        if type(excluded) is tuple:
            return frozenset(excluded)
        return excluded if type(excluded) is list else None

    @property
    def exclude_paths(self) -> Sequence[str | re.Pattern[str]]:
        """The paths that are not counted."""
        return self._exclude_paths

    @exclude_paths.setter
    def exclude_paths(self, paths: Sequence[str | re.Pattern[str]] | None) -> None:
        self._exclude_paths = paths if paths else []
        self._recorder = None

    def _trusts_marks(self) -> bool:
        """Whether the marks of a router in a scope say which path labels a request has."""
        own, given = MetricsMiddleware, type(self)
        return (
            self.use_template_urls
            and given.path_label is own.path_label
            and given.get_full_or_template_path is own.get_full_or_template_path
        )

    def _excludes(self, path: Any) -> bool:
        """Whether a path is in the list of those that are not counted."""
        excluded = self.exclude_paths
        if isinstance(excluded, str):  # `in` would search for a part of it
            return bool(path == excluded)
        if path in excluded:
            return True
        for pattern in excluded:
            if isinstance(pattern, re.Pattern) and pattern.search(str(path)):
                return True
        return False

    def _requested(self, scope: Scope) -> tuple[str, bool]:
        """The path of a request as its client sent it, and whether it is excluded."""
        path = full_path(scope)
        candidates = (path, app_path(scope), scope.get("path"))
        return path, any(self._excludes(candidate) for candidate in candidates)

    def _sets_of(self, around: Sequence[MetricsMiddleware]) -> tuple[bool, bool]:
        return sets_within(self, around)

    def path_label(self, scope: Scope, path: str) -> str:
        """Return the path label of a request. Subclasses may return another one.

        It is called when the request is counted, and must return few different values: each makes
        series of its own, up to ``max_series``.

        :param scope: The scope of the request, with what the framework has put into it.
        :param path: The template of the route, or what the label is instead.
        :returns: The label.
        """
        return path

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

    def _template(
        self, scope: Scope, path: str | None = None, way: Way | None = None
    ) -> str | Missing:
        """The template of the route that a request has taken, if templates are used."""
        if not self.use_template_urls:
            return Missing.ROUTER
        return counted_template((self.starlette_app, self.asgi_callable), scope, path, way)

    def _place(self, scope: Scope, requested: str, status: str) -> Place:
        """The path labels of a request.

        :param requested: The path as it was before the application got the scope, which it may
          change.
        """
        of_counters = of_standard = None
        is_template, way = True, Way()
        if "counters" in self._sets:
            of_counters, found = self._found(scope, requested, way)
            if found is not None:
                is_template = False
                unmatched = found is Missing.ROUTE or status in ("404", "405")
                of_counters = UNMATCHED_PATH if unmatched else requested
        if "standard" in self._sets:
            template = self._standard_template(scope, requested, status, way)
            is_template = is_template and isinstance(template, str)
            of_standard = template if isinstance(template, str) else UNMATCHED_PATH
        return Place(
            self._final(scope, of_counters),
            self._final(scope, of_standard),
            is_template and way.marks_suffice and is_marked(scope),
        )

    def _found(self, scope: Scope, requested: str, way: Way) -> tuple[str, Missing | None]:
        """The template of the route, or the path of the request and why there is no template."""
        path = requested
        if type(self).get_full_or_template_path is not MetricsMiddleware.get_full_or_template_path:
            path = self.get_full_or_template_path(scope)
            if path not in (requested, full_path(scope)):
                return path, None
        # Either the route has no parameters, or there is no route.
        found = self._template(scope, requested, way)
        return (found, None) if isinstance(found, str) else (path, found)

    def _standard_template(
        self, scope: Scope, requested: str, status: str, way: Way
    ) -> str | Missing:
        """The template for the standard metrics, which know more frameworks."""
        if type(self).get_full_or_template_path is not MetricsMiddleware.get_full_or_template_path:
            path = self.get_full_or_template_path(scope)
            if path not in (requested, full_path(scope)):
                return path
        return template_of(self.asgi_callable, scope, status=status, path=requested, way=way)

    def _final(self, scope: Scope, path: str | None) -> str | None:
        if path is None:
            return None
        path = self.path_label(scope, path)
        return None if self._excludes(path) else path

    def _labels(self, method: str, path: str, status: str) -> Labels | None:
        """The labels of the four counters; None if the status is excluded."""
        if self._standard is not None and self._standard.excludes(status):
            return None
        of_request = {"method": method, "path": path}
        if self.group_status_codes:
            status = f"{status[0]}xx"
        return Labels(of_request, {**of_request, "status_code": status})
