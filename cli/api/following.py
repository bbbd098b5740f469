"""Follows operations until they end: live by server-sent events, by asking again where the stream has trouble."""

import time
from collections.abc import Callable, Sequence
from uuid import UUID

import httpx

from callboard.errors import UnavailableError
from callboard.shapes import AgentProjectOperation
from cli.api.client import Client, Json, parsed
from cli.api.outcome import has_ended

Show = Callable[[AgentProjectOperation], None]
Known = dict[UUID, AgentProjectOperation]

# A stream is left this often to ask: it tells why an operation waits, and finds an end that no frame told.
_ROUND_SECONDS = 5
_WAIT_SECONDS = 20
_PATIENCE = (1, 2, 4, 8, 15)


def follow(client: Client, accepted: Sequence[AgentProjectOperation], show: Show) -> list[AgentProjectOperation]:
    """The operations of one project as they ended, in the order given; `show` is told of every change on the way.

    Raises UnavailableError when the API stays away for half a minute; the operations go on without it.
    """
    known = {operation.id: operation for operation in accepted}
    for operation in accepted:
        show(operation)
    while waiting := {id: operation for id, operation in known.items() if not has_ended(operation)}:
        wait = 0 if _listen(client, waiting, show) else _WAIT_SECONDS
        for id in waiting:
            known[id] = _asked(client, id, wait)
            show(known[id])
            wait = 0
    return list(known.values())


def _listen(client: Client, waiting: Known, show: Show) -> bool:
    """Shows what frames tell for one round, or until all have ended; False where the stream had trouble."""
    heard = dict(waiting)
    since = min(operation.seq for operation in waiting.values())
    project_id = next(iter(waiting.values())).project_id
    ends = time.monotonic() + _ROUND_SECONDS
    try:
        for frame in client.frames(project_id, since):
            if frame and (changed := _changed(frame, heard)):
                heard[changed.id] = changed
                show(changed)
            if time.monotonic() > ends or all(map(has_ended, heard.values())):
                return True
    except (httpx.HTTPError, ValueError, KeyError):
        return False
    return False


def _changed(frame: Json, heard: Known) -> AgentProjectOperation | None:
    """The operation as the frame tells it; None where the frame is old or about something else."""
    payload = frame["payload"]
    if frame["type"] == "agent_operation":
        told = parsed(payload["operation"])
        return told if told.id in heard and told.seq > heard[told.id].seq else None
    if frame["type"] == "progress" and (running := heard.get(UUID(payload["operation_id"]))):
        return parsed(running.model_dump() | {"progress": payload})
    return None


def _asked(client: Client, id: UUID, wait: float) -> AgentProjectOperation:
    """The operation now, or when it has ended within `wait` seconds; outlives a restart of the API."""
    for pause in _PATIENCE:
        try:
            return client.operation(str(id), wait=wait or None)
        except UnavailableError:
            time.sleep(pause)
    return client.operation(str(id))
