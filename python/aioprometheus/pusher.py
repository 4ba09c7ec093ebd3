"""A client that pushes the metrics of a registry to a Pushgateway, or to VictoriaMetrics."""

from __future__ import annotations

import logging
import re
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

try:
    import aiohttp
except ImportError as exc:
    raise ImportError(
        "`aiohttp` could not be imported. Did you install `aioprometheus` with the `aiohttp` extra?"
    ) from exc

from yarl import URL

from .collectors import REGISTRY, Collector, Registry
from .formats import text
from .formats.built_in import BuiltInFormatter
from .handler import checked_registry
from .note import no_attribute, noted, wrong_registry
from .pushing import PushError as PushError
from .pushing import PushTimeout as PushTimeout
from .pushing import push as push
from .pushing.exchange import is_same_server
from .pushing.group import escape_grouping_key as _escape_grouping_key  # noqa: F401  # as in 23.12.0
from .pushing.group import excerpt, shown, url_of
from .pushing.limit import limit_of

logger = logging.getLogger(__name__)

# Text that may stand in a URL unchanged (RFC 3986); everything else has to be percent-encoded.
_URL_TEXT = re.compile(r"(?:[A-Za-z0-9._~:/?#\[\]@!$&'()*+,;=-]|%[0-9A-Fa-f]{2})*")

_SECONDS = 10.0
"""The time limit of a request, if the caller gives none."""


class Pusher:
    """A client that pushes the metrics of programs that cannot be scraped.

    An example is a batch job that ends before the next scrape. The metrics go to a Pushgateway,
    which Prometheus scrapes. With a custom path they go to another receiver of the text format,
    such as VictoriaMetrics.

    An answer that is not one of success (with a status of 300 or more, or after a redirect that has
    lost the metrics) is logged as a warning and returned like any other. With
    ``raise_for_status=True``, ``aiohttp.ClientResponseError`` is raised instead. Use it in a batch
    job that is to fail when its metrics are lost::

        await Pusher("nightly", "http://localhost:9091").replace(raise_for_status=True)

    A script without an event loop calls :func:`aioprometheus.pushing.push`, which always raises.

    A pusher keeps nothing of an event loop: it may be used in several of them, and in several tasks
    at a time.
    """

    PROMETHEUS_PATH = "/metrics"
    """The path of a Pushgateway, to which the job and the grouping key are appended."""

    def __init__(
        self,
        job_name: str,
        addr: str,
        grouping_key: dict[str, Any] | None = None,
        path: str = "/metrics",
    ) -> None:
        """Make a pusher for one group of metrics. Nothing is sent yet.

        :param job_name: The value of the label ``job``.
        :param addr: The URL of the receiver, such as ``http://hostname:9091``, with a path if the
          receiver is not at the root of its server. If it is empty, every push needs ``base_url=``.
        :param grouping_key: More labels, which identify the group together with the job. Give their
          values unencoded.
        :param path: The path below ``addr``. The job and the grouping key are appended to the
          default, which is the path of a Pushgateway. To any other path, such as
          ``/api/v1/import/prometheus`` of VictoriaMetrics, they are sent as ``extra_label`` query
          parameters.
        :raises ValueError: If ``addr`` lacks the scheme, if the job name is empty, if a label name
          is not valid, or if a value has no UTF-8 form. With a custom path the job name may be
          empty; no job is sent then.
        """
        self.job_name = job_name
        self.grouping_key = {} if grouping_key is None else grouping_key
        self.addr = addr
        self.formatter = text.TextFormatter()
        self.headers = self.formatter.get_headers()

        self._is_pushgateway = path == self.PROMETHEUS_PATH
        self.path = url_of(job_name, addr, self.grouping_key, path, self.PROMETHEUS_PATH)

    def __repr__(self) -> str:
        """Show the job and the URL, without user name, password and query."""
        return f"<{type(self).__name__} of job {self.job_name!r} to {shown(self.path)}>"

    if not TYPE_CHECKING:  # type checkers would find every attribute

        def __getattr__(self, name: str) -> Any:
            error = no_attribute(self, name)
            if name == "push":
                noted(error, "replace(registry) replaces the group, add(registry) its metrics")
            raise error

    async def add(
        self, registry: Registry | Sequence[Registry] = REGISTRY, **kwargs: Any
    ) -> aiohttp.ClientResponse:
        """Push metrics, which replace only the metrics of the same names in their group.

        :param registry: The registry of the metrics, a list of registries that are pushed together,
          or a view. Its functions and collectors are asked as at a scrape.
        :param kwargs: Parameters of the ``aiohttp.ClientSession`` that is made for this push,
          such as ``auth``, ``headers``, ``timeout`` or ``raise_for_status``. A ``timeout`` may be a
          number of seconds too. With ``auth``, ``headers`` or ``cookies``, which may be secret, a
          redirect to another server is not followed.
        :returns: The answer with its body, so that ``await response.text()`` works. Check its
          ``status``, or give ``raise_for_status=True``: a refused push does not raise otherwise.
        :raises Exception: If it is not a registry. Nothing is sent then.
        :raises TypeError: If it is a metric.
        :raises ValueError: If the ``timeout`` is not above 0, or infinite.
        :raises aiohttp.ClientResponseError: With ``raise_for_status=True``, if the answer has a
          status of 300 or more, or if a redirect has made a GET of the push.
        :raises aiohttp.ClientError: If there is no answer.
        :raises asyncio.TimeoutError: If it takes longer than the timeout, by default 10 seconds.
        """
        return await self._push("add", "POST", registry, kwargs)

    async def replace(
        self, registry: Registry | Sequence[Registry] = REGISTRY, **kwargs: Any
    ) -> aiohttp.ClientResponse:
        """Push metrics, which replace all metrics of their group.

        The return value and the errors are those of :meth:`add`.

        :param registry: The registry of the metrics, as for :meth:`add`.
        :param kwargs: Parameters of the ``aiohttp.ClientSession``, as for :meth:`add`.
        """
        return await self._push("replace", "PUT", registry, kwargs)

    async def delete(
        self, registry: Registry | Sequence[Registry] = REGISTRY, **kwargs: Any
    ) -> aiohttp.ClientResponse:
        """Delete all metrics of the group from a Pushgateway.

        The return value and the errors are those of :meth:`add`. A Pushgateway ignores the metrics
        that are sent with the request. A request to a custom path has no body: VictoriaMetrics does
        not delete metrics in this way, and would store a body.

        :param registry: The registry of the metrics that are sent with the request.
        :param kwargs: Parameters of the ``aiohttp.ClientSession``, as for :meth:`add`.
        """
        return await self._push("delete", "DELETE", registry, kwargs)

    async def _push(
        self,
        name: str,
        method: str,
        registry: Registry | Sequence[Registry],
        session_options: dict[str, Any],
    ) -> aiohttp.ClientResponse:
        if isinstance(registry, Collector):
            # As in 23.12.0.
            raise wrong_registry(TypeError("Not a valid object format"), registry, f"{name}()")
        pushed = checked_registry(registry, f"{name}()")
        session_options = _with_timeout(session_options)
        has_body = method != "DELETE" or self._is_pushgateway
        payload = await self._payload(pushed) if has_body else None
        return await self._send(method, payload, session_options)

    async def _payload(self, registry: Registry) -> bytes:
        """The metrics of a registry; its collectors are asked as at a scrape."""
        marshall = self.formatter.marshall
        if getattr(marshall, "__func__", None) is not BuiltInFormatter.marshall:
            return marshall(registry)  # of a formatter of the user's
        return await self.formatter.marshall_async(registry)

    async def _send(
        self, method: str, payload: bytes | None, session_options: dict[str, Any]
    ) -> aiohttp.ClientResponse:
        # URL text is sent unchanged. Anything else, such as an international host name or a path
        # that the user has set, is encoded by yarl.
        url = URL(self.path, encoded=_URL_TEXT.fullmatch(self.path) is not None)
        if self._has_secrets(session_options):
            traces = [*(session_options.get("trace_configs") or ()), _stop_elsewhere()]
            session_options = {**session_options, "trace_configs": traces}
        lost = "it was not taken: see whether addr and path are those of the receiver"
        async with aiohttp.ClientSession(**session_options) as session:
            # Not `async with`: at its end the caller could no longer read the body. The connection
            # is released when the body has been read, and when reading it fails.
            send = partial(session.request, method, url, data=payload, headers=self.headers)
            try:
                response = await send()
            except _Elsewhere as elsewhere:
                lost = str(elsewhere)
                # Once more: aiohttp has closed the response, and its caller may read this one.
                response = await send(allow_redirects=False)
            body = await response.read()
        if response.status >= 400:
            self._warn(method, response, excerpt(body))
        elif response.method != method:
            words = (
                f"this redirect to {response.url.with_query(None)} has made a {response.method} of "
                "it, which sends no metrics: give the address that it leads to"
            )
            self._report(method, response.history[-1], words, session_options)
        elif response.status >= 300:
            self._report(method, response, lost, session_options)
        return response

    def _report(
        self,
        method: str,
        response: aiohttp.ClientResponse,
        words: str,
        session_options: dict[str, Any],
    ) -> None:
        """Report a push that is lost, though aiohttp takes its answer for one of success."""
        if session_options.get("raise_for_status") is True:
            raise aiohttp.ClientResponseError(
                response.request_info, response.history, status=response.status, message=words
            )
        self._warn(method, response, words)

    def _has_secrets(self, session_options: dict[str, Any]) -> bool:
        """Whether a push has more than its metrics, which only the receiver is to get."""
        return any(session_options.get(name) for name in ("auth", "headers", "cookies")) or any(
            name.lower() != "content-type" for name in self.headers
        )

    def _warn(self, method: str, response: aiohttp.ClientResponse, words: str) -> None:
        logger.warning(
            "%s of the metrics of job %r to %s was answered with %d %s: %s",
            method,
            self.job_name,
            response.url.with_query(None),  # a query may hold secrets
            response.status,
            response.reason,
            words,
        )


class _Elsewhere(Exception):
    """A redirect to another server, which is not followed."""

    def __init__(self, target: URL) -> None:
        where = target.with_user(None).with_query(None).with_fragment(None)
        super().__init__(
            f"this redirect leads to another server, {where}, which is not to get the password, "
            "headers or cookies of this push: give the address that it leads to"
        )


def _stop_elsewhere() -> aiohttp.TraceConfig:
    """A trace that stops at a redirect to another server than the first one."""

    async def start(
        _session: aiohttp.ClientSession, context: Any, event: aiohttp.TraceRequestStartParams
    ) -> None:
        context.url = event.url

    async def stop(
        _session: aiohttp.ClientSession, context: Any, event: aiohttp.TraceRequestRedirectParams
    ) -> None:
        response = event.response
        location = response.headers.get("Location") or response.headers.get("URI")
        if location is None:
            return
        try:
            target = response.url.join(URL(location))
            is_elsewhere = not is_same_server(str(context.url), str(target))
        except ValueError:  # which aiohttp will refuse
            return
        if is_elsewhere and target.host:
            response.close()
            raise _Elsewhere(target)

    trace = aiohttp.TraceConfig()
    trace.on_request_start.append(start)
    trace.on_request_redirect.append(stop)
    return trace


def _with_timeout(session_options: dict[str, Any]) -> dict[str, Any]:
    """Return the options of a session with a time limit."""
    if session_options.keys() & {"read_timeout", "conn_timeout"}:  # of old versions of aiohttp
        return session_options
    timeout = session_options.get("timeout", _SECONDS)
    if isinstance(timeout, (int, float)) and not isinstance(timeout, bool):
        limit = limit_of(timeout, "aiohttp.ClientTimeout(total=None)")
        timeout = aiohttp.ClientTimeout(total=limit)
    return {**session_options, "timeout": timeout}
