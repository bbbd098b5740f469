"""The keeper's verbs: ring again, end expired leases, forget what is old; safe to run any number of times."""

from collections.abc import Sequence
from typing import Any, cast

from sqlalchemy import ColumnElement, CursorResult, delete, func, select, tuple_, update
from sqlalchemy.orm import Session

from callboard import limits
from callboard.db import now, seconds
from callboard.lifecycle import Reason, Status
from callboard.models import ArtifactRow, Blob, Event, IdempotencyKey, Operation, SignIn
from callboard.transition import end, ending, held, spend_try, this
from callboard.turns import FIRST_RING_SECONDS, call_next, ring
from callboard.waits import ACCOUNTED

LONGEST_RING_SECONDS = 300
DAY = 86_400
UNHEARD_SECONDS = 2
"""A ring that is neither on the broker nor claimed after this long is taken for lost."""
RUNG = (Operation.status == Status.PENDING, Operation.rung_at.is_not(None))


def ring_again(session: Session, *, limit: int, queues: Sequence[str] = ()) -> int:
    """Rings again for up to `limit` operations that were rung and not heard; `queues` are known to be empty.

    The pause doubles from 5 s to 5 min, so that what waits long is not rung all the time.
    """
    due = Operation.ring_at <= now()
    if queues:
        due = due | (Operation.queue.in_(queues) & (Operation.rung_at < now() - seconds(UNHEARD_SECONDS)))
    waiting = select(Operation.id).where(*RUNG, Operation.run_at <= now(), due)
    chosen = waiting.order_by(Operation.id).limit(limit).with_for_update(skip_locked=True).cte("chosen")
    pause = func.least(LONGEST_RING_SECONDS, FIRST_RING_SECONDS * func.power(2, func.least(Operation.rings, 6)))
    statement = (
        update(Operation)
        .where(Operation.id == chosen.c.id)
        .values(ring_at=now() + pause * seconds(1), rings=Operation.rings + 1)
        .returning(Operation)
        .execution_options(synchronize_session=False)
    )
    rows = session.scalars(statement).all()
    for row in rows:
        ring(session, row)
    return len(rows)


def ring_now(session: Session, id: str) -> Operation | None:
    """Rings for one pending operation that is due, whosever turn it is; None where it is not, or a limit blocks it."""
    due = (this(id), Operation.status == Status.PENDING, Operation.run_at <= now(), Operation.blocked_by.is_(None))
    called = {"rung_at": func.coalesce(Operation.rung_at, now()), "waits": ACCOUNTED, "waits_since": now()}
    values = {"ring_at": now() + seconds(FIRST_RING_SECONDS), "rings": Operation.rings + 1, **called}
    row = session.scalars(update(Operation).where(*due).values(values).returning(Operation)).one_or_none()
    if row is not None:
        ring(session, row)
    return row


def waiting_queues(session: Session) -> list[str]:
    """The queues of pending operations that were rung, whose messages should therefore be on the broker."""
    unheard = (Operation.run_at <= now(), Operation.rung_at < now() - seconds(UNHEARD_SECONDS))
    return list(session.scalars(select(Operation.queue).where(*RUNG, *unheard).distinct()))


def call(session: Session, line: str, *, limit: int) -> int:
    """Rings for up to `limit` operations of a line that have become due or lost their turn; as many as have room."""
    room = limits.room(session, line) if ":" in line else None
    count = 0
    while count < (limit if room is None else min(limit, room)) and call_next(session, [line]):
        count += 1
    return count


def expired(session: Session, limit: int) -> list[str]:
    """The ids of running operations whose lease has run out, oldest first."""
    query = select(Operation.id).where(Operation.status == Status.RUNNING, Operation.lease_until < now())
    return [str(id) for id in session.scalars(query.order_by(Operation.lease_until).limit(limit))]


def expire(session: Session, id: str) -> Operation | None:
    """Ends an attempt whose lease has run out: cancelled, pending again, or failed after its last try."""
    expired = (this(id), Operation.status == Status.RUNNING, Operation.lease_until < now())
    row = session.scalars(select(Operation).where(*expired).with_for_update(skip_locked=True)).one_or_none()
    if row is None:
        return None
    overdue = session.scalar(select(Operation.deadline_at <= now()).where(this(id)))
    if overdue:
        reason, error = Reason.TIMEOUT, f"It ran longer than its limit of {row.timeout:g} s"
    else:
        reason, error = Reason.WORKER_LOST, f"Worker {row.worker} stopped answering during attempt {row.attempt}"
    return spend_try(session, reason, error, when=expired)


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


def forget_lease(session: Session, id: str, attempt: int) -> None:
    """Ends the lease of an attempt whose process is known to be dead, so that the keeper need not wait for it."""
    session.execute(update(Operation).where(*held(id, attempt)).values(lease_until=now()))


def held_by(session: Session, worker: str) -> list[tuple[str, int]]:
    """The ids and attempts that a worker is running."""
    query = select(Operation.id, Operation.attempt).where(
        Operation.status == Status.RUNNING, Operation.worker == worker
    )
    return [(str(id), attempt) for id, attempt in session.execute(query)]


def _due_for(days: int) -> tuple[ColumnElement[bool], ...]:
    return (Operation.run_at < now() - seconds(days * DAY), Operation.timestamp < now() - seconds(days * DAY))


def forget_old(session: Session, *, operation_days: int, event_days: int, limit: int = 1000) -> int:
    """Deletes one batch of what is past its keeping, and answers how many rows went."""
    ended = select(Operation.id).where(Operation.finished_at < now() - seconds(operation_days * DAY)).limit(limit)
    old_events = (
        select(Event.project_id, Event.seq).where(Event.created_at < now() - seconds(event_days * DAY)).limit(limit)
    )
    unused = (
        select(Blob.sha256)
        .where(~select(ArtifactRow).where(ArtifactRow.sha256 == Blob.sha256).exists())
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    # Whole queries of their own: joined as a subquery, PostgreSQL may run one again and pass the limit.
    ended_ones, unused_ones = ended.with_for_update(skip_locked=True).cte("ended"), unused.cte("unused")
    statements = (
        delete(Operation).where(Operation.id.in_(select(ended_ones.c.id))),
        delete(Event).where(tuple_(Event.project_id, Event.seq).in_(old_events)),
        delete(Blob).where(Blob.sha256.in_(select(unused_ones.c.sha256))),
        delete(IdempotencyKey).where(IdempotencyKey.created_at < now() - seconds(DAY)),
        delete(SignIn).where(SignIn.expires_at < now()),
    )
    done = [session.execute(statement.execution_options(synchronize_session=False)) for statement in statements]
    return sum(cast("CursorResult[Any]", result).rowcount for result in done)
