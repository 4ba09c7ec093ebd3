"""A middleware of aiohttp's server with the standard metrics."""

from __future__ import annotations

import re
import weakref
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from aiohttp import web
from aiohttp.abc import AbstractMatchInfo
from yarl import URL

from .. import _core
from ..collectors import Registry, get_registry
from ..http.checking import checked, checked_paths
from ..http.measuring import Measuring
from ..http.names import UNMATCHED_PATH as UNMATCHED_PATH
from ..http.options import StandardOptions
from ..http.owner import Place
from ..http.shared import registry_or_none
from ..http.standard import StandardMetrics, label_text
from ..http.unserved import Counted
from ..loop import on_loop
from .exchange import Exchange
from .handler import AROUND, REGISTRY_KEY, not_called, state_of

if TYPE_CHECKING:
    from typing_extensions import Unpack

EXCLUDE_PATHS = ("/metrics", "/metrics/", "/favicon.ico")
"""The default of ``exclude_paths``."""

_UNKNOWN = object()
"""Stands for a resource of which nothing is known."""

_MOST = 10_000
"""The most resources of which that is kept."""

_SCRAPES: weakref.WeakSet[object] = weakref.WeakSet()
"""The resources that no middleware counts."""

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
"""A handler, or the next middleware."""


class MiddlewareOptions(StandardOptions, total=False):
    """Options of :class:`MetricsMiddleware`, as keyword arguments."""

    exclude_paths: Sequence[str | re.Pattern[str]] | None
    """The paths that are not counted; None for no path."""
    group_status_codes: bool
    """Whether the status label has only the class of the status."""
    const_labels: Mapping[str, Any] | None
    """Labels that all series have."""


class MetricsMiddleware(Measuring):
    """A middleware of aiohttp's server with the standard metrics: requests, latencies, sizes,
    requests in progress, websockets.

    A request is counted when its answer has been sent. If it passes two middlewares with the same
    metrics and const labels, only the outermost counts it.

    - path: the canonical path of the resource, ``/users/{id}``, with the prefixes of applications
      around it. What matches no route has ``<unmatched>``.
    - status: that of the answer, whether it is returned or raised as an ``HTTPException``, which is
      no exception here. Any other exception has 500, and a time-out 504, which aiohttp answers. A
      request that is cancelled, and one whose client has gone so that the handler fails, has 499.

    :param registry: The registry; without it, ``app[REGISTRY_KEY]`` of the application that has the
      middleware, or of the nearest one around it that has one; or else the default registry.
      Middlewares with the same registry share the metrics.
    :param exclude_paths: The paths that are not counted: those of requests, or of resources. A str
      stands for itself, a pattern is searched for.
    :param group_status_codes: Whether the status label has only the class of the status: ``2xx``
      for 200, 201 and so on.
    :param const_labels: Labels that all series of this middleware have.
    :param options: Options of the standard metrics; see
      ``aioprometheus.http.options.StandardOptions``.
    :raises Exception: If the registry is not a Registry.
    :raises TypeError: If there is no such option, or if one is of another type.
    :raises ValueError: If an option has no meaning.
    """

    __middleware_version__ = 1  # what aiohttp.web.middleware sets

    _other_registry_logged = False

    def __init__(
        self,
        registry: Registry | None = None,
        *,
        exclude_paths: Sequence[str | re.Pattern[str]] | None = EXCLUDE_PATHS,
        group_status_codes: bool = False,
        const_labels: Mapping[str, Any] | None = None,
        **options: Unpack[StandardOptions],
    ) -> None:
        name = type(self).__name__
        if isinstance(registry, web.BaseRequest):
            raise not_called(name, "middlewares=[{}()]")
        self.registry = registry_or_none(registry)
        if isinstance(exclude_paths, str):
            raise TypeError(f"{name}: exclude_paths is a list, such as [{exclude_paths!r}]")
        exclude_paths = checked_paths(name, exclude_paths)
        self.group_status_codes = group_status_codes
        self.const_labels = const_labels
        self._options = checked(name, self.registry, options, const_labels)
        self._excluded = {path for path in exclude_paths if not isinstance(path, re.Pattern)}
        self._patterns = [path for path in exclude_paths if isinstance(path, re.Pattern)]
        # Whether requests to a resource are excluded; None if their paths say so.
        self._exclusions: dict[object, bool | None] = {}
        self._has_own_labels = type(self).path_label is not MetricsMiddleware.path_label
        # What the core counts the requests in. The first request makes it, so that an application
        # that is never served leaves nothing in a registry.
        self._recorder: _core.HttpRecorder | None = None
        self._alone = (self,)

    def __repr__(self) -> str:
        """Show the registry and const labels of the metrics."""
        labels = f" with {self.const_labels!r}" if self.const_labels else ""
        return f"<{type(self).__name__} in {self.registry!r}{labels}>"

    async def __call__(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Answer a request by a handler, and count it."""
        exchange = self._begin(request)
        if exchange is None:
            return await handler(request)
        try:
            response = await handler(request)
        except web.HTTPException as answer:
            exchange.answered(answer)
            raise
        except BaseException as error:
            exchange.failed(error)
            raise
        exchange.answered(response)
        return response

    def path_label(self, request: web.Request, path: str) -> str:
        """Return the path label of a request. Subclasses may return another one.

        It is called when the request is counted, and must return few different values: each makes
        series of its own, up to ``max_series``.

        :param request: The request, whose ``match_info`` says its route.
        :param path: The canonical path of the resource, or ``<unmatched>``.
        :returns: The label.
        """
        return path

    def exclude_resource(self, resource: object) -> None:
        """Leave requests to a resource uncounted.

        :param resource: The resource, as ``app.router.add_resource`` returns it.
        """
        self._exclusions[resource] = True

    def _begin(self, request: web.Request) -> Exchange | None:
        """Begin to measure a request; None if it is not counted here."""
        recorder = self._recorder
        try:
            if recorder is None:
                recorder = self._prepared(request)
            state = state_of(request)
            around = state.get(AROUND)
            hook = getattr(request.writer, "_on_chunk_sent", None)
            if hook is not None and (exchange := Exchange.earlier(self, hook)) is not None:
                if around is None:
                    state[AROUND] = self._alone
                elif self not in around:
                    state[AROUND] = (*around, self)
                return exchange.again()
            if around is None:
                state[AROUND] = self._alone
            else:
                if any(self._measured() == other._measured() for other in around):
                    return None
                state[AROUND] = (*around, self)
            resource = _resource_of(request)
            is_excluded = self._exclusions.get(resource, _UNKNOWN)
            if is_excluded is _UNKNOWN:
                is_excluded = self._exclusion(resource)
            if is_excluded is None:
                is_excluded = self._excludes_path(request.path)
            if is_excluded:
                return None
            call = recorder.open(request.method)
            place = request if self._has_own_labels else resource
            return None if call is None else Exchange(self, request, place, call)
        except Exception as error:
            self._log_failure(error)
            return None

    def _prepared(self, request: web.Request) -> _core.HttpRecorder:
        """Make the metrics, for the first request."""
        registry = self._registry_for(getattr(request, "match_info", None))
        name = type(self).__name__
        self._standard = StandardMetrics(name, registry, self._options, self.const_labels)
        settings = self._settings(counts=False, trusts_marks=False, excluded_paths=None)
        self._recorder = _core.HttpRecorder(self, settings)
        on_loop()
        return self._recorder

    def _registry_for(self, match: AbstractMatchInfo | None) -> Registry:
        if self.registry is not None:
            return self.registry
        apps = () if match is None else match.apps  # `web.Server` has no applications
        own = next((index for index, app in enumerate(apps) if self in app.middlewares), 0)
        for app in reversed(apps[: own + 1]):
            if REGISTRY_KEY in app:
                return app[REGISTRY_KEY]
        return get_registry()

    def _measured(self) -> tuple[list[int], dict[str, str]]:
        """What distinguishes the series."""
        return ([id(self)], {}) if self._standard is None else self._standard.series()

    def _counted(self) -> Counted:
        """What the requests are counted in."""
        standard = self._measures()
        return Counted(self, standard._registry, set(standard.series()[0]))

    def _exclusion(self, resource: Any) -> bool | None:
        """Whether requests to a resource are excluded; None if their paths say so."""
        if len(self._exclusions) >= _MOST:  # an application may make resources without an end
            excluded = [other for other, is_excluded in self._exclusions.items() if is_excluded]
            self._exclusions = dict.fromkeys(excluded[: _MOST // 2], True)
        self._exclusions[resource] = is_excluded = self._new_exclusion(resource)
        return is_excluded

    def _new_exclusion(self, resource: Any) -> bool | None:
        template = _template_of(resource)
        if resource in _SCRAPES or self._excludes_path(template):
            return True
        if self._excludes_path(unquote(template)):  # older versions of aiohttp quote it
            return True
        if self._patterns:
            return None
        if isinstance(resource, web.PlainResource):
            return False  # its only path is the template
        if isinstance(resource, web.DynamicResource):
            pattern = resource.get_info()["pattern"]
            paths = (URL.build(path=path).raw_path for path in self._excluded)
            if not any(pattern.fullmatch(path) for path in paths):
                return False
        return None

    def _excludes_path(self, path: str) -> bool:
        return path in self._excluded or any(each.search(path) for each in self._patterns)

    def _place_of(self, route: Any) -> Place:
        """The path labels of requests to a resource; or of a request, if a subclass labels them."""
        if not self._has_own_labels:
            return Place(None, _template_of(route), True)
        path: Any = self.path_label(route, _template_of(_resource_of(route)))
        if path is not None and not isinstance(path, str):
            path = label_text(path)
        return Place(None, None if path is None or self._excludes_path(path) else path, False)


def metrics_middleware(
    registry: Registry | None = None, **options: Unpack[MiddlewareOptions]
) -> MetricsMiddleware:
    """Make a middleware with the standard metrics: ``web.Application(middlewares=[...])`` takes it.

    :param registry: The registry; see :class:`MetricsMiddleware`.
    :param options: The options of :class:`MetricsMiddleware`.
    :raises Exception: If the registry is not a Registry.
    :raises TypeError: If there is no such option, or if one is of another type.
    :raises ValueError: If an option has no meaning.
    """
    if isinstance(registry, web.BaseRequest):
        raise not_called("metrics_middleware", "middlewares=[{}()]")
    return MetricsMiddleware(registry, **options)


# Where the function itself stands for a middleware, aiohttp calls it with a request then, as it
# does the class, and not with an application, as a middleware of its old style.
vars(metrics_middleware)["__middleware_version__"] = 1


def exclude_everywhere(resource: object) -> None:
    """Leave requests to a resource uncounted by all middlewares, also those of applications around.

    :param resource: The resource.
    """
    _SCRAPES.add(resource)


def _resource_of(request: web.Request) -> Any:
    """The resource of the route that a request has taken, or None."""
    match = getattr(request, "match_info", None)
    return getattr(getattr(match, "route", None), "resource", None)


def _template_of(resource: Any) -> str:
    """The path label of requests to a resource."""
    canonical = getattr(resource, "canonical", None)
    return canonical if isinstance(canonical, str) else UNMATCHED_PATH
