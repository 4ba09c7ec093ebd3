"""A request of an exposition by HTTP, with a time limit and a limit of its size."""

from __future__ import annotations

import gzip
import http.client
import ssl
import time
import urllib.error
import urllib.request
import zlib
from base64 import b64encode
from typing import Any, NamedTuple
from urllib.parse import unquote, urlsplit, urlunsplit

from .trouble import Trouble, too_large

ACCEPT = {
    "protobuf": "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily"
    ";encoding=delimited",
    "openmetrics": "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8",
    "openmetrics-0.0.1": "application/openmetrics-text;version=0.0.1",
    "text-1.0.0": "text/plain;version=1.0.0;escaping=allow-utf-8",
    "text": "text/plain;version=0.0.4",
}
"""The formats that are asked for, from the one that says most on."""


class Request(NamedTuple):
    """What is asked for, and how."""

    url: str
    formats: str
    headers: dict[str, str]
    timeout: float
    insecure: bool
    most: int
    """The most bytes of the exposition, after it is decompressed."""


class Response(NamedTuple):
    """The exposition that was fetched."""

    body: bytes
    content_type: str | None


def accept(wanted: str) -> str:
    """Return the Accept header for a format, or for ``any`` of them.

    :param wanted: ``any``, or the beginning of a name in ``ACCEPT``.
    """
    clauses = [text for name, text in ACCEPT.items() if wanted == "any" or name.startswith(wanted)]
    ranked = [f"{text};q={(10 - rank) / 10}" for rank, text in enumerate(clauses)]
    return ",".join([*ranked, "*/*;q=0.1"])


def basic(credentials: str) -> str:
    """Return the Authorization header for a name and a password with a colon between them."""
    return f"Basic {b64encode(credentials.encode()).decode()}"


class _Redirects(urllib.request.HTTPRedirectHandler):
    """Redirects that take what was given for one server to no other."""

    def __init__(self, headers: dict[str, str]) -> None:
        self.headers = headers

    def redirect_request(self, req: Any, *arguments: Any) -> Any:
        redirected = super().redirect_request(req, *arguments)
        if redirected is not None and _origin(redirected.full_url) == _origin(req.full_url):
            for name, value in self.headers.items():
                redirected.add_unredirected_header(name, value)
        return redirected


def _origin(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    return parts.scheme, parts.netloc


def fetch(request: Request) -> Response:
    """Fetch an exposition.

    :param request: What is asked for.
    :returns: Its bytes, decompressed, and its type.
    :raises Trouble: If there is none.
    """
    url = request.url.rpartition("@")[2]  # for messages: without a password
    try:
        url, headers = _without_credentials(request.url, request.headers)
        return _fetch(url, headers, request)
    except urllib.error.HTTPError as error:
        with error:
            advice = {401: "; see --user and --bearer", 403: "; see --user and --bearer"}
            words = f"{url} answered {error.code} {error.reason}{advice.get(error.code, '')}"
        raise Trouble(words) from error
    except urllib.error.URLError as error:
        raise Trouble(f"{url}: {_reason(error.reason, request.timeout)}") from error
    except (OSError, http.client.HTTPException) as error:
        raise Trouble(f"{url}: {_reason(error, request.timeout)}") from error
    except ValueError as error:
        raise Trouble(f"{url} is not a URL that can be asked: {error}") from error
    except (EOFError, zlib.error) as error:
        raise Trouble(f"{url}: the compressed answer is broken: {error}") from error


def _fetch(url: str, headers: dict[str, str], request: Request) -> Response:
    deadline = time.monotonic() + request.timeout
    message = urllib.request.Request(url)
    message.add_header("Accept", request.formats)
    message.add_header("Accept-Encoding", "gzip")
    message.add_header("User-Agent", "aioprometheus")
    # What a server does with it: functions that take longer are left out of the exposition.
    message.add_header("X-Prometheus-Scrape-Timeout-Seconds", f"{request.timeout:g}")
    for name, value in headers.items():
        message.add_unredirected_header(name, value)
    context = ssl.create_default_context()
    if request.insecure:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    opener = urllib.request.OpenerDirector()
    for handler in (
        urllib.request.ProxyHandler(),
        urllib.request.HTTPHandler(),
        urllib.request.HTTPSHandler(context=context),
        urllib.request.HTTPDefaultErrorHandler(),
        urllib.request.HTTPErrorProcessor(),
        _Redirects(headers),
    ):
        opener.add_handler(handler)  # not those of files and FTP, to which a server may redirect
    with opener.open(message, timeout=request.timeout) as response:
        body = b"".join(_chunks(response, deadline, request.most))
        if response.headers.get("Content-Encoding", "").strip().lower() in ("gzip", "x-gzip"):
            body = decompressed(url, body, request.most)
        return Response(body, response.headers.get("Content-Type"))


def _chunks(response: Any, deadline: float, most: int) -> Any:
    """Yield the body: the limit of a socket is that of a packet, this one of all."""
    size = 0
    while chunk := response.read1(1 << 20):
        size += len(chunk)
        if size > most:
            raise too_large(response.url, most)
        if time.monotonic() > deadline:
            raise TimeoutError
        yield chunk


def decompressed(name: str, body: bytes, most: int) -> bytes:
    """Return what gzip has compressed.

    :param name: What they were read from.
    :param body: The compressed bytes.
    :param most: The most bytes.
    :raises Trouble: If they are too many.
    :raises OSError: If they are not those of gzip.
    :raises EOFError: If they end too early.
    :raises zlib.error: If they are broken.
    """
    import io

    with gzip.GzipFile(fileobj=io.BytesIO(body)) as file:
        text = file.read(most + 1)
    if len(text) > most:
        raise too_large(name, most, " when it is decompressed")
    return text


def _without_credentials(url: str, headers: dict[str, str]) -> tuple[str, dict[str, str]]:
    """A URL without the name and password in it, which become a header, and the headers."""
    parts = urlsplit(url)
    credentials, at, host = parts.netloc.rpartition("@")
    if at:
        url = urlunsplit(parts._replace(netloc=host))
        headers = {"Authorization": basic(unquote(credentials)), **headers}
    if not parts.path:
        url = urlunsplit(urlsplit(url)._replace(path="/metrics"))
    return url, headers


def _reason(error: BaseException | str, timeout: float) -> str:
    """Why there was no answer, without the numbers and classes of Python."""
    if isinstance(error, TimeoutError):
        return f"no answer within {timeout:g} s (--timeout)"
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate is not valid: {error.verify_message} (--insecure takes any)"
    if isinstance(error, ssl.SSLError):
        return f"no TLS there: {error.reason or error}"
    if isinstance(error, OSError) and error.strerror:
        return error.strerror[0].lower() + error.strerror[1:]
    if isinstance(error, http.client.HTTPException):
        return f"what answers there is not HTTP ({type(error).__name__})"
    return str(error) or type(error).__name__
