"""The live endpoints: frames by WebSocket at /live, and as server-sent events at a project's /events."""

import asyncio
from collections.abc import AsyncIterator, Callable
from functools import partial
from typing import TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, HTTPConnection, Request
from starlette.responses import Response, StreamingResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from starlette.websockets import WebSocket, WebSocketDisconnect

from callboard.db import transaction
from callboard.errors import CallboardError, InvalidError, ProjectNotFoundError
from callboard.keys import Caller
from callboard.projects import ProjectService
from web import auth, problems
from web.edge import require_readable
from web.hub import Frame, Hub, Viewer
from web.replay import ProjectStream, all_projects
from web.threads import in_thread

LARGEST_SEQ = 2**63 - 1
UNAUTHORIZED, FORBIDDEN, COME_AGAIN = 4401, 4403, 1013
CLOSE_SECONDS = SEND_SECONDS = 20.0


class LiveQuery(BaseModel):
    """Which frames: of one project after `since`, or of all."""

    model_config = ConfigDict(extra="forbid")

    project_id: str | None = None
    since: int | None = Field(None, ge=0, le=LARGEST_SEQ)


Query = TypeVar("Query", bound=LiveQuery)


class StreamQuery(LiveQuery):
    """Which frames of a project; after `limit` numbered ones the stream ends, and its client comes again."""

    limit: int | None = Field(None, ge=1, le=500)


class Live:
    """The WebSocket endpoint of a hub."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serves one viewer; a refused one gets an HTTP answer instead of a socket."""
        socket = WebSocket(scope, receive, send)
        identify = partial(_identified, socket, same_origin=True)
        try:
            require_readable(scope)
            project_id, since = _asked(socket)
            caller = await in_thread(_admitted, identify, project_id)
        except CallboardError as error:
            await socket.send_denial_response(_answer(error))
            return
        await socket.accept("bearer" if "bearer" in scope.get("subprotocols", ()) else None)
        with self._hub.viewer(caller, project_id) as viewer:
            stream = ProjectStream(viewer, project_id or "", since)
            frames = stream.frames(identify) if project_id else all_projects(viewer, identify)
            ended: Exception | None = None
            try:
                async with asyncio.TaskGroup() as tasks:
                    sending = tasks.create_task(_send(socket, frames, viewer))
                    viewer.when_cut(sending.cancel)
                    await _hang_up(socket)
                    sending.cancel()
            except* Exception as told:
                ended = told.exceptions[0]
        await _close(socket, ended, stream.last)


def needs_upgrade(request: Request) -> Response:
    """Tells who comes without a WebSocket to come with one. Raises HTTPException 426."""
    raise HTTPException(426)


async def no_socket(socket: WebSocket) -> None:
    """Refuses a WebSocket at any other address."""
    await socket.send_denial_response(_answer(HTTPException(404), f"the WebSocket {socket.url.path}"))


class ServerSentEvents:
    """A project's frames as a stream for whoever accepts one; Flask answers all others."""

    def __init__(self, hub: Hub, flask: ASGIApp) -> None:
        self._hub = hub
        self._flask = flask

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serves one request."""
        request = Request(scope)
        if "text/event-stream" not in request.headers.get("accept", ""):
            await self._flask(scope, receive, send)
            return
        query = _query(StreamQuery, request, since=request.headers.get("last-event-id"))
        project_id = request.path_params["project_id"]
        identify = partial(_identified, request, same_origin=False)
        caller = await in_thread(_admitted, identify, project_id)
        body = self._lines(caller, project_id, query, identify)
        headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        answer = StreamingResponse(body, headers=headers, media_type="text/event-stream")
        await answer(scope, receive, partial(_send_in_time, send))

    async def _lines(
        self, caller: Caller, project_id: str, query: StreamQuery, still_welcome: Callable[[], object]
    ) -> AsyncIterator[str]:
        yield ": welcome\n\n"
        left = query.limit
        with self._hub.viewer(caller, project_id) as viewer:
            try:
                async for frame in ProjectStream(viewer, project_id, query.since).frames(still_welcome):
                    number = f"id: {frame.seq}\n" if frame.seq is not None else ""
                    yield f"{number}data: {frame.text}\n\n" if frame.text else ": still here\n\n"
                    if left is not None and frame.seq is not None:
                        left -= 1
                    if left == 0:
                        return
            except CallboardError as error:
                yield f": {error}\n\n"


def _asked(connection: HTTPConnection) -> tuple[str | None, int | None]:
    query = _query(LiveQuery, connection)
    return query.project_id, query.since


def _query(kind: type[Query], connection: HTTPConnection, **given: str | None) -> Query:
    values = {**connection.query_params, **{name: value for name, value in given.items() if value is not None}}
    try:
        return kind.model_validate(values)
    except ValidationError as error:
        fields = list(problems.fields_of(error))
        raise InvalidError("; ".join(f"{f['field']}: {f['message']}" for f in fields), fields=fields) from error


def _identified(connection: HTTPConnection, *, same_origin: bool) -> Caller:
    offered: list[str] = connection.scope.get("subprotocols") or []
    if offered[:1] == ["bearer"] and len(offered) > 1:
        return auth.of_key(offered[1])
    return auth.identify(connection.headers, connection.cookies, same_origin=same_origin)


def _admitted(identify: Callable[[], Caller], project_id: str | None) -> Caller:
    caller = identify()
    if project_id is not None:
        if not caller.sees(project_id):
            raise ProjectNotFoundError.of(project_id)
        with transaction() as session:
            ProjectService(session).get_by_id(project_id)
    return caller


async def _send(socket: WebSocket, frames: AsyncIterator[Frame], viewer: Viewer) -> None:
    try:
        async for frame in frames:
            if frame.text:
                await socket.send_text(frame.text)
    except asyncio.CancelledError:
        viewer.require_uncut()
        raise


async def _send_in_time(send: Send, message: Message) -> None:
    """Raises ClientDisconnect where the client takes nothing more, though it stays connected."""
    try:
        async with asyncio.timeout(SEND_SECONDS):
            await send(message)
    except TimeoutError:
        raise ClientDisconnect from None


async def _hang_up(socket: WebSocket) -> None:
    """Returns when the client goes; what it says is not for us."""
    while (await socket.receive())["type"] != "websocket.disconnect":
        pass


async def _close(socket: WebSocket, ended: object, last: int | None) -> None:
    code = COME_AGAIN
    if isinstance(ended, CallboardError):
        code = {401: UNAUTHORIZED, 403: FORBIDDEN}.get(ended.status, COME_AGAIN)
    try:
        async with asyncio.timeout(CLOSE_SECONDS):
            await socket.close(code, f"since={last}" if last is not None else "")
    except (RuntimeError, WebSocketDisconnect, TimeoutError):
        return


def _answer(error: Exception, asked: str = "this address") -> Response:
    rendered = problems.render(error, asked)
    return Response(rendered.body, rendered.status, rendered.headers)
