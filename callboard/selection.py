"""What an action on many operations would touch, told before it does."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, case, func, not_, select
from sqlalchemy.orm import Session

from callboard.history import Filters, narrowed
from callboard.models import Operation

MOST_IDS = 5_000
MOST_COUNTED = 10_000
SAMPLE = 10
CANCELLING = "cancelling"
"""Why a running operation is not cancelled again."""


class Action(StrEnum):
    """What can be done with many operations at once."""

    CANCEL = "cancel"
    RERUN = "rerun"


@dataclass(frozen=True)
class Selection:
    """The ids that an action would touch, newest first, and why it would skip the others.

    `more` says that there are more than MOST_IDS; `skipped` counts by status, or by CANCELLING, up to MOST_COUNTED.
    """

    ids: list[UUID]
    more: bool
    skipped: dict[str, int]


def selected(session: Session, action: Action, filters: Filters, ids: Iterable[UUID] | None = None) -> Selection:
    """The selection among the operations that match, or among those of these ids that do."""
    among = narrowed(select(Operation.id), filters).order_by(Operation.id.desc())
    if ids is not None:
        among = among.where(Operation.id.in_(list(ids)))
    touches = _touches(action)
    found = list(session.scalars(among.where(touches).limit(MOST_IDS + 1)))
    return Selection(found[:MOST_IDS], len(found) > MOST_IDS, _skipped(session, among.where(not_(touches))))


def sample(session: Session, found: Selection) -> list[Operation]:
    """The first few operations of a selection."""
    return list(
        session.scalars(select(Operation).where(Operation.id.in_(found.ids[:SAMPLE])).order_by(Operation.id.desc()))
    )


def _touches(action: Action) -> ColumnElement[bool]:
    if action is Action.CANCEL:
        return and_(Operation.finished_at.is_(None), Operation.cancel_requested_at.is_(None))
    return Operation.finished_at.is_not(None)


def _skipped(session: Session, left: Select[Any]) -> dict[str, int]:
    asked = and_(Operation.finished_at.is_(None), Operation.cancel_requested_at.is_not(None))
    why = case((asked, CANCELLING), else_=Operation.status).label("why")
    counted = left.with_only_columns(why).limit(MOST_COUNTED).subquery()
    return dict(iter(session.execute(select(counted.c.why, func.count()).group_by(counted.c.why))))
