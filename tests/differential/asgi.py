"""An ASGI driver without an HTTP client: it sends requests within a lifespan."""

import asyncio


def visit(app, *requests, lifespan=True):
    """The answers to requests made in order; each is (method, path) or a whole scope."""
    return asyncio.run(_visit(app, requests, lifespan))


async def _visit(app, requests, lifespan):
    heard, said = asyncio.Queue(), asyncio.Queue()
    alive = None
    if lifespan:
        scope = {"type": "lifespan", "asgi": {"version": "3.0"}, "state": {}}
        alive = asyncio.ensure_future(app(scope, heard.get, said.put))
        heard.put_nowait({"type": "lifespan.startup"})
        await _heard(said, alive, "lifespan.startup.complete")
    answers = [await _answer(app, request) for request in requests]
    if alive is not None:
        heard.put_nowait({"type": "lifespan.shutdown"})
        await _heard(said, alive, "lifespan.shutdown.complete")
        await alive
    return answers


async def _heard(said, alive, kind):
    """Waits for the message of a lifespan, or for the application to fail instead."""
    message = asyncio.ensure_future(said.get())
    await asyncio.wait((message, alive), return_when=asyncio.FIRST_COMPLETED)
    if not message.done():
        message.cancel()
        alive.result()
        raise RuntimeError("the lifespan ended early")
    assert message.result()["type"] == kind


async def _answer(app, request):
    scope = request if isinstance(request, dict) else scope_of(*request)
    sent = []
    heard = asyncio.Queue()
    heard.put_nowait({"type": "http.request", "body": b"", "more_body": False})

    async def send(message):
        sent.append(message)

    try:
        await app(scope, heard.get, send)
    except Exception as error:
        return (type(error).__name__, str(error))
    body = b"".join(message.get("body", b"") for message in sent)
    return (sent[0].get("status"), body[:60])


def scope_of(method, path, **more):
    path, _, query = path.partition("?")
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "root_path": "",
        "headers": [(b"host", b"testserver")],
        "client": ("testclient", 50000),
        "server": ("testserver", 80),
        **more,
    }
