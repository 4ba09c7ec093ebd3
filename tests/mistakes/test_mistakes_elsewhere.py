"""Mistakes in calls of render, services and pushers."""

import asyncio

import pytest

from aioprometheus import REGISTRY, Counter, Pusher, Registry, Service, render, render_async
from support.mistakes import Mistake, check


def _counter():
    return Counter("requests_total", "d", registry=Registry())


def _start(*arguments, **options):
    asyncio.run(Service(Registry()).start(*arguments, **options))


def _registry(kind):
    return f"registry must be a Registry, got: <class {kind!r}>"


def _headers(kind):
    return f"accepts_headers must be a sequence, got: <class {kind!r}>"


NO_STR = "a bytes-like object is required, not 'str'"

RENDERINGS = {
    "a metric": (
        lambda: (_counter(), []),
        Exception,
        _registry("aioprometheus.collectors.Counter"),
        ["render() takes", "that the metric is registered in"],
    ),
    "the class": (lambda: (Registry, []), Exception, _registry("type"), ["Registry()"]),
    "swapped": (
        lambda: (["text/plain"], REGISTRY),
        Exception,
        _registry("list"),
        ["the registry comes first: render(registry, accept)"],
    ),
    "all headers": (
        lambda: (REGISTRY, {"accept": "text/plain"}),
        Exception,
        _headers("dict"),
        ["the values of one header", "headers.get('accept')"],
    ),
    "bytes": (lambda: (REGISTRY, b"*/*"), Exception, _headers("bytes"), [".decode('latin-1')"]),
    "bytes in a list": (lambda: (REGISTRY, [b"*/*"]), TypeError, NO_STR, [".decode('latin-1')"]),
    "a number": (lambda: (REGISTRY, 42), Exception, _headers("int"), ["None if it was not sent"]),
}


@pytest.mark.parametrize("name", RENDERINGS)
def test_render(name):
    arguments, error, words, says = RENDERINGS[name]
    check(Mistake(lambda: render(*arguments()), error, words, says))
    check(Mistake(lambda: asyncio.run(render_async(*arguments())), error, words, says))


def test_bytes_in_the_other_header():
    call = Mistake(
        lambda: render(REGISTRY, [], accept_encoding=[b"gzip"]), TypeError, NO_STR, ["decode"]
    )
    check(call)


ELSEWHERE = {
    "a metric is registered through the service": Mistake(
        lambda: Service(Registry()).register(_counter()),
        AttributeError,
        "'Service' object has no attribute 'register'",
        ["register() of service.registry"],
    ),
    "a port in the place of the registry": Mistake(
        lambda: Service(8000),
        Exception,
        "registry must be a Registry, got: 8000",
        ["start(port=8000)"],
    ),
    "a port that is a word": Mistake(
        lambda: _start("127.0.0.1", "no-such-service"),
        OSError,
        None,
        ["the port is a number, not 'no-such-service'"],
    ),
    "a path without a slash": Mistake(
        lambda: _start("127.0.0.1", metrics_url="metrics"),
        ValueError,
        "path should be started with / or be empty",
        ["metrics_url must be a path", "'metrics'"],
    ),
    "a pusher pushes": Mistake(
        lambda: Pusher("job", "http://127.0.0.1:1").push(REGISTRY),
        AttributeError,
        "'Pusher' object has no attribute 'push'",
        ["replace(registry)", "add(registry)"],
    ),
    "names in the place of a grouping key": Mistake(
        lambda: Pusher("job", "http://127.0.0.1:1", grouping_key=["instance"]),
        AttributeError,
        "'list' object has no attribute 'items'",
        ["grouping_key must be a dict", "{'instance': ", "not list"],
    ),
}


@pytest.mark.parametrize("name", ELSEWHERE)
def test_services_and_pushers(name):
    error = ELSEWHERE[name].error
    mistake = ELSEWHERE[name]
    if error is OSError:  # the resolver has a class of its own
        with pytest.raises(OSError) as caught:
            mistake.call()
        mistake = mistake._replace(error=caught.type)
    check(mistake)


def test_what_nobody_can_have_meant_says_no_more_than_python():
    for thing in (Service(Registry()), Pusher("job", "http://127.0.0.1:1")):
        with pytest.raises(AttributeError) as caught:
            thing.x  # noqa: B018
        assert str(caught.value) == f"{type(thing).__name__!r} object has no attribute 'x'"
        assert (caught.value.name, caught.value.obj) == ("x", thing)
        assert not hasattr(caught.value, "__notes__") and not hasattr(thing, "register_all")
