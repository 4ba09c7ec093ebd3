"""The function ``push``, for scripts: it pushes metrics, and raises if they are lost."""

from __future__ import annotations

import socket
import sys
from collections.abc import Mapping, Sequence
from http.client import HTTPException
from ssl import SSLCertVerificationError, SSLContext, SSLError
from typing import Any, Literal
from urllib.error import URLError
from urllib.parse import urlsplit

from ..collectors import REGISTRY, Registry
from ..handler import checked_registry
from ..note import noted
from ..renderer import rendering
from .exchange import Answer, Exchange, basic
from .group import excerpt, shown, url_of
from .limit import limit_of

Method = Literal["replace", "add", "delete"]
"""What is done with the metrics of a group."""

_GATEWAY_PATH = "/metrics"
_METHODS = {"replace": "PUT", "add": "POST", "delete": "DELETE"}


class PushError(OSError):
    """Metrics that were not pushed: there was no answer, or that of a refusal.

    Its message names the job, the address, what happened and what to do.
    """

    status: int | None = None
    """The status of the answer; None if there was none."""
    body: str = ""
    """The beginning of the body of the answer."""


class PushTimeout(PushError, TimeoutError):
    """Metrics that were not pushed within the time limit."""


def push(
    job_name: str,
    addr: str,
    registry: Registry | Sequence[Registry] = REGISTRY,
    *,
    grouping_key: Mapping[str, Any] | None = None,
    path: str = "/metrics",
    method: Method = "replace",
    timeout: float | None = 10.0,
    headers: Mapping[str, str] | None = None,
    auth: tuple[str, str] | None = None,
    ssl: SSLContext | None = None,
) -> None:
    """Push the metrics of a script to a Pushgateway, and raise if they do not get there.

    Call it at the end of a batch job::

        push("nightly", "http://localhost:9091")

    If the push fails, the script ends with the exception, and with the exit status 1. (Not in an
    ``atexit`` callback, whose exceptions Python only prints.)

    It uses the standard library, so that a script does not need aiohttp, and the proxy that the
    environment names. Where an event loop runs, await :class:`aioprometheus.pusher.Pusher` instead.

    :param job_name: The value of the label ``job``.
    :param addr: The URL of the receiver, such as ``http://hostname:9091``. It may have a path, and
      a user name and password.
    :param registry: The registry, a list of registries that are pushed together, or a view. Its
      functions and collectors are asked as at a scrape.
    :param grouping_key: More labels, which identify the group together with the job.
    :param path: The path below ``addr``, as for :class:`aioprometheus.pusher.Pusher`.
    :param method: ``"replace"`` for metrics that replace all of their group, ``"add"`` for metrics
      that replace only those of the same names, and ``"delete"`` to remove the group, with which no
      metrics are sent.
    :param timeout: The time limit of the request in seconds; None for no limit.
    :param headers: More headers of the request. They are not sent to another server that a redirect
      leads to.
    :param auth: A user name and a password, for basic authentication.
    :param ssl: The TLS settings for ``https``: certificates that are trusted, or that of the
      client. By default, those of the system are trusted.
    :raises PushError: If there is no answer, or if its status is not one of success. It is an
      OSError, and its message has the body of the answer.
    :raises PushTimeout: If it takes longer than the time limit. It is a TimeoutError too.
    :raises RuntimeError: If an event loop runs in this thread, which would stand still.
    :raises Exception: If it is not a registry that is to be pushed.
    :raises TypeError: If another argument is of a wrong type.
    :raises ValueError: If another argument has a wrong value, as for
      :class:`aioprometheus.pusher.Pusher`.
    """
    pushed = _pushed(registry)
    if method not in _METHODS:
        words = ", ".join(map(repr, _METHODS))
        raise ValueError(f"method must be one of {words}, got: {method!r}")
    job = "" if job_name is None else job_name
    url = url_of(job, addr, {} if grouping_key is None else grouping_key, path, _GATEWAY_PATH)
    _check_url(url, addr)
    limit = None if timeout is None else limit_of(timeout, "None")
    if ssl is not None and not hasattr(ssl, "wrap_socket"):
        raise TypeError(f"ssl must be an ssl.SSLContext or None, got: {ssl!r}")
    own_headers = {**_checked_auth(auth), **_checked_headers(headers)}
    _check_no_loop(job_name, method)

    body = None
    sent = {"User-Agent": "aioprometheus"}
    if method != "delete":
        made = rendering(pushed, None, None, None)
        body, sent = made.in_time(None), {**sent, **made.headers}
    # The type of the body is not for the caller to say.
    own_headers = {k: v for k, v in own_headers.items() if k.lower() != "content-type"}
    exchange = Exchange(_METHODS[method], url, body, sent, own_headers, ssl)
    failed = f"{_METHODS[method]} of the metrics of job {job_name!r} to {shown(url)} failed"
    try:
        answer = exchange.answer(limit)
    except (OSError, HTTPException, ValueError) as error:  # ValueError: a redirect to nonsense
        kind, words = _no_answer(error, exchange.proxy, limit)
        raise kind(f"{failed}: {words}") from error
    if not 200 <= answer.status < 300:
        refused = PushError(f"{failed}: {_refusal(answer, url)}")
        refused.status, refused.body = answer.status, excerpt(answer.body)
        raise refused


def _pushed(registry: Registry | Sequence[Registry]) -> Registry:
    try:
        return checked_registry(registry, "push()")
    except Exception as error:
        if isinstance(registry, Mapping):
            noted(error, "labels are given by name: push(job_name, addr, grouping_key={...})")
        raise


def _check_url(url: str, addr: str) -> None:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        got = shown(addr) if addr else addr
        raise ValueError(f"addr must be a URL such as http://hostname:9091, got: {got!r}")
    if not parts.hostname.isprintable() or " " in parts.hostname:
        raise ValueError(f"addr has a host that cannot be one: {parts.hostname!r}")


def _checked_auth(auth: tuple[str, str] | None) -> dict[str, str]:
    if auth is None:
        return {}
    if (
        not isinstance(auth, (tuple, list))
        or len(auth) != 2
        or not all(isinstance(part, str) for part in auth)
    ):
        raise TypeError("auth must be a pair of str: (user name, password)")
    return basic(*auth)


def _checked_headers(headers: Mapping[str, str] | None) -> dict[str, str]:
    """Return the headers. What is wrong with one is said without its value, which may be secret."""
    if headers is None:
        return {}
    if not hasattr(headers, "items"):
        raise TypeError(f"headers must be a dict of str, not {type(headers).__name__}")
    for name, value in headers.items():
        if not isinstance(name, str) or not isinstance(value, str):
            raise TypeError(f"headers must be a dict of str, but {name!r} or its value is none")
        if not (name and name.isascii() and name.isprintable()) or set(name) & set(": "):
            raise ValueError(f"headers has an invalid name: {name!r}")
        if set(value) & set("\r\n\0") or not _is_latin_1(value):
            raise ValueError(f"the header {name} has a value that cannot be sent")
    return dict(headers)


def _is_latin_1(text: str) -> bool:
    try:
        text.encode("latin-1")
    except UnicodeEncodeError:
        return False
    return True


def _check_no_loop(job_name: object, method: str) -> None:
    # Most scripts have imported neither.
    if not sys.modules.keys() & {"asyncio", "trio"}:
        return
    from ..asking.own_loop import loop_runs

    if loop_runs():
        raise RuntimeError(
            "push() would stop the event loop that runs in this thread until the push is done: "
            f"await Pusher({job_name!r}, addr).{method}(registry, raise_for_status=True) instead"
        )


def _no_answer(
    error: Exception, proxy: str | None, timeout: float | None
) -> tuple[type[PushError], str]:
    """The class and the words of the exception for a request without an answer."""
    cause: Any = error
    while isinstance(cause, URLError) and isinstance(cause.reason, BaseException):
        cause = cause.reason
    through = f", through the proxy {proxy} of the environment" if proxy else ""
    if isinstance(cause, TimeoutError):
        limit = "its time limit" if timeout is None else f"{timeout:g} seconds"
        advice = "See whether the receiver can be reached and has time; timeout= allows for more"
        return PushTimeout, f"no answer within {limit}{through}. {advice}"
    what = str(cause) or type(cause).__name__
    if isinstance(cause, ConnectionRefusedError):
        advice = "Nothing listens there: see whether the receiver runs, and whether addr is right"
    elif isinstance(cause, socket.gaierror):
        advice = "The host is unknown: see whether addr is right"
    elif isinstance(cause, SSLCertVerificationError):
        advice = "Give ssl=ssl.create_default_context(cafile=...) with the certificate to trust"
    elif isinstance(cause, SSLError):
        advice = "See whether the receiver takes https, and wants a certificate: ssl= may have one"
    else:
        advice = "See whether addr is that of the receiver, with http or https as it takes it"
    return PushError, f"no answer{through}: {what}. {advice}"


def _refusal(answer: Answer, url: str) -> str:
    """The words for an answer that is not one of success."""
    by = "" if shown(answer.url) == shown(url) else f" by {shown(answer.url)}"
    words = f"it was answered{by} with {answer.status} {answer.reason}".rstrip()
    if body := excerpt(answer.body):
        words += f": {body}"
    if answer.location is not None and 300 <= answer.status < 400:
        advice = f"See whether {shown(answer.location)} is the receiver, and give its address"
    elif answer.status in (401, 403, 407):
        advice = "Give what it asks for with auth= or headers="
    elif answer.status in (404, 405):
        advice = "See whether addr and path are those of the receiver"
    elif answer.status >= 500:
        advice = "See the log of the receiver, or of what stands before it"
    else:
        advice = "See which of the metrics or labels it does not take"
    return f"{words}. {advice}"
