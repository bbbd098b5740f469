"""What is past its keeping: operations that nobody took for long fail, and what has ended long ago is deleted."""

from typing import Any, cast

from sqlalchemy import ColumnElement, CursorResult, Delete, delete, inspect, select, tuple_
from sqlalchemy.orm import Session

from callboard.db import now, seconds
from callboard.lifecycle import Reason, Status
from callboard.models import ArtifactRow, Blob, Event, IdempotencyKey, Operation, SignIn, Table
from callboard.transition import end, ending, this

DAY = 86_400


def stale(session: Session, *, days: int, limit: int) -> list[str]:
    """The ids of operations that were due more than `days` ago and that no worker has taken since."""
    waiting = (Operation.status == Status.PENDING, Operation.finished_at.is_(None))  # the index operations_open
    overdue = select(Operation.id).where(*waiting, *_due_for(days))
    return [str(id) for id in session.scalars(overdue.limit(limit))]


def give_up(session: Session, id: str, *, days: int) -> Operation | None:
    """Fails a pending operation that nobody has taken for `days`, as `expired`; None when somebody has by now."""
    error = f"No worker took it within {days} days of its due time; start one that offers it and rerun"
    when = (this(id), Operation.status == Status.PENDING, *_due_for(days))
    return end(session, ending(Status.FAILED, when=when, values={"reason": Reason.EXPIRED, "error": error}))


def forget_old(session: Session, *, operation_days: int, event_days: int, limit: int) -> int:
    """Deletes what is past its keeping, at most `limit` rows of each kind, and answers how many rows went.

    Fewer than `limit` say that nothing is left.
    """
    used = select(ArtifactRow).where(ArtifactRow.sha256 == Blob.sha256).exists()
    statements = (
        _batch(Operation, Operation.finished_at < now() - seconds(operation_days * DAY), limit),
        _batch(Event, Event.created_at < now() - seconds(event_days * DAY), limit),
        _batch(Blob, ~used, limit),
        _batch(IdempotencyKey, IdempotencyKey.created_at < now() - seconds(DAY), limit),
        _batch(SignIn, SignIn.expires_at < now(), limit),
    )
    return sum(cast("CursorResult[Any]", session.execute(statement)).rowcount for statement in statements)


def _batch(table: type[Table], old: ColumnElement[bool], limit: int) -> Delete:
    """Deletes up to `limit` old rows that nobody else is deleting."""
    key = inspect(table).primary_key
    # A whole query of its own: joined as a subquery, PostgreSQL may run it again and pass the limit.
    chosen = select(*key).where(old).limit(limit).with_for_update(skip_locked=True, of=table).cte("chosen")
    statement = delete(table).where(tuple_(*key).in_(select(*chosen.c)))
    return statement.execution_options(synchronize_session=False)


def _due_for(days: int) -> tuple[ColumnElement[bool], ...]:
    return (Operation.run_at < now() - seconds(days * DAY), Operation.timestamp < now() - seconds(days * DAY))
