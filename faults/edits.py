"""What can be done by hand to stored records, each by chance, and what must be told of it."""

import math
import random
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, cast
from uuid import UUID

from sqlalchemy import ColumnElement, Row, TableClause, delete, func, select, update
from sqlalchemy.orm import Session

from callboard.contradictions import Kind
from callboard.models import Event, Operation, Project

OPERATIONS = cast("TableClause", Operation.__table__)
SEALED = [column for column in OPERATIONS.c if column.key != "rerun_of"]
FILLED = {str: "x", bool: True, object: {"x": 1}, datetime: datetime(2020, 1, 1, tzinfo=UTC)}
"""What a column gets that held nothing, by its type."""


@dataclass(frozen=True)
class Edit:
    """What was done by hand to a project's records, and the kinds that must be told of it, each with whose it is."""

    done: str
    project_id: str
    expected: frozenset[tuple[Kind, str]]


def altered(value: Any, chance: random.Random) -> Any:
    """Another value of the same type, as little different as it can be: by a bit, a microsecond, a member."""
    match value:
        case bool():
            return not value
        case int():
            return value ^ 1 << chance.randrange(31)
        case float():
            return math.nextafter(value, math.inf)
        case bytes():
            return bytes([value[0] ^ 1, *value[1:]])
        case UUID():
            return UUID(int=value.int ^ 1 << chance.randrange(128))
        case datetime():
            return value + timedelta(microseconds=1 << chance.randrange(40))
        case str() if value:
            at = chance.randrange(len(value))
            return value[:at] + chr(ord(value[at]) ^ 1 << chance.randrange(4)) + value[at + 1 :]
        case dict() if value:
            name = chance.choice(sorted(value))
            return {**value, name: altered(value[name], chance)}
        case list():
            return [*value, "x"]
        case _:
            return "x"


def _edit_column(session: Session, chance: random.Random) -> Edit:
    row, column = _ended(session, chance), chance.choice(SEALED)
    was = row._mapping[column.key]
    value = FILLED[column.type.python_type] if was is None else altered(was, chance)
    session.execute(update(OPERATIONS).where(OPERATIONS.c.id == row.id).values({column.key: value}))
    told = {(Kind.RECORD_ALTERED, str(row.id))}
    if column.key == "id":
        told = {(Kind.RECORD_ALTERED, str(value)), (Kind.ROW_MISSING, str(row.id))}
    return Edit("columns edited", row.project_id, frozenset(told))


def _swap_numbers(session: Session, chance: random.Random) -> Edit:
    one = _ended(session, chance)
    other = _ended(session, chance, OPERATIONS.c.project_id == one.project_id, OPERATIONS.c.id != one.id)
    for row, seq in ((one, other.seq), (other, one.seq)):
        session.execute(update(OPERATIONS).where(OPERATIONS.c.id == row.id).values(seq=seq))
    both = frozenset((Kind.RECORD_ALTERED, str(row.id)) for row in (one, other))
    return Edit("pairs of numbers swapped", one.project_id, both)


def _delete_row(session: Session, chance: random.Random) -> Edit:
    row = _ended(session, chance)
    session.execute(delete(OPERATIONS).where(OPERATIONS.c.id == row.id))
    return Edit("rows deleted", row.project_id, frozenset({(Kind.ROW_MISSING, str(row.id))}))


def _delete_row_and_events(session: Session, chance: random.Random) -> Edit:
    row = _ended(session, chance)
    session.execute(delete(OPERATIONS).where(OPERATIONS.c.id == row.id))
    session.execute(delete(Event).where(Event.operation_id == row.id))
    return Edit("rows deleted with their events", row.project_id, frozenset({(Kind.SEQ_GAP, row.project_id)}))


def _reorder_window(session: Session, chance: random.Random) -> Edit:
    project = _project(session, chance)
    records = project.agent_metadata["operation_history"]
    at = chance.randrange(1, len(records))
    return _write_window(session, project, "windows reordered", [*records[at:], *records[:at]])


def _edit_window(session: Session, chance: random.Random) -> Edit:
    project = _project(session, chance)
    records = project.agent_metadata["operation_history"]
    at = chance.randrange(len(records))
    edited = [*records[:at], altered(records[at], chance), *records[at + 1 :]]
    return _write_window(session, project, "records in a window edited", edited)


def _write_window(session: Session, project: Project, done: str, records: list[Any]) -> Edit:
    metadata = {**project.agent_metadata, "operation_history": records}
    statement = update(Project).where(Project.id == project.id).values(agent_metadata=metadata)
    session.execute(statement.execution_options(synchronize_session=False))
    return Edit(done, project.id, frozenset({(Kind.WINDOW_DIFFERS, project.id)}))


def _ended(session: Session, chance: random.Random, *which: ColumnElement[bool]) -> Row[Any]:
    """An operation that has ended, by chance."""
    ids = session.scalars(select(OPERATIONS.c.id).where(OPERATIONS.c.finished_at.is_not(None), *which)).all()
    return session.execute(select(OPERATIONS).where(OPERATIONS.c.id == chance.choice(sorted(ids)))).one()


def _project(session: Session, chance: random.Random) -> Project:
    """A project with two records and more in its window."""
    count = func.jsonb_array_length(Project.agent_metadata["operation_history"])
    return chance.choice(session.scalars(select(Project).where(count > 1).order_by(Project.id)).all())


EDITS = {
    _edit_column: 5,
    _swap_numbers: 1,
    _delete_row: 1,
    _delete_row_and_events: 1,
    _reorder_window: 1,
    _edit_window: 1,
}
"""Each sort of edit, and how often it is made beside the others."""
