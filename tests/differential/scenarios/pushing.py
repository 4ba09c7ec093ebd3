"""Pusher with a small server on 127.0.0.1 that records the requests."""

import asyncio
from urllib.parse import unquote

import aiohttp.web

from aioprometheus import Counter, Registry, pusher
from aioprometheus.collectors import REGISTRY
from aioprometheus.pusher import Pusher
from record import raises, returns, returns_text, step

REQUIRES = ("aiohttp",)
ADDRESS = "http://127.0.0.1:9091"


def _registry():
    registry = Registry()
    Counter("pushed", "doc", registry=registry).inc({"a": "b"})
    return registry


def _pushed(method, *arguments, status=200, prefix="", keep=None, **options):
    """What the server got, and the status that the pusher returned."""

    async def run():
        got = []

        async def handle(request):
            head = request.headers.get("Content-Type")
            got.append((request.method, request.raw_path, head, await request.read()))
            return aiohttp.web.Response(status=status, text="the answer")

        app = aiohttp.web.Application()
        app.router.add_route("*", "/{path:.*}", handle)
        runner = aiohttp.web.AppRunner(app)
        await runner.setup()
        site = aiohttp.web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        try:
            port = runner.addresses[0][1]
            made = Pusher(
                arguments[0], f"http://127.0.0.1:{port}{prefix}", *arguments[1:], **options
            )
            answer = await getattr(made, method)(_registry())
            if keep:
                return await keep(answer)
            return got, answer.status, type(answer).__name__
        finally:
            await runner.cleanup()

    return asyncio.run(run())


def attributes():
    made = Pusher("job", ADDRESS, {"b": "c"})
    step("path", lambda: made.path)
    step("headers", lambda: made.headers)
    step("names", lambda: (made.job_name, made.addr, made.grouping_key))
    step("formatter", lambda: type(made.formatter).__name__)
    step("PROMETHEUS_PATH", lambda: Pusher.PROMETHEUS_PATH)
    step(
        "keywords",
        lambda: Pusher(job_name="j", addr=ADDRESS, grouping_key={}, path="/metrics").path,
    )
    step("nothing", Pusher, words=False)
    step("no address", Pusher, "job", words=False)


def the_three_methods():
    for method in ("add", "replace", "delete"):
        step(method, _pushed, method, "job")
        step(f"{method} with a key", _pushed, method, "job", {"instance": "10.9.8.7"})


def the_default_registry():
    Counter("in_default", "doc").inc({})
    step("default of add", lambda: Pusher.add.__defaults__[0] is REGISTRY)


def grouping_keys():
    keys = (
        {"b": "1", "a": "2"},
        {"number": 5},
        {"empty": ""},
        {"path": "/var/tmp"},
        {"path": "/"},
        {"words": "ünïcode"},
        {"words": "a.b-c_d~e"},
        {"percent": "50%"},
        {"question": "a?b#c"},
    )
    for key in keys:
        step(f"{key}", _pushed, "add", "job", key)
    step(
        "5",
        lambda: _pushed("add", "job", {5: "number"}),
        differs="a gateway refuses a label of this name",
        now=raises(ValueError, "5"),
    )
    for job in ("my-job", "my/job", "jöb"):
        step(f"job {job}", _pushed, "add", job, {"a": "b"})
    step("None", _pushed, "add", "job", None)


def signs():
    """Signs may be written as they are or percent-encoded: a server reads the same."""
    for value in ("a@b", "a=b&c", "a:b", "a,b;c", "a!$'()*"):
        got = step(f"{value} got", lambda: len(_pushed("add", value, {"signs": value})[0]))
        step(
            f"{value}",
            lambda: unquote(_pushed("add", value, {"signs": value})[0][0][1]) if got else None,
        )


def escaping():
    escape = pusher._escape_grouping_key
    for value in ("plain", "", "/", "a/b", "ünï", "a/ü?>", "a@b"):
        step(f"{value!r}", escape, "key", value)


def spaces():
    plus = "spaces become +"
    for name, arguments in (("in a key", ("job", {"a": "b c"})), ("in a job", ("a b", {}))):

        def raw_path():
            return _pushed("add", *arguments)[0][0][1]

        step(name, raw_path, differs=plus, now=returns_text(contains=["%20"], lacks=["+"]))
    step("a plus", lambda: _pushed("add", "job", {"a": "b+c"})[0][0][1].count("/"))


def dots():
    for value in (".", ".."):

        def raw_path():
            return _pushed("add", "job", {"a": value, "b": "c"})[0][0][1]

        step(
            value,
            raw_path,
            differs="dots lose path segments",
            now=returns_text(contains=["/metrics/job/job/a@base64/", "/b/c"]),
        )


def a_prefix():
    step(
        "prefix",
        lambda: _pushed("add", "job", prefix="/gateway")[0][0][1],
        differs="drops an address's path prefix",
        now=returns("/gateway/metrics/job/job"),
    )
    step("a slash", lambda: _pushed("add", "job", prefix="/")[0][0][1])


def another_path():
    path = "/api/v1/import/prometheus"
    step(
        "what is asked",
        lambda: _pushed("add", "job", {"a": "b"}, path=path)[0][0][1],
        differs="a custom path loses job and grouping key",
        now=returns_text(contains=[path, "extra_label=job=job", "extra_label=a=b"]),
    )
    step("the rest", lambda: _pushed("add", "job", path=path)[0][0][2:])


def errors():
    for status in (400, 404, 500, 202):
        step(f"{status}", lambda: _pushed("add", "job", status=status)[1:])
    step(
        "nobody there",
        lambda: asyncio.run(Pusher("job", "http://127.0.0.1:1").add(Registry())),
        words=False,
    )


def the_answer():
    async def body(answer):
        return await answer.text()

    step(
        "body",
        lambda: _pushed("add", "job", keep=body),
        differs="body unreadable",
        now=returns("the answer"),
    )


def session_options():
    async def run():
        made = Pusher("job", "http://127.0.0.1:1")
        await made.add(Registry(), nonsense=True)

    step("unknown option", lambda: asyncio.run(run()), words=False)
