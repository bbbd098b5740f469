"""The history: the window of newest records in a project's JSONB, and keyset pages through the table behind it."""

import base64
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, Text, bindparam, case, cast, func, literal, literal_column, select, update
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Session, defer
from sqlalchemy.orm.attributes import set_committed_value

from callboard import cursors, search
from callboard.lifecycle import TERMINAL
from callboard.models import AS_SEALED, OPERATION, Operation, Project
from callboard.shapes import CUT_RESULT, AgentProjectOperation

WINDOW = 50
FRESH = {"populate_existing": True}

_LIGHT = [column for column in OPERATION if column.key not in ("result", "parameters", "fingerprints")]
_FULL = func.jsonb_array_length(Project.agent_metadata["operation_history"]) >= WINDOW
_KEPT = case(
    (_FULL, Project.agent_metadata.op("#-")(literal_column("'{operation_history,0}'"))), else_=Project.agent_metadata
)
_NEWEST: ColumnElement[str] = literal_column("'{operation_history,-1}'")
_RECORD = cast(bindparam("record", type_=Text), JSONB)
# By paths: to take the records out and merge them back would unpack and copy the window three times more.
APPENDED = (
    update(Project)
    .where(Project.id == bindparam("recorded_in"))
    .values(agent_metadata=func.jsonb_insert(_KEPT, _NEWEST, _RECORD, True))
    .cte("appended")
)
"""Adds what `appending` tells to a project's window, oldest first, as a part of a larger statement.

The whole history is the table: appending to a growing document costs 109 ms at 10,000 records.
"""


@dataclass(frozen=True)
class Filters:
    """What a list of operations may be narrowed by; None does not narrow.

    `since` is the earliest time of creation. `q` is a text and `param` a parameter with its value; they search the
    newest operations only.
    """

    project_id: str | None = None
    agent_id: str | None = None
    capability: str | None = None
    status: str | None = None
    verdict: str | None = None
    visible_projects: Sequence[str] | None = None
    since: datetime | None = None
    q: str | None = None
    param: str | None = None


@dataclass(frozen=True)
class Page:
    """Operations, newest first, and the cursor of the next page if there is one."""

    items: list[Operation]
    next: str | None


def appending(row: Operation) -> dict[str, Any]:
    """What APPENDED needs to add a terminal operation's record to its project's window."""
    return {"recorded_in": row.project_id, "record": AgentProjectOperation.of(row).record().model_dump_json()}


def newest_records(project_id: str) -> Select[Operation]:
    """The newest WINDOW terminal rows of a project, newest first: what its window must hold."""
    ended = (Operation.project_id == project_id, Operation.finished_at.is_not(None))
    return select(Operation).where(*ended).order_by(Operation.seq.desc()).limit(WINDOW)


def rebuild(session: Session, project_id: str) -> None:
    """Makes the project's window anew from the table."""
    # Whoever ends an operation locks the project first, so none is missed once it is ours.
    session.execute(select(Project.id).where(Project.id == project_id).with_for_update(key_share=True))
    rows = session.scalars(newest_records(project_id)).all()
    records = [_record(row) for row in reversed(rows)]
    window = func.jsonb_build_object("operation_history", cast(literal(records, JSONB), JSONB))
    statement = update(Project).where(Project.id == project_id)
    session.execute(statement.values(agent_metadata=Project.agent_metadata.op("||")(window)))


def sealed_records(session: Session, ids: Collection[UUID]) -> dict[str, dict[str, Any]]:
    """The records, by id, of those ended operations that are still what they were when they ended."""
    as_they_ended = (Operation.id.in_(ids), Operation.finished_at.is_not(None), AS_SEALED)
    rows = session.execute(select(*_LIGHT, _short_result().label("result")).where(*as_they_ended))
    return {str(row.id): _record(Operation.of(row._mapping)) for row in rows}


def _record(row: Operation) -> dict[str, Any]:
    return AgentProjectOperation.of(row).record().model_dump(mode="json")


def page(session: Session, filters: Filters, *, cursor: str | None = None, limit: int = 50, cut: bool = False) -> Page:
    """One page of operations, newest first. Raises InvalidError for a limit or cursor that is not ours.

    `cut` ones come without parameters and with a short result: large ones are then not even read.
    """
    cursors.check_limit(limit)
    query = narrowed(select(Operation), filters).order_by(Operation.id.desc()).limit(limit + 1)
    if cursor:
        query = query.where(Operation.id < _decode(cursor))
    rows = _cut(session, query) if cut else list(session.scalars(query, execution_options=FRESH))
    more = len(rows) > limit
    return Page(rows[:limit], _encode(rows[limit - 1].id) if more else None)


def _cut(session: Session, query: Select[Operation]) -> list[Operation]:
    unread = (defer(Operation.result), defer(Operation.parameters), defer(Operation.fingerprints))
    rows = []
    for row, result in session.execute(query.add_columns(_short_result()).options(*unread), execution_options=FRESH):
        set_committed_value(row, "result", result)
        set_committed_value(row, "parameters", None)
        rows.append(row)
    return rows


def _short_result() -> ColumnElement[dict[str, Any] | None]:
    """The parts of a result that frames and records keep, picked by the database."""
    parts = func.jsonb_each(Operation.result).table_valued("key", "value")
    kept = select(func.jsonb_object_agg(parts.c.key, parts.c.value, type_=JSONB)).where(parts.c.key.in_(CUT_RESULT))
    told = func.coalesce(kept.scalar_subquery(), cast({}, JSONB))
    return case((Operation.result.is_not(None), told), else_=None)


def oldest_first(session: Session, filters: Filters, limit: int) -> list[Operation]:
    """The newest `limit` operations, oldest first."""
    query = narrowed(select(Operation), filters).order_by(Operation.id.desc()).limit(limit)
    return list(session.scalars(query, execution_options=FRESH))[::-1]


def narrowed(query: Select[Any], filters: Filters) -> Select[Any]:
    """The query of operations, narrowed by the filters."""
    for name in ("project_id", "agent_id", "capability", "status", "verdict"):
        value = getattr(filters, name)
        if value is not None:
            query = query.where(getattr(Operation, name) == value)
    if filters.status is not None and filters.status not in TERMINAL:
        query = query.where(Operation.finished_at.is_(None))  # as the index of the few that are open says
    if filters.visible_projects is not None:
        query = query.where(Operation.project_id.in_(filters.visible_projects))
    if filters.since is not None:
        query = query.where(Operation.id >= _first_of(filters.since), Operation.created_at >= filters.since)
    if filters.q is not None:
        query = query.where(search.tells(filters.q))
    if filters.param is not None:
        query = query.where(search.parameter(filters.param))
    return query if filters.q is None and filters.param is None else query.where(search.within(filters.project_id))


def _first_of(moment: datetime) -> UUID:
    """The least id that can be made from this moment on; ids bound a scan that times alone would not."""
    return UUID(int=int(moment.timestamp() * 1000) << 80)


def _encode(id: UUID) -> str:
    return base64.urlsafe_b64encode(id.bytes).decode().rstrip("=")


def _decode(cursor: str) -> UUID:
    with cursors.reading(cursor):
        return UUID(bytes=base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
