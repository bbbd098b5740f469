"""The bridge to Flask: a request's body is read whole on the loop before a thread is taken, and so is the answer."""

import asyncio
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from functools import partial
from io import BytesIO
from typing import Any

from a2wsgi.wsgi import build_environ
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.types import Message, Receive, Scope, Send
from werkzeug.test import run_wsgi_app

THREADS = 10
BODY_SECONDS = 10.0


class FlaskBridge:
    """Runs a WSGI application in a few threads, none of which ever waits for a client.

    Raises HTTPException 413 for a body that is too large and 408 for one that does not arrive in time.
    """

    def __init__(self, flask: Any, body_bytes: int) -> None:
        self._body_bytes = body_bytes
        self._flask = flask
        self._threads = ThreadPoolExecutor(THREADS, "flask")

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
        plain: Any = _plain(scope, headers, len(body))
        call = partial(copy_context().run, self._answer, build_environ(plain, BytesIO(body)))  # type: ignore[arg-type]
        for message in await asyncio.get_running_loop().run_in_executor(self._threads, call):
            await send(message)

    def _answer(self, environ: Any) -> tuple[Message, Message]:
        """Flask's whole answer, handed over at once: piece by piece, each would wait for the loop."""
        chunks, status, headers = run_wsgi_app(self._flask, environ, buffered=True)
        told = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers]
        start = {"type": "http.response.start", "status": int(status[:3]), "headers": told}
        return start, {"type": "http.response.body", "body": b"".join(chunks)}


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
