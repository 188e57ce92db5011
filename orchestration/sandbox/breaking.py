"""Plays faults to whoever sent a request: an error, an answer that breaks off or is no JSON, a break, or silence."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
from collections.abc import Callable
from typing import Any

from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from orchestration.sandbox.faults import Fault

GARBAGE = b'{"value": [{"id": "/subscriptions/'
"""The beginning of an answer, which is no JSON."""

Cut = Callable[[Scope], None]
"""Breaks the connection that a request came on."""


async def play(
    fault: Fault, error: Response, app: ASGIApp, scope: Scope, receive: Receive, send: Send, cut: Cut
) -> None:
    """Let the sender of a request have the fault; *error* is the answer of one that is a status."""
    if fault.kind == "half":
        await _half(app, scope, receive, send, cut)
        return
    if fault.after_effect:
        await app(scope, receive, _nowhere)
    if fault.kind == "stall":
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(_gone(receive), fault.seconds)
    if fault.kind in ("stall", "reset"):
        cut(scope)
        return
    answer = Response(GARBAGE, 200, media_type="application/json") if fault.kind == "garbage" else error
    await answer(scope, receive, send)


async def _half(app: ASGIApp, scope: Scope, receive: Receive, send: Send, cut: Cut) -> None:
    """Send half of what the request is answered with, and break off; an answer without content is sent whole."""
    said: list[Message] = []

    async def keep(message: Message) -> None:
        said.append(message)

    await app(scope, receive, keep)
    start = next(message for message in said if message["type"] == "http.response.start")
    body = b"".join(message.get("body", b"") for message in said if message["type"] == "http.response.body")
    kept = [(key, value) for key, value in start.get("headers", ()) if key.lower() != b"content-length"]
    await send({**start, "headers": [*kept, (b"content-length", str(len(body)).encode())]})
    await send({"type": "http.response.body", "body": body[: len(body) // 2], "more_body": bool(body)})
    if body:
        await asyncio.sleep(0.05)  # what was sent has to arrive before the break does
        cut(scope)


async def _gone(receive: Receive) -> None:
    """Wait until the sender has given up."""
    while (await receive())["type"] != "http.disconnect":
        pass


async def _nowhere(message: Message) -> None:
    """Drop an answer: its request took effect, and its sender is told otherwise."""


def break_off(connection: Any) -> None:
    """Break one of uvicorn's connections so that the other side is told of a reset."""
    transport = getattr(connection, "transport", None)
    if transport is None:
        return
    plain = transport.get_extra_info("socket")
    if plain is not None:
        plain.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()
