"""A receiver of pushes on threads of its own, which answers as a test says."""

from __future__ import annotations

import socketserver
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ssl import SSLContext
from threading import Thread
from typing import NamedTuple


class Reply(NamedTuple):
    """What is answered to one request."""

    status: int = 200
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = ()
    reads: bool = True
    """Whether the body of the request is read before."""


class Got(NamedTuple):
    """A request."""

    method: str
    path: str
    body: bytes | None
    headers: dict[str, str]
    """The headers, by their names in small letters."""


class PushReceiver:
    """Its address, what it got, and what it answers in turn; when that is used up, 200."""

    def __init__(self) -> None:
        self.addr = ""
        self.got: list[Got] = []
        self.replies: list[Reply] = []


@contextmanager
def push_receiver(context: SSLContext | None = None) -> Iterator[PushReceiver]:
    """Run a receiver on 127.0.0.1, with TLS if it gets a context."""
    receiver = PushReceiver()

    class Handler(BaseHTTPRequestHandler):
        def answer(self) -> None:
            reply = receiver.replies.pop(0) if receiver.replies else Reply()
            headers = {name.lower(): value for name, value in self.headers.items()}
            length = headers.get("content-length")
            body = None if length is None or not reply.reads else self.rfile.read(int(length))
            receiver.got.append(Got(self.command, self.path, body, headers))
            self.send_response(reply.status)
            for name, value in reply.headers:
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(reply.body)))
            self.end_headers()
            self.wfile.write(reply.body)

        do_PUT = do_POST = do_DELETE = do_GET = answer

        def log_message(self, format: str, *args: object) -> None:
            pass

    with _serving(ThreadingHTTPServer(("127.0.0.1", 0), Handler), context) as port:
        receiver.addr = f"http{'s' if context else ''}://127.0.0.1:{port}"
        yield receiver


@contextmanager
def raw_receiver(*, drips: bool) -> Iterator[tuple[str, list[None]]]:
    """Run a server that takes a request, and never comes to the end of an answer.

    :param drips: Whether it sends a byte now and then. Otherwise it sends nothing.

    It yields its address, and has an entry in the list for each client that has gone.
    """
    gone: list[None] = []

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            self.connection.settimeout(0.01)
            try:
                if drips:
                    self.wfile.write(b"HTTP/1.1 200 OK\r\nX: ")
                while True:
                    if drips:
                        self.wfile.write(b"x")
                    try:
                        if not self.connection.recv(65536):
                            break
                    except TimeoutError:
                        pass
            except OSError:
                pass
            gone.append(None)

    class Server(socketserver.ThreadingTCPServer):
        def handle_error(self, request: object, client_address: object) -> None:
            pass

    with _serving(Server(("127.0.0.1", 0), Handler), None) as port:
        yield f"http://127.0.0.1:{port}", gone


@contextmanager
def _serving(server: socketserver.TCPServer, context: SSLContext | None) -> Iterator[int]:
    with server:
        if context is not None:
            server.socket = context.wrap_socket(server.socket, server_side=True)
            # A client that does not trust it ends the handshake.
            server.handle_error = lambda request, client_address: None  # type: ignore[method-assign]
        port: int = server.server_address[1]  # type: ignore[assignment]
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield port
        finally:
            server.shutdown()
            thread.join()
