"""A client that pushes the metrics of a registry to a Pushgateway, or to VictoriaMetrics."""

from __future__ import annotations

import base64
import logging
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urljoin, urlsplit, urlunsplit

try:
    import aiohttp
except ImportError as exc:
    raise ImportError(
        "`aiohttp` could not be imported. Did you install `aioprometheus` with the `aiohttp` extra?"
    ) from exc

from yarl import URL

from .collectors import REGISTRY, Registry
from .formats import text
from .formats.built_in import BuiltInFormatter
from .note import no_attribute, noted

logger = logging.getLogger(__name__)

# Label names that a Pushgateway accepts. Names that begin with two underscores are reserved.
_LABEL_NAME = re.compile(r"(?!__)[a-zA-Z_][a-zA-Z0-9_]*")

# Text that may stand in a URL unchanged (RFC 3986); everything else has to be percent-encoded.
_URL_TEXT = re.compile(r"(?:[A-Za-z0-9._~:/?#\[\]@!$&'()*+,;=-]|%[0-9A-Fa-f]{2})*")

# The number of bytes of an error answer that are logged.
_LOGGED_BODY_BYTES = 1000


class Pusher:
    """A client that pushes the metrics of programs that cannot be scraped.

    An example is a batch job that ends before the next scrape. The metrics go to a Pushgateway,
    which Prometheus scrapes. With a custom path they go to another receiver of the text format,
    such as VictoriaMetrics.

    An answer with the status of an error (400 or more) is logged as a warning and returned like any
    other. With ``raise_for_status=True`` aiohttp raises ``aiohttp.ClientResponseError`` instead.
    Use it in a batch job that is to fail when its metrics are lost::

        await Pusher("nightly", "http://localhost:9091").replace(raise_for_status=True)
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

        labels = _labels(job_name, self.grouping_key)
        self._is_pushgateway = path == self.PROMETHEUS_PATH
        if self._is_pushgateway:
            if not labels["job"]:
                raise ValueError("job_name must not be empty: a Pushgateway refuses that")
            path += "".join(_escape_grouping_key(k, v) for k, v in labels.items())
        else:
            path = _with_extra_labels(path, labels)
        self.path = _resolve(addr, path)

    def __repr__(self) -> str:
        """Show the job and the URL, without user name, password and query."""
        url = urlsplit(self.path)
        where = urlunsplit((url.scheme, url.netloc.rpartition("@")[2], url.path, "", ""))
        return f"<{type(self).__name__} of job {self.job_name!r} to {where}>"

    if not TYPE_CHECKING:  # type checkers would find every attribute

        def __getattr__(self, name: str) -> Any:
            error = no_attribute(self, name)
            if name == "push":
                noted(error, "replace(registry) replaces the group, add(registry) its metrics")
            raise error

    async def add(self, registry: Registry = REGISTRY, **kwargs: Any) -> aiohttp.ClientResponse:
        """Push metrics, which replace only the metrics of the same names in their group.

        :param registry: The registry of the metrics.
        :param kwargs: Parameters of the ``aiohttp.ClientSession`` that is made for this push,
          such as ``auth``, ``headers``, ``timeout`` or ``raise_for_status``.
        :returns: The answer with its body, so that ``await response.text()`` works. Check its
          ``status``, or give ``raise_for_status=True``: a refused push does not raise otherwise.
        :raises TypeError: If a metric is given in place of a registry.
        :raises aiohttp.ClientResponseError: With ``raise_for_status=True``, if the answer has a
          status of 400 or more.
        :raises aiohttp.ClientError: If there is no answer.
        :raises asyncio.TimeoutError: If it takes longer than the timeout, by default 300 seconds.
        """
        return await self._send("POST", await self._payload(registry), kwargs)

    async def replace(self, registry: Registry = REGISTRY, **kwargs: Any) -> aiohttp.ClientResponse:
        """Push metrics, which replace all metrics of their group.

        The return value and the errors are those of :meth:`add`.

        :param registry: The registry of the metrics.
        :param kwargs: Parameters of the ``aiohttp.ClientSession``, as for :meth:`add`.
        """
        return await self._send("PUT", await self._payload(registry), kwargs)

    async def delete(self, registry: Registry = REGISTRY, **kwargs: Any) -> aiohttp.ClientResponse:
        """Delete all metrics of the group from a Pushgateway.

        The return value and the errors are those of :meth:`add`. A Pushgateway ignores the metrics
        that are sent with the request. A request to a custom path has no body: VictoriaMetrics does
        not delete metrics in this way, and would store a body.

        :param registry: The registry of the metrics that are sent with the request.
        :param kwargs: Parameters of the ``aiohttp.ClientSession``, as for :meth:`add`.
        """
        payload = await self._payload(registry) if self._is_pushgateway else None
        return await self._send("DELETE", payload, kwargs)

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
        async with aiohttp.ClientSession(**session_options) as session:
            # Not `async with`: at its end the caller could no longer read the body. The connection
            # is released when the body has been read, and when reading it fails.
            response = await session.request(method, url, data=payload, headers=self.headers)
            body = await response.read()
        if response.status >= 400:
            # A query may hold secrets.
            logger.warning(
                "%s of the metrics of job %r to %s was answered with %d %s: %s",
                method,
                self.job_name,
                response.url.with_query(None),
                response.status,
                response.reason,
                body[:_LOGGED_BODY_BYTES].decode("utf-8", "replace").strip(),
            )
        return response


def _labels(job_name: str, grouping_key: dict[str, Any]) -> dict[str, str]:
    """Return the labels of a group as text: the job, then the others sorted by name."""
    if not hasattr(grouping_key, "items"):
        raise noted(
            no_attribute(grouping_key, "items"),
            "grouping_key must be a dict of labels, such as {'instance': 'host:9000'}, "
            f"not {type(grouping_key).__name__}",
        )
    labels = {"job": str(job_name)}
    for name, value in sorted((str(name), str(value)) for name, value in grouping_key.items()):
        if labels.setdefault(name, value) != value:
            raise ValueError(
                f"grouping_key says {name}={value!r}, but {labels[name]!r} is given already: "
                "leave it out"
            )
    for name, value in labels.items():
        if not _LABEL_NAME.fullmatch(name):
            raise ValueError(
                f"grouping_key has an invalid label name: {name!r}. A name consists of ASCII "
                "letters, digits and underscores, without a digit or two underscores in front"
            )
        try:
            value.encode("utf-8")
        except UnicodeEncodeError:
            raise ValueError(
                f"the value of the label {name} has no UTF-8 form: {value!r}"
            ) from None
    return labels


def _escape_grouping_key(k: str, v: str) -> str:
    """Return the two segments of a label in the path of a Pushgateway.

    The rules are in the section "URL" of its README. A segment of one or two dots is encoded
    because clients and servers would resolve it.
    """
    if v == "":
        # The `=` of padding prevents `//` and a trailing `/`.
        return f"/{k}@base64/="
    if "/" in v or v in (".", ".."):
        # A `/` is taken for a path separator even if it is percent-encoded.
        return f"/{k}@base64/{base64.urlsafe_b64encode(v.encode()).decode()}"
    return f"/{k}/{quote(v, safe='')}"


def _with_extra_labels(path: str, labels: dict[str, str]) -> str:
    """Return a path with labels as query parameters for VictoriaMetrics."""
    path = path.partition("#")[0]
    for name, value in labels.items():
        if name == "job" and not value:
            continue
        separator = "&" if "?" in path else "?"
        path += f"{separator}extra_label={name}={quote(value, safe='')}"
    return path


def _resolve(addr: str, path: str) -> str:
    """Return the URL of a path below an address, which may itself have a path and a query."""
    base = urlsplit(addr or "")
    if urlsplit(path).netloc:  # a URL of its own
        return urljoin(addr, path)
    if addr and not (base.scheme and base.netloc):
        raise ValueError(f"addr must be a URL such as http://hostname:9091, got: {addr}")
    path, _, query = path.partition("?")
    return urlunsplit(
        base._replace(
            path=f"{base.path.rstrip('/')}/{path.lstrip('/')}",
            query="&".join(filter(None, (base.query, query))),
            fragment="",
        )
    )
