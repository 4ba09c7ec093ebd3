"""The pusher: redirects that are not followed, and what no other server gets."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

import aiohttp
import aiohttp.web
import pytest

from aioprometheus.pusher import Pusher
from support.loops import run
from support.pushing import PAYLOAD, Receiver, make_registry

PUSHES = pytest.mark.parametrize("push", [Pusher.add, Pusher.replace, Pusher.delete])


def of_pusher(caplog: pytest.LogCaptureFixture) -> list[logging.LogRecord]:
    """What the pusher has logged. Frameworks of other tests may have set up other loggers."""
    return [record for record in caplog.records if record.name == "aioprometheus.pusher"]


def redirect(status: int, location: str) -> aiohttp.web.Response:
    return aiohttp.web.Response(status=status, text="moved", headers={"Location": location})


@PUSHES
@pytest.mark.parametrize("status", [300, 302, 304, 307, 399])
def test_an_answer_that_leads_nowhere_is_no_success(
    push: Callable[..., Any], status: int, caplog: pytest.LogCaptureFixture
) -> None:
    async def scenario() -> None:
        async with Receiver(*(aiohttp.web.Response(status=status) for _ in range(2))) as receiver:
            pusher = Pusher("j", receiver.addr)
            with pytest.raises(aiohttp.ClientResponseError, match="see whether addr") as caught:
                await push(pusher, make_registry(), raise_for_status=True)
            assert caught.value.status == status and not of_pusher(caplog)
            assert (await push(pusher, make_registry())).status == status
            assert len(receiver.requests) == 2

    with caplog.at_level(logging.WARNING, "aioprometheus.pusher"):
        run(scenario())
    (record,) = of_pusher(caplog)
    assert f"was answered with {status} " in record.getMessage()


SECRETS: dict[str, Callable[[], dict[str, Any]]] = {
    "auth": lambda: {"auth": aiohttp.BasicAuth("user", "secret")},
    "Authorization": lambda: {"headers": {"Authorization": "Bearer secret"}},
    "headers": lambda: {"headers": {"X-Key": "secret"}},
    "cookies": lambda: {"cookies": {"key": "secret"}},
}

# aiohttp is to do without it in its version 4.
pytestmark = pytest.mark.filterwarnings("ignore:.*(BasicAuth|'auth' parameter):DeprecationWarning")


@pytest.mark.parametrize("secrets", SECRETS.values(), ids=SECRETS)
@pytest.mark.parametrize("status", [302, 303, 307])
def test_no_other_server_gets_secrets(
    secrets: Callable[[], dict[str, Any]], status: int, caplog: pytest.LogCaptureFixture
) -> None:
    options = secrets()

    async def scenario() -> None:
        async with Receiver() as receiver, Receiver() as other:
            where = other.addr.replace("//", "//a:hidden@") + "/there?token=hidden"
            receiver.answers = [redirect(status, where) for _ in range(4)]
            pusher = Pusher("j", receiver.addr)
            with pytest.raises(aiohttp.ClientResponseError) as caught:
                await pusher.replace(make_registry(), raise_for_status=True, **options)
            words = f"leads to another server, {other.addr}/there, which is not to get"
            assert caught.value.status == status and words in caught.value.message
            assert not of_pusher(caplog)

            response = await pusher.replace(make_registry(), **options)
            assert response.status == status and await response.text() == "moved"
            assert other.requests == []
        (record,) = of_pusher(caplog)
        assert words in record.getMessage()
        assert "secret" not in record.getMessage() and "hidden" not in record.getMessage()

    with caplog.at_level(logging.WARNING, "aioprometheus.pusher"):
        run(scenario())


def test_headers_of_the_pusher_are_secret_too(caplog: pytest.LogCaptureFixture) -> None:
    async def scenario() -> None:
        async with Receiver() as receiver, Receiver() as other:
            receiver.answers = [redirect(307, other.addr) for _ in range(2)]
            pusher = Pusher("j", receiver.addr)
            pusher.headers = {**pusher.headers, "X-Key": "secret"}
            assert (await pusher.add(make_registry())).status == 307
            assert other.requests == []

    run(scenario())
    assert len(of_pusher(caplog)) == 1


@pytest.mark.parametrize("has_base_url", [False, True])
def test_a_redirect_of_the_same_server_is_followed_with_secrets(has_base_url: bool) -> None:
    async def scenario() -> None:
        async with Receiver() as receiver:
            receiver.answers = [redirect(307, "/there"), redirect(308, f"{receiver.addr}/here")]
            auth = aiohttp.BasicAuth("user", "secret")
            options: dict[str, Any] = {"auth": auth, "headers": {"X-Key": "secret"}}
            if has_base_url:
                options["base_url"] = receiver.addr
            pusher = Pusher("j", "" if has_base_url else receiver.addr)
            await pusher.replace(make_registry(), raise_for_status=True, **options)
            targets = [path for _, path, _ in receiver.requests]
            assert targets == ["/metrics/job/j", "/there", "/here"]
            assert {body for _, _, body in receiver.requests} == {PAYLOAD}
            for headers in receiver.headers:
                assert headers["Authorization"] == auth.encode() and headers["X-Key"] == "secret"

    run(scenario())


def test_without_secrets_a_redirect_to_another_server_is_followed() -> None:
    async def scenario() -> None:
        async with Receiver() as receiver, Receiver() as other:
            receiver.answers = [redirect(307, f"{other.addr}/there") for _ in range(2)]
            pusher = Pusher("j", receiver.addr)
            await pusher.replace(make_registry(), raise_for_status=True)
            # aiohttp itself keeps those of the address.
            pusher = Pusher("j", receiver.addr.replace("//", "//user:secret@"))
            await pusher.replace(make_registry(), raise_for_status=True)
            assert [body for _, _, body in other.requests] == [PAYLOAD] * 2
            assert "Authorization" in receiver.headers[1]
            assert not any("Authorization" in headers for headers in other.headers)

    run(scenario())


def test_a_trace_of_the_user_is_called_as_well() -> None:
    seen = []

    async def note(*arguments: Any) -> None:
        seen.append(arguments[-1].response.status)

    async def scenario() -> None:
        trace = aiohttp.TraceConfig()
        trace.on_request_redirect.append(note)
        async with Receiver(redirect(307, "/there")) as receiver:
            options = {"trace_configs": [trace], "headers": {"X-Key": "secret"}}
            await Pusher("j", receiver.addr).add(make_registry(), **options)

    run(scenario())
    assert seen == [307]
