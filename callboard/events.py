"""Numbered events: taken from the project's head, stored with the change, published after its commit."""

import logging
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, cast
from uuid import UUID

import redis
from pydantic import BaseModel
from redis.backoff import NoBackoff
from redis.retry import Retry
from sqlalchemy import CursorResult, Executable, Table, Text, bindparam, func, insert, select, update
from sqlalchemy import cast as sql_cast
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Session

from callboard.db import after_commit
from callboard.errands import frames
from callboard.models import Event, Operation, ProjectHead
from callboard.prepared import hot
from callboard.settings import current
from callboard.shapes import (
    AgentOperationMessage,
    AgentOperationPayload,
    AgentProjectOperation,
    ProgressMessage,
    ProgressPayload,
    ProjectUpdateMessage,
    ProjectUpdatePayload,
)

CHANNEL = "callboard:project:"
_EVENTS = cast("Table", Event.__table__)
_TOLD = ("project_id", "seq", "operation_id", "type")
_VALUES = {name: bindparam(f"event_{name}", type_=_EVENTS.c[name].type) for name in _TOLD}
_FRAME = sql_cast(bindparam("event_frame", type_=Text), JSONB)
_INSERT = hot(insert(_EVENTS).values({**_VALUES, "frame": _FRAME}))
STORED = _INSERT.cte("stored")
"""Stores the event as a part of a larger statement."""
log = logging.getLogger(__name__)


def channel(project_id: str) -> str:
    """The Redis channel that carries a project's frames."""
    return CHANNEL + project_id


def next_seq(session: Session, project_id: str) -> int:
    """Takes the project's next event number; the head stays locked until the commit, so numbers have no gaps."""
    advance = update(ProjectHead).where(ProjectHead.project_id == project_id).values(seq=ProjectHead.seq + 1)
    return session.execute(advance.returning(ProjectHead.seq)).scalar_one()


def operation_changed(
    session: Session, row: Operation, *, within: Executable = _INSERT, given: Mapping[str, Any] | None = None
) -> Sequence[Any]:
    """Stores the frame of an operation's change under the number that the change took, and publishes it.

    `within` is the statement that does so, with STORED and what else is to be done on the same way to the database,
    and `given` what that needs; answers the row that it selects.
    """
    operation = AgentProjectOperation.of(row).cut()
    payload = AgentOperationPayload(project_id=row.project_id, agent_id=row.agent_id, operation=operation)
    message = AgentOperationMessage(project_id=row.project_id, seq=row.seq, payload=payload)
    stored = _store(session, message, within, {**(given or {}), "event_operation_id": row.id})
    return stored.one() if stored.returns_rows else ()


def project_changed(session: Session, project_id: str, metadata: dict[str, Any]) -> None:
    """Stores and publishes that a project's assignments or settings changed. Call it last in the transaction."""
    payload = ProjectUpdatePayload(project_id=project_id, metadata=metadata)
    seq = next_seq(session, project_id)
    message = ProjectUpdateMessage(project_id=project_id, seq=seq, payload=payload)
    _store(session, message, _INSERT, {"event_operation_id": None})


def progress(project_id: str, payload: ProgressPayload) -> None:
    """Publishes how far a running operation is; a lost frame is no loss."""
    publish(project_id, _json(ProgressMessage(project_id=project_id, payload=payload)))


def since(session: Session, project_id: str, seq: int, limit: int) -> list[dict[str, Any]]:
    """Up to `limit` frames after `seq`, oldest first."""
    query = select(Event.frame).where(Event.project_id == project_id, Event.seq > seq).order_by(Event.seq).limit(limit)
    return list(session.scalars(query))


def bounds(session: Session, project_id: str) -> tuple[int, int]:
    """The oldest number that is still kept (head + 1 where none is) and the newest one, 0 before any."""
    head = session.scalar(select(ProjectHead.seq).where(ProjectHead.project_id == project_id)) or 0
    oldest = session.scalar(select(func.min(Event.seq)).where(Event.project_id == project_id))
    return (oldest or head + 1), head


def heads(session: Session) -> dict[str, int]:
    """The newest event number of every project."""
    return {row.project_id: row.seq for row in session.scalars(select(ProjectHead))}


def of_operation(session: Session, operation_id: UUID) -> list[dict[str, Any]]:
    """The frames of one operation that are still kept, oldest first."""
    return list(session.scalars(select(Event.frame).where(Event.operation_id == operation_id).order_by(Event.seq)))


def publish(project_id: str, frame: str) -> None:
    """Sends a frame to the live viewers; raises redis.RedisError when Redis does not take it within a second."""
    cast("Any", _client()).publish(channel(project_id), frame)


def close() -> None:
    """Ends this process's connections to Redis."""
    _client().close()
    _client.cache_clear()


def _store(
    session: Session, message: AgentOperationMessage | ProjectUpdateMessage, within: Executable, given: dict[str, Any]
) -> CursorResult[Any]:
    """Stores a frame and publishes it after the commit, in the same letters."""
    project_id, frame = message.project_id, _json(message)
    told = {"event_project_id": project_id, "event_seq": message.seq, "event_type": message.type, "event_frame": frame}
    stored = session.connection().execute(within, {**given, **told})
    after_commit(session, lambda: publish(project_id, frame), errands=frames)
    return stored


@lru_cache(maxsize=1)
def _client() -> redis.Redis:
    return redis.Redis.from_url(
        current().redis_url,
        socket_timeout=1,
        socket_connect_timeout=1,
        health_check_interval=30,
        retry=Retry(NoBackoff(), 0),
    )


def _json(message: BaseModel) -> str:
    return message.model_dump_json()
