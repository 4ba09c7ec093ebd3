"""A server of bodies that a test sets, which records what it was asked."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

Answer = tuple[int, dict[str, str], bytes]


class MetricsServer:
    """What a server answers, and the headers of the requests that came."""

    def __init__(self, answer: Callable[[str, Message], Answer]) -> None:
        self.answer = answer
        self.requests: list[tuple[str, Message]] = []
        self.url = ""


@contextmanager
def serving(answer: Callable[[str, Message], Answer]) -> Iterator[MetricsServer]:
    """Serve on a free port, and yield the server.

    `answer` gets the path and the headers of a request, and returns status, headers and body.
    """
    shared = MetricsServer(answer)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            shared.requests.append((self.path, self.headers))
            status, headers, body = shared.answer(self.path, self.headers)
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *arguments: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        shared.url = f"http://127.0.0.1:{server.server_port}"
        try:
            yield shared
        finally:
            server.shutdown()
            thread.join()
