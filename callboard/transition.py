"""The one compare-and-set: every change of an operation's status, with its numbered event and its record."""

import random
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Executable, bindparam, func, select, update
from sqlalchemy.orm import Session

from callboard import events, history
from callboard.db import now, seconds
from callboard.lifecycle import TERMINAL, TRANSITIONS, Reason, Status
from callboard.models import OPERATION, Operation, Project, ProjectHead
from callboard.prepared import hot
from callboard.turns import CROWDED, FIRST_RING_SECONDS, lines, make_room, ring
from callboard.waits import ACCOUNTED

FINAL_REASONS = frozenset(
    {
        Reason.INVALID_PARAMETERS,
        Reason.INVALID_RESULT,
        Reason.NOT_GRANTED,
        Reason.SANDBOX_UNAVAILABLE,
        Reason.SOURCE_UNAVAILABLE,
        Reason.EXPIRED,
    }
)
"""Failures that another try would only repeat."""

Conditions = Sequence[ColumnElement[bool]]
Values = Mapping[str, Any]

FENCED = (
    Operation.id == bindparam("fenced_id"),
    Operation.attempt == bindparam("fenced_attempt"),
    Operation.status == Status.RUNNING,
)
"""The fence of a statement that is built once: what `fence` names, running."""
_GIVEN_BACK = hot(select(CROWDED).add_cte(events.STORED))
_ENDED = hot(select(CROWDED).add_cte(history.APPENDED, events.STORED))


def changing(to: Status, *, when: Conditions, values: Values, lock_project: bool = False) -> Executable:
    """The statement that moves the one operation that `when` names to `to`, taking the next `seq`.

    Building it takes longer than running it, so what is hot is built once. Locks in the order of the house: the
    operation, then its project where asked, then the head.
    """
    origins = [status for status, ways in TRANSITIONS.items() if to in ways]
    matching = select(Operation.id, Operation.project_id).where(*when, Operation.status.in_(origins))
    locked = matching.with_for_update().cte("locked")
    owner: Any = locked
    if lock_project:
        project = select(Project.id.label("project_id")).join(locked, Project.id == locked.c.project_id)
        owner = project.with_for_update(of=Project, key_share=True).cte("owner")
    head = advanced_head(ProjectHead.project_id == owner.c.project_id, count=to if to in TERMINAL else None)
    return (
        update(Operation)
        .where(Operation.id == locked.c.id, Operation.project_id == head.c.project_id)
        .values(status=to, seq=head.c.seq, timestamp=now(), **values)
        .returning(*OPERATION)
    )


def change(session: Session, statement: Executable, given: Values | None = None) -> Operation | None:
    """Changes an operation's status; None where it does not match. `given` are the statement's parameters."""
    row = session.connection().execute(statement, given).one_or_none()
    return None if row is None else Operation.of(row._mapping)


def beginning(*, when: Conditions, values: Values) -> Executable:
    """The statement that starts an attempt: pending to running."""
    waited = {"rung_at": func.coalesce(Operation.rung_at, now()), "waits": ACCOUNTED, "blocked_by": None}
    return changing(Status.RUNNING, when=when, values={**waited, **values})


def begin(
    session: Session, statement: Executable, given: Values, *, within: Executable
) -> tuple[Operation, Sequence[Any]] | None:
    """Starts an attempt and answers it with what `within`, which stores its event, tells of its parties."""
    row = change(session, statement, given)
    if row is None:
        return None
    names = ("project_id", "agent_id", "task", "capability_version")
    parties = {f"of_{name}": getattr(row, name) for name in names}
    return row, events.operation_changed(session, row, within=within, given=parties)


def ending(to: Status, *, when: Conditions, values: Values | None = None) -> Executable:
    """The statement that ends an operation for good."""
    ended = {"finished_at": now(), "lease_until": None, "deadline_at": None, "progress": None, **(values or {})}
    return changing(to, when=when, values=ended, lock_project=True)


def end(session: Session, statement: Executable, given: Values | None = None) -> Operation | None:
    """Ends an operation for good: terminal status, one record in its project's window, one event."""
    row = change(session, statement, given)
    if row is not None:
        others = {**history.appending(row), "lines": lines(row)}
        (crowded,) = events.operation_changed(session, row, within=_ENDED, given=others)
        if crowded:
            make_room(session, row)
    return row


def give_back(session: Session, *, when: Conditions, values: Values, at_once: bool = False) -> Operation | None:
    """Puts a running operation back to pending; `at_once` rings now instead of when the keeper finds it due.

    None, too, where a cancel was requested, in whichever moment: what is to be cancelled never waits again.
    """
    gone = ("lease_until", "deadline_at", "progress", "worker", "started_at")
    waiting = {**dict.fromkeys(gone), "rings": 0, "waits_since": now(), "rung_at": now() if at_once else None}
    ring_at = values["run_at"] + seconds(FIRST_RING_SECONDS if at_once else 0)
    when = (*when, Operation.cancel_requested_at.is_(None))
    row = change(session, changing(Status.PENDING, when=when, values={**waiting, "ring_at": ring_at, **values}))
    if row is not None:
        (crowded,) = events.operation_changed(session, row, within=_GIVEN_BACK, given={"lines": lines(row)})
        if at_once:
            ring(session, row)
        elif crowded:
            make_room(session, row)
    return row


def spend_try(session: Session, reason: Reason, error: str, *, when: Conditions) -> Operation | None:
    """Counts a failed try: pending again with a growing, jittered pause while tries are left, else failed.

    A requested cancel wins over both; the caller holds the row's lock, so that none is requested in between.
    The pause is retry_delay * 2^tries s, at most retry_longest, times 0.5 to 1.5.
    """
    row = None
    if reason not in FINAL_REASONS:
        pause = func.least(Operation.retry_delay * func.power(2, Operation.tries), Operation.retry_longest)
        later = now() + pause * random.uniform(0.5, 1.5) * seconds(1)
        values = {"tries": Operation.tries + 1, "run_at": later, "error": error}
        row = give_back(session, when=(*when, Operation.tries + 1 < Operation.max_tries), values=values)
    if row is None:
        row = end(session, ending(Status.CANCELLED, when=(*when, Operation.cancel_requested_at.is_not(None))))
    if row is None:
        values = {"tries": Operation.tries + 1, "reason": reason, "error": error}
        row = end(session, ending(Status.FAILED, when=when, values=values))
    return row


def advanced_head(which: ColumnElement[bool], *, count: str | None = None) -> Any:
    """A CTE that takes the next event number of the project that `which` names, and holds it until the commit.

    `count` names the counter that grows with it: `accepted`, or the terminal status.
    """
    counted = {count: getattr(ProjectHead, count) + 1} if count else {}
    advance = update(ProjectHead).where(which).values(seq=ProjectHead.seq + 1, **counted)
    return advance.returning(ProjectHead.project_id, ProjectHead.seq).cte("head")


def this(id: str | UUID) -> ColumnElement[bool]:
    """The condition that names one operation."""
    return Operation.id == UUID(str(id))


def fence(id: str, attempt: int) -> dict[str, Any]:
    """What FENCED needs. Raises ValueError for what is no id."""
    return {"fenced_id": UUID(id), "fenced_attempt": attempt}


def held(id: str, attempt: int) -> tuple[ColumnElement[bool], ...]:
    """The fence: this operation, running, in this attempt."""
    return (this(id), Operation.attempt == attempt, Operation.status == Status.RUNNING)
