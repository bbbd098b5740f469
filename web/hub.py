"""One Redis subscription per process, one bounded queue per viewer, and the table's heads every five seconds."""

import asyncio
import json
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import redis
import redis.asyncio
import structlog
from sqlalchemy.exc import SQLAlchemyError

from callboard import events, operations
from callboard.db import transaction
from callboard.errors import CallboardError, UnavailableError
from callboard.keys import Caller
from callboard.lifecycle import TERMINAL
from web import metrics
from web.threads import in_thread

QUEUE_FRAMES = 256
QUEUE_BYTES = 1_000_000
HEADS_SECONDS = 5.0
AGAIN_SECONDS = 1.0

log = structlog.get_logger("web")


class TooSlowError(CallboardError):
    """This viewer does not keep up; come again with the last number that you have."""

    code, status = "too_slow", 503


@dataclass(frozen=True)
class Frame:
    """What viewers get: one message's text, its project and number; or, now and then, the `heads` of all projects."""

    text: str
    project_id: str | None = None
    seq: int | None = None
    heads: dict[str, int] | None = None


class Viewer:
    """One client's queue of frames: bounded, and cut for good when it overflows. Small: a process has thousands."""

    __slots__ = ("_bytes", "_is_cut", "_news", "_waiting", "_when_cut", "caller", "project_id")

    def __init__(self, caller: Caller, project_id: str | None) -> None:
        self.caller = caller
        self.project_id = project_id
        self._waiting: list[Frame] = []
        self._bytes = 0
        self._is_cut = False
        self._news: asyncio.Future[None] | None = None
        self._when_cut: Callable[[], object] | None = None

    def wants(self, frame: Frame) -> bool:
        """Whether the frame is this viewer's to see."""
        if frame.project_id is None:
            return True
        return self.caller.sees(frame.project_id) and self.project_id in (None, frame.project_id)

    def when_cut(self, call: Callable[[], object]) -> None:
        """Has `call` called when the queue overflows: whoever sends may be stuck with a client that never reads."""
        self._when_cut = call

    def offer(self, frame: Frame) -> None:
        """Queues a frame; a viewer whose queue is full gets no more."""
        if self._is_cut:
            return
        if len(self._waiting) >= QUEUE_FRAMES or self._bytes + len(frame.text) > QUEUE_BYTES:
            self._cut()
        else:
            self._waiting.append(frame)
            self._bytes += len(frame.text)
        if self._news is not None and not self._news.done():
            self._news.set_result(None)

    async def take(self) -> Frame:
        """The next frame, once there is one. Raises TooSlowError when the queue has overflowed."""
        while not self._waiting:
            self.require_uncut()
            self._news = asyncio.get_running_loop().create_future()
            await self._news
        frame = self._waiting.pop(0)
        self._bytes -= len(frame.text)
        return frame

    def require_uncut(self) -> None:
        """Raises TooSlowError when the queue has overflowed."""
        if self._is_cut:
            raise TooSlowError

    def _cut(self) -> None:
        self._is_cut = True
        self._waiting.clear()
        metrics.CUT.inc()
        if self._when_cut is not None:
            self._when_cut()


class Hub:
    """Passes what Redis says to the viewers of this process, and tells them the heads, so that nothing stays lost."""

    def __init__(self, redis_url: str) -> None:
        self._redis_url = redis_url
        self._viewers: set[Viewer] = set()
        self._waiters: defaultdict[UUID, set[asyncio.Event]] = defaultdict(set)
        self._look = asyncio.Event()

    async def run(self) -> None:
        """Listens and looks until cancelled; whatever else ends it is logged, and it begins anew."""
        while True:
            try:
                async with asyncio.TaskGroup() as tasks:
                    tasks.create_task(self._listen())
                    tasks.create_task(self._tell_heads())
            except* Exception as broken:  # nobody awaits this task: live would be dead, and nothing would tell
                log.error("live broke off and begins anew", exc_info=broken)
            await asyncio.sleep(AGAIN_SECONDS)

    @contextmanager
    def viewer(self, caller: Caller, project_id: str | None = None) -> Iterator[Viewer]:
        """A viewer that is subscribed for the block; of one project, or of all that the caller sees."""
        viewer = Viewer(caller, project_id)
        self._viewers.add(viewer)
        metrics.VIEWERS.inc()
        try:
            yield viewer
        finally:
            self._viewers.discard(viewer)
            metrics.VIEWERS.dec()

    @contextmanager
    def waiter(self, operation_id: UUID) -> Iterator[asyncio.Event]:
        """An event that is set when the operation ends."""
        ended = asyncio.Event()
        self._waiters[operation_id].add(ended)
        metrics.WAITING.inc()
        try:
            yield ended
        finally:
            metrics.WAITING.dec()
            self._waiters[operation_id].discard(ended)
            if not self._waiters[operation_id]:
                del self._waiters[operation_id]

    async def _listen(self) -> None:
        while True:
            try:
                await self._subscribed()
            except (redis.RedisError, OSError) as error:
                log.warning("live frames come late: Redis does not answer", error=str(error))
            await asyncio.sleep(AGAIN_SECONDS)

    async def _subscribed(self) -> None:
        client = redis.asyncio.Redis.from_url(self._redis_url, socket_connect_timeout=2, socket_keepalive=True)
        async with client, client.pubsub(ignore_subscribe_messages=True) as subscription:
            await subscription.psubscribe(f"{events.CHANNEL}*")
            self._look.set()
            async for message in subscription.listen():
                self._pass_on(message["channel"], message["data"])

    def _pass_on(self, channel: bytes, message: bytes) -> None:
        try:
            frame, ended = _told_by(channel, message)
        except (ValueError, AttributeError, KeyError, TypeError, RecursionError):
            log.warning("a message on Redis is no frame", channel=channel.decode(errors="replace"))
            return
        for viewer in [viewer for viewer in self._viewers if viewer.wants(frame)]:
            viewer.offer(frame)
        if ended is not None:
            self._release(ended)

    def _release(self, operation_id: UUID) -> None:
        for ended in self._waiters.get(operation_id, ()):
            ended.set()

    async def _tell_heads(self) -> None:
        while True:
            try:
                async with asyncio.timeout(HEADS_SECONDS):
                    await self._look.wait()
            except TimeoutError:
                pass
            self._look.clear()
            try:
                await self._look_once()
            except (UnavailableError, SQLAlchemyError) as error:
                log.warning("the heads cannot be read", error=str(error))

    async def _look_once(self) -> None:
        if self._viewers:
            frame = Frame("", heads=await in_thread(heads))
            for viewer in list(self._viewers):
                viewer.offer(frame)
        if self._waiters:
            for id in await in_thread(_ended, list(self._waiters)):
                self._release(id)


def _told_by(channel: bytes, message: bytes) -> tuple[Frame, UUID | None]:
    text = message.decode()
    content = json.loads(text)
    seq = content.get("seq")
    if not isinstance(seq, int | None):
        raise TypeError
    return Frame(text, channel.decode().removeprefix(events.CHANNEL), seq), _end_told_by(content)


def _end_told_by(content: dict[str, Any]) -> UUID | None:
    if content.get("type") != "agent_operation":
        return None
    operation = content["payload"]["operation"]
    return UUID(operation["id"]) if operation["status"] in TERMINAL else None


def heads() -> dict[str, int]:
    """The newest event number of every project, from the table."""
    with transaction() as session:
        return events.heads(session)


def _ended(ids: list[UUID]) -> list[UUID]:
    with transaction() as session:
        return operations.ended(session, ids)
