"""The numbers of a project's events that a look at its records covers, and what is missing among them."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, func, literal, select
from sqlalchemy.orm import Session

from callboard.db import now, seconds
from callboard.lifecycle import TERMINAL
from callboard.models import Event, Operation, Project, ProjectHead
from callboard.settings import current

RECENT = 1000
ENDS = Event.frame["payload"]["operation"]["status"].astext.in_([str(status) for status in TERMINAL])
"""Whether an event tells that an operation has ended."""
_HOUR, _DAY = 3_600, 86_400


def kept_since(days: int) -> ColumnElement[Any]:
    """A moment from which on retention cannot have deleted anything yet that is kept so many days."""
    return now() - seconds(days * _DAY - _HOUR)


def covered(session: Session, project_id: str, *, oldest: UUID | None, before: UUID | None) -> list[range]:
    """The newest numbers, and those from the first event of the row `oldest` up to the one of the row `before`.

    None is the project's beginning or its newest number: pages that follow each other leave no number out.
    """
    head = session.scalar(select(ProjectHead.seq).where(ProjectHead.project_id == project_id)) or 0
    newest = range(max(0, head - RECENT), head + 1)
    first = (_first(session, oldest) if oldest else None) or 0
    end = _first(session, before) if before else head + 1
    if end is None or first >= newest.start:
        return [newest]
    return [range(first, newest.stop)] if end >= newest.start else [range(first, end), newest]


def gaps(session: Session, project_id: str, numbers: range, *, limit: int) -> Sequence[Any]:
    """Pairs of numbers between which events are missing that are still kept; number 0 is the project's creation."""
    event = (Event.project_id == project_id, Event.seq >= numbers.start, Event.seq < numbers.stop)
    creation = select(literal(0), Project.created_at).where(Project.id == project_id, literal(numbers.start) == 0)
    here = select(Event.seq, Event.created_at).where(*event).union_all(creation).subquery()
    following = func.lead(here.c.seq, 1, numbers.stop).over(order_by=here.c.seq).label("following")
    young = (here.c.created_at > kept_since(current().event_days)).label("young")
    found = select(here.c.seq, following, young).subquery()
    query = select(found.c.seq, found.c.following).where(found.c.young, found.c.following != found.c.seq + 1)
    return session.execute(query.order_by(found.c.seq).limit(limit)).all()


def without_row(session: Session, project_id: str, numbers: range, *, limit: int) -> list[UUID]:
    """The operations that have ended by these events and have no row, although retention cannot have deleted it yet."""
    here = (Event.project_id == project_id, Event.seq >= numbers.start, Event.seq < numbers.stop, ENDS)
    young = Event.created_at > kept_since(min(current().event_days, current().retention_days))
    gone = ~select(Operation.id).where(Operation.id == Event.operation_id).exists()
    ids = select(Event.operation_id).where(*here, young, gone).distinct().limit(limit)
    return [id for id in session.scalars(ids) if id]


def _first(session: Session, id: UUID) -> int | None:
    """The number of an operation's first event that is still kept."""
    return session.scalar(select(func.min(Event.seq)).where(Event.operation_id == id))
