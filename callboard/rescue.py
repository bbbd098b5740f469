"""The keeper's verbs: ring again, call from the lines, end expired leases; safe to run any number of times."""

from collections.abc import Sequence

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from callboard import limits
from callboard.db import now, seconds
from callboard.lifecycle import Reason, Status
from callboard.models import Operation
from callboard.transition import held, spend_try, this
from callboard.turns import FIRST_RING_SECONDS, call_next, ring
from callboard.waits import ACCOUNTED

LONGEST_RING_SECONDS = 300
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


def forget_lease(session: Session, id: str, attempt: int) -> None:
    """Ends the lease of an attempt whose process is known to be dead, so that the keeper need not wait for it."""
    session.execute(update(Operation).where(*held(id, attempt)).values(lease_until=now()))


def held_by(session: Session, worker: str) -> list[tuple[str, int]]:
    """The ids and attempts that a worker is running."""
    query = select(Operation.id, Operation.attempt).where(
        Operation.status == Status.RUNNING, Operation.worker == worker
    )
    return [(str(id), attempt) for id, attempt in session.execute(query)]
