"""`GET /operations/{id}?wait=SECONDS`: waits on the loop for the end of an operation, then lets Flask answer."""

import asyncio
from uuid import UUID

from starlette.requests import ClientDisconnect, Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from callboard.db import transaction
from callboard.errors import CallboardError
from callboard.lifecycle import TERMINAL
from web import auth
from web.api.operations import LONGEST_WAIT, visible
from web.hub import Hub
from web.threads import in_thread


class Waiting:
    """Holds no thread while a client waits; refusals, too, are left to Flask."""

    def __init__(self, hub: Hub, flask: ASGIApp) -> None:
        self._hub = hub
        self._flask = flask

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serves one request."""
        request = Request(scope)
        seconds = _seconds(request.query_params.get("wait", ""))
        if seconds:
            await self._until_ended(request, receive, seconds)
            receive = _no_body
        await self._flask(scope, receive, send)

    async def _until_ended(self, request: Request, receive: Receive, seconds: float) -> None:
        try:
            id = UUID(request.path_params["operation_id"])
        except ValueError:
            return
        with self._hub.waiter(id) as ended:
            if await in_thread(_has_nothing_to_wait_for, request, id):
                return
            over, gone = asyncio.create_task(ended.wait()), asyncio.create_task(_gone(receive))
            await asyncio.wait({over, gone}, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
            over.cancel()
            if not gone.cancel():
                raise ClientDisconnect


def _seconds(text: str) -> float:
    """How long to wait; 0 for what Flask will refuse."""
    try:
        seconds = float(text)
    except ValueError:
        return 0
    return seconds if 0 < seconds <= LONGEST_WAIT else 0


def _has_nothing_to_wait_for(request: Request, id: UUID) -> bool:
    try:
        caller = auth.identify(request.headers, request.cookies, same_origin=False)
        with transaction() as session:
            return visible(session, caller, str(id)).status in TERMINAL
    except CallboardError:
        return True


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _no_body() -> Message:
    """What Flask gets instead of a body, which may never end and of which the wait has taken some."""
    return {"type": "http.request", "body": b"", "more_body": False}
