"""The functions with which an application receives and sends during an exchange.

They are bound to the exchange: a closure takes longer to make than a bound method. And they are
coroutine functions, as those of servers are, because programs ask for that.
"""

from __future__ import annotations

from .. import _core
from .protocol import Message


async def receive_in(exchange: _core.HttpExchange) -> Message:
    """Receive a message from the server, and note it."""
    message: Message = await exchange.receive()
    exchange.received(message)
    return message


async def send_in(exchange: _core.HttpExchange, message: Message) -> None:
    """Note a message, and send it to the server."""
    await exchange.send(message)
