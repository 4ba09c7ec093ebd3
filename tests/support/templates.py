"""What `template_of` says of the requests of an application, at the moment at which it answers."""

import asyncio
import sys

import pytest
from starlette.applications import Starlette
from starlette.routing import Mount

from aioprometheus.asgi.route import Missing
from aioprometheus.asgi.template import template_of
from support.asgi_driver import drive, scope_of

ROUTE = Missing.ROUTE
ROUTER = Missing.ROUTER

#: The paths of an example, and the number of examples.
PATHS, EXAMPLES = 100, 100

needs_lock = pytest.mark.skipif(
    not getattr(sys, "_is_gil_enabled", lambda: True)(),
    reason="its extension modules need the lock of the interpreter",
)


class Noting:
    """A middleware that notes the template and the status when the answer starts."""

    def __init__(self, app):
        self.app = app
        self.noted = []
        self.without_status = []

    async def __call__(self, scope, receive, send):
        path, count = scope["path"], len(self.noted)

        def note(status):
            if len(self.noted) == count:
                found = template_of(self.app, scope, status=status, path=path)
                self.noted.append((status, found))
                self.without_status.append(template_of(self.app, scope, path=path))

        async def noting(message):
            kind = message["type"]
            note({"websocket.accept": 101, "websocket.close": 403}.get(kind, message.get("status")))
            await send(message)

        try:
            await self.app(scope, receive, noting)
        except Exception:
            note(500)


def answers(app, *requests):
    """The status and the template of each request: a path, or a path with what its scope has."""

    async def main():
        noting = Noting(app)
        for one in requests:
            path, more = one if isinstance(one, tuple) else (one, {})
            await drive(noting, scope_of(path, **more))
        # The status only saves work.
        assert noting.without_status == [found for _, found in noting.noted]
        return noting.noted

    return asyncio.run(main())


def check(app, cases, prefix="", mount=None):
    """Compare what is said of the requests of a table, also below a mount.

    :param cases: Tuples of a path, the status, the template, and what the scope has.
    :param prefix: What stands before the paths.
    :param mount: The template of this prefix.
    """
    cases = list(cases)
    requests = [(prefix + path, dict(*more)) for path, _, _, *more in cases]
    expected = [
        (status, found if isinstance(found, Missing) else (mount or "") + found)
        for _, status, found, *_ in cases
    ]
    found = answers(app, *requests)
    for request, one, other in zip(requests, found, expected, strict=True):
        assert one == other, request[0][:100]


def mounted(app):
    """Another application that has an application at ``/mount/{tenant}``."""
    return Starlette(routes=[Mount("/mount/{tenant}", app=app)])


def check_mounted(app, cases):
    """Compare what is said below a mount of Starlette."""
    check(mounted(app), cases, "/mount/7", "/mount/{tenant}")


OTHERS = ("", ".", "..", "7", "x", "%2F", "%", "\udc80", "é", "*", "{id}", "<x>", " ", "y" * 10_000)
METHODS = ("GET", "GET", "GET", "HEAD", "OPTIONS", "POST", "DELETE", "BREW", "get", "")


def hostile_path(random, known):
    """A known path, or one that is made of parts of these and of others."""
    if random.random() < 0.2:
        return random.choice(known)
    parts = [part for path in known for part in path.split("/")]
    choices = (parts, OTHERS, [chr(random.randrange(0x110000)) for _ in range(3)])
    segments = [random.choice(random.choice(choices)) for _ in range(random.randrange(1, 6))]
    return "/" * random.randrange(1, 3) + "/".join(segments) + random.choice(["", "/"])


def check_hostile(app, templates, *known, others=()):
    """Check that 10,000 paths have no template but those of the routes, each of which is found.

    :param templates: The templates of the routes.
    :param known: A path for each of them.
    :param others: Templates that may be found, too.
    """
    hypothesis = pytest.importorskip("hypothesis")  # an old framework is tested without it
    randoms = hypothesis.strategies.randoms(use_true_random=True)
    found = set()

    @hypothesis.settings(max_examples=EXAMPLES, database=None)
    @hypothesis.given(randoms)
    def search(random):
        for _ in range(PATHS):
            method, kind = random.choice(METHODS), random.choice(["http", "http", "websocket"])
            path = hostile_path(random, known)
            found.add(template_of(app, scope_of(path, method, kind)))

    search()
    assert {ROUTE, *templates} <= found
    assert found <= {ROUTE, *templates, *others}
