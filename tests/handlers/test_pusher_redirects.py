"""The pusher: redirects that are not followed."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

import aiohttp
import aiohttp.web
import pytest

from aioprometheus.pusher import Pusher
from support.loops import run
from support.pushing import Receiver, make_registry

PUSHES = pytest.mark.parametrize("push", [Pusher.add, Pusher.replace, Pusher.delete])


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
            assert caught.value.status == status and not caplog.records
            assert (await push(pusher, make_registry())).status == status
            assert len(receiver.requests) == 2

    with caplog.at_level(logging.WARNING, "aioprometheus.pusher"):
        run(scenario())
    (record,) = caplog.records
    assert f"was answered with {status} " in record.getMessage()
