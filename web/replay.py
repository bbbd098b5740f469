"""What one viewer gets, in order: first what it missed, from the table, then what happens, without gap or repeat."""

import json
from collections.abc import AsyncIterator, Callable

from callboard import events
from callboard.db import transaction
from callboard.shapes import HeadsMessage, ResetMessage, ResetPayload
from web.hub import Frame, Viewer, heads
from web.threads import in_thread

PAGE = 200
TICK = Frame("")
"""Not to be sent: a sign of life while nothing happens."""


class ProjectStream:
    """One project's frames after `since` (None: from now on), for a viewer that is subscribed already.

    `last` is the number of the newest frame that was given out: where to go on from.
    """

    __slots__ = ("_project_id", "_viewer", "last")

    def __init__(self, viewer: Viewer, project_id: str, since: int | None) -> None:
        self._viewer = viewer
        self._project_id = project_id
        self.last = since

    async def frames(self, still_welcome: Callable[[], object]) -> AsyncIterator[Frame]:
        """The frames; raises TooSlowError, UnavailableError, or what `still_welcome` raises when a key has ended."""
        async for missed in self._missed():
            yield missed
        while True:
            frame = await self._viewer.take()
            if frame.heads is not None:
                await in_thread(still_welcome)
                yield TICK
            async for due in self._due(frame):
                yield due

    async def _due(self, frame: Frame) -> AsyncIterator[Frame]:
        """The frame itself if it is next; what the table has beyond `last` where something was lost between."""
        last = self.last or 0
        number = frame.seq if frame.heads is None else frame.heads.get(self._project_id, last)
        if frame.heads is None and (number is None or number == last + 1):
            self.last = last if number is None else number
            yield frame
        elif (number or 0) > last or (frame.heads is not None and number != last):
            async for missed in self._missed():
                yield missed

    async def _missed(self) -> AsyncIterator[Frame]:
        """All that the table has after `last`; first a reset where `last` is older than what it has, or beyond it."""
        oldest, head = await in_thread(_bounds, self._project_id)
        if self.last is not None and not oldest - 1 <= self.last <= head:
            yield _reset(self._project_id, oldest, head)
            self.last = head
        last = head if self.last is None else self.last
        self.last = last
        while frames := await in_thread(_read, self._project_id, self.last):
            for frame in frames:
                self.last = frame.seq or last
                yield frame


async def all_projects(viewer: Viewer, still_welcome: Callable[[], object]) -> AsyncIterator[Frame]:
    """The heads of all projects that the viewer sees, then their frames as they come, and the heads now and then."""
    yield _heads(viewer, await in_thread(heads))
    while True:
        frame = await viewer.take()
        if frame.heads is not None:
            await in_thread(still_welcome)
            yield _heads(viewer, frame.heads)
        else:
            yield frame


def _read(project_id: str, after: int) -> list[Frame]:
    with transaction() as session:
        frames = events.since(session, project_id, after, PAGE)
    return [Frame(json.dumps(frame, separators=(",", ":")), project_id, frame["seq"]) for frame in frames]


def _bounds(project_id: str) -> tuple[int, int]:
    with transaction() as session:
        return events.bounds(session, project_id)


def _reset(project_id: str, oldest: int, head: int) -> Frame:
    message = ResetMessage(project_id=project_id, payload=ResetPayload(oldest=oldest, head=head))
    return Frame(message.model_dump_json(), project_id)


def _heads(viewer: Viewer, numbers: dict[str, int]) -> Frame:
    seen = {project_id: seq for project_id, seq in numbers.items() if viewer.caller.sees(project_id)}
    return Frame(HeadsMessage(payload=seen).model_dump_json())
