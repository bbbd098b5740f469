"""The bridge to Flask: a request's body is read whole on the loop before a thread is taken, and so is the answer."""

import asyncio
from collections.abc import Mapping
from typing import Any

from a2wsgi import WSGIMiddleware
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.types import Message, Receive, Scope, Send

THREADS = 10
BODY_SECONDS = 10.0


class FlaskBridge:
    """Runs a WSGI application in a few threads, none of which ever waits for a client.

    Raises HTTPException 413 for a body that is too large and 408 for one that does not arrive in time.
    """

    def __init__(self, flask: Any, body_bytes: int) -> None:
        self._body_bytes = body_bytes
        self._bridge: Any = WSGIMiddleware(flask, workers=THREADS)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serves one request."""
        headers = Headers(scope=scope)
        if int(headers.get("content-length") or 0) > self._body_bytes:
            raise HTTPException(413)
        try:
            async with asyncio.timeout(BODY_SECONDS):
                body = await _whole(receive, self._body_bytes)
        except TimeoutError:
            raise HTTPException(408) from None
        answer: list[Message] = []

        async def read() -> Message:
            return {"type": "http.request", "body": body, "more_body": False}

        async def keep(message: Message) -> None:
            answer.append(message)

        await self._bridge(_plain(scope, headers, len(body)), read, keep)
        for message in answer:
            await send(message)


async def _whole(receive: Receive, limit: int) -> bytes:
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        body += message.get("body", b"")
        if len(body) > limit:
            raise HTTPException(413)
        if not message.get("more_body", False):
            return bytes(body)


def _plain(scope: Scope, headers: Mapping[str, str], length: int) -> Scope:
    """The scope of a request whose body has this length, however it was sent."""
    dropped = ("content-length", "transfer-encoding")
    kept = [pair for pair in scope["headers"] if pair[0].decode("latin-1").lower() not in dropped]
    told = [(b"content-length", str(length).encode())] if length or "content-length" in headers else []
    return {**scope, "headers": [*kept, *told]}
