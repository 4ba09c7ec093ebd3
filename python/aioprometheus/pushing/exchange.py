"""One HTTP request with a time limit, for threads without an event loop.

It uses the standard library alone. The time limit is for all of it: urllib's own is for each single
step, and so has no effect on a server that sends a byte now and then, or on the look-up of a host.
"""

from __future__ import annotations

import base64
import socket
from collections.abc import Callable
from contextlib import suppress
from http.client import CONTINUE, HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from ssl import SSLContext, SSLEOFError, create_default_context
from threading import Thread
from typing import Any, NamedTuple, TypeVar, cast
from urllib.error import HTTPError
from urllib.parse import quote, unquote, urljoin, urlsplit, urlunsplit
from urllib.request import (
    HTTPDefaultErrorHandler,
    HTTPErrorProcessor,
    HTTPHandler,
    HTTPSHandler,
    OpenerDirector,
    ProxyHandler,
    Request,
)

T = TypeVar("T")

_MOST_REDIRECTS = 5
# The number of bytes of an answer that are read.
_READ_BYTES = 100_000
# Text that stays as it is in a path and in a query. A percent sign is taken for a part of it.
_IN_PATH = "/:@!$&'()*+,;=~%"
_IN_QUERY = _IN_PATH + "?"

# The exceptions for a connection that the server has closed.
_GONE = (BrokenPipeError, ConnectionResetError, SSLEOFError)


class Answer(NamedTuple):
    """What a server has answered."""

    url: str
    """The URL, after redirects."""
    status: int
    """Its status."""
    reason: str
    """The words of the status."""
    location: str | None
    """The URL of a redirect that was not followed."""
    body: bytes
    """The beginning of the body, unless the status is one of success."""


class Exchange:
    """A request and its answer.

    A redirect is followed with the same method and body, as long as its status allows that: 303
    asks for a GET, which would not send the metrics. The headers of the caller, which may have a
    password, are not sent to another server than theirs.

    :param method: The method.
    :param url: The URL; its user name and password are sent as basic authentication.
    :param body: The body.
    :param headers: The headers.
    :param own_headers: The headers that are sent to no other server.
    :param ssl: The TLS settings; None for those of the system.
    """

    def __init__(
        self,
        method: str,
        url: str,
        body: bytes | None,
        headers: dict[str, str],
        own_headers: dict[str, str],
        ssl: SSLContext | None,
    ) -> None:
        self._method = method
        self._url, credentials = _split(url)
        self._body = body
        self._headers = headers
        self._own_headers = {**credentials, **own_headers}
        self._ssl = ssl
        self._connection: HTTPConnection | None = None
        self._is_given_up = False
        # The head of the answer that is not followed by another, and what has come of its body.
        self._head: Answer | None = None
        self._read = bytearray()
        #: The proxy of the environment that the request went to, if it went to one.
        self.proxy: str | None = None

    def answer(self, timeout: float | None) -> Answer:
        """Send the request.

        :param timeout: The time limit in seconds; None for no limit.
        :raises TimeoutError: If it takes longer.
        :raises OSError: If there is no answer.
        :raises http.client.HTTPException: If the answer is not one of HTTP.
        """
        if timeout is None:
            return self._answer(None)
        try:
            return _in_time(lambda: self._answer(timeout), timeout, self._give_up)
        except TimeoutError:
            if self._head is None:
                raise
            # The status is known, and decides. Only a part of the body is missing.
            return self._head._replace(body=bytes(self._read))

    def _answer(self, timeout: float | None) -> Answer:
        url, redirects = self._url, 0
        while True:
            with self._open(url, timeout) as response:
                head = _head(url, response)
                if redirects == _MOST_REDIRECTS or not _is_followed(head):
                    # One that is given up may end with something that looks like an answer.
                    self._head = None if self._is_given_up else head
                    if not 200 <= head.status < 300:
                        self._read_body(response)
                    return head._replace(body=bytes(self._read))
            url, _ = _split(head.location or "")
            redirects += 1

    def _read_body(self, response: HTTPResponse) -> None:
        # What is missing of it does not matter, because its status is known.
        with suppress(OSError, HTTPException):
            while len(self._read) < _READ_BYTES and (some := response.read1(_READ_BYTES)):
                self._read += some

    def _open(self, url: str, timeout: float | None) -> HTTPResponse:
        request = Request(url, self._body, dict(self._headers), method=self._method)
        if is_same_server(self._url, url):
            for name, value in self._own_headers.items():
                request.add_header(name, value)
        host = request.host
        opener = OpenerDirector()
        for handler in (ProxyHandler(), HTTPErrorProcessor(), HTTPDefaultErrorHandler()):
            opener.add_handler(handler)
        opener.add_handler(_Http(self._connect))
        opener.add_handler(_Https(self._connect, self._ssl))
        try:
            response: HTTPResponse = opener.open(request, timeout=timeout)
        except HTTPError as error:
            response = cast(HTTPResponse, error)
        finally:
            # A proxy has taken the place of the host.
            self.proxy = request.host if request.host != host else None
        return response

    def _connect(self, kind: type[HTTPConnection], host: str, options: Any) -> HTTPConnection:
        exchange = self

        class Connection(kind):  # type: ignore[misc, valid-type]
            """A connection that can be given up, and that reads answers that come early."""

            response_class = _Response
            is_connected = False

            def connect(self) -> None:
                super().connect()
                if exchange._is_given_up:
                    self.close()
                    raise TimeoutError
                self.is_connected = True

            def request(self, *arguments: Any, **options: Any) -> None:
                try:
                    super().request(*arguments, **options)
                except _GONE:
                    # A server that refuses a request need not read its body to the end.
                    if not self.is_connected:
                        raise

        self._connection = Connection(host, **options)
        return self._connection

    def _give_up(self) -> None:
        """End the request, on whatever it waits."""
        self._is_given_up = True
        sock = None if self._connection is None else self._connection.sock
        if sock is not None:
            with suppress(OSError):
                # Not that of a TLS socket, which forgets its state while another thread reads.
                socket.socket.shutdown(sock, socket.SHUT_RDWR)


class _Response(HTTPResponse):
    """An answer, which may come after some that only say that the server is at work."""

    def _read_status(self) -> tuple[str, int, str]:
        version, status, reason = super()._read_status()  # type: ignore[misc]
        # http.client skips 100 alone. 101 is the last answer of its connection.
        is_interim = 100 < status < 200 and status != 101
        return version, CONTINUE if is_interim else status, reason


_Connect = Callable[[type[HTTPConnection], str, Any], HTTPConnection]


class _Http(HTTPHandler):
    """Opens URLs with http through connections that :meth:`Exchange._connect` makes."""

    def __init__(self, connect: _Connect) -> None:
        super().__init__()
        self._connect = connect

    def http_open(self, request: Request) -> HTTPResponse:
        return self.do_open(self._connection, request)

    def _connection(self, host: str, **options: Any) -> HTTPConnection:
        return self._connect(HTTPConnection, host, options)


class _Https(HTTPSHandler):
    """Opens URLs with https in the same way."""

    def __init__(self, connect: _Connect, context: SSLContext | None) -> None:
        super().__init__()
        self._connect = connect
        self._settings = context

    def https_open(self, request: Request) -> HTTPResponse:
        return self.do_open(self._connection, request)

    def _connection(self, host: str, **options: Any) -> HTTPConnection:
        options["context"] = self._settings or create_default_context()
        return self._connect(HTTPSConnection, host, options)


def _in_time(call: Callable[[], T], timeout: float, give_up: Callable[[], None]) -> T:
    """Return the result of a call on a thread; that of one that takes too long is dropped."""
    results: list[T] = []
    errors: list[BaseException] = []

    def run() -> None:
        try:
            results.append(call())
        except BaseException as error:
            errors.append(error)

    thread = Thread(target=run, name="aioprometheus push", daemon=True)
    is_late = True
    try:
        thread.start()
    except RuntimeError:
        run()  # at the end of the interpreter, some versions start no thread any more
    try:
        if thread.ident is not None:
            thread.join(timeout)
        # Decided here: a request that is given up may end with something that looks like an answer.
        is_late = not (results or errors)
    finally:  # also if the user interrupts it
        if is_late:
            give_up()
    if is_late:
        raise TimeoutError
    if errors:
        raise errors.pop()
    return results.pop()


_PORTS = {"http": 80, "https": 443}


def _origin(url: str) -> tuple[str, str | None, int | None]:
    """The server of a URL."""
    parts = urlsplit(url)
    return parts.scheme, parts.hostname, parts.port or _PORTS.get(parts.scheme)


def is_same_server(url: str, other: str) -> bool:
    """Return whether a server is that of another URL: also if it leads from http to https.

    :param url: The URL that was asked first.
    :param other: Where that has led.
    """
    scheme, host, port = _origin(url)
    return _origin(other) in ((scheme, host, port), ("https", host, 443 if port == 80 else port))


def _head(url: str, response: HTTPResponse) -> Answer:
    """An answer without its body."""
    location = response.headers.get("Location")
    whole = None if location is None else urljoin(url, location)
    return Answer(url, response.status or 0, response.reason or "", whole, b"")


def _is_followed(head: Answer) -> bool:
    """Whether an answer is a redirect that may be followed with the metrics."""
    return (
        head.location is not None
        and head.status in (301, 302, 307, 308)
        and _may_lead(head.url, head.location)
    )


def _may_lead(url: str, other: str) -> bool:
    """Whether a redirect is followed: only to HTTP, and never from a secret to an open line."""
    schemes = _origin(url)[0], _origin(other)[0]
    return schemes[1] in _PORTS and schemes != ("https", "http")


def _split(url: str) -> tuple[str, dict[str, str]]:
    """Return a URL as ASCII text without user name and password, and their header."""
    parts = urlsplit(url)
    user, at, host = parts.netloc.rpartition("@")
    name, _, password = user.partition(":")
    return urlunsplit(
        (
            parts.scheme,
            host,
            quote(parts.path, safe=_IN_PATH),
            quote(parts.query, safe=_IN_QUERY),
            "",
        )
    ), basic(unquote(name), unquote(password)) if at else {}


def basic(name: str, password: str) -> dict[str, str]:
    """Return the header of basic authentication.

    :param name: The user name.
    :param password: The password.
    """
    token = base64.b64encode(f"{name}:{password}".encode()).decode()
    return {"Authorization": f"Basic {token}"}
