"""What in the records contradicts itself: windows, rows, events, rings and leases, each in a sentence."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import Select, Text, Uuid, and_, case, cast, func, or_, select
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.orm import Session, aliased

from callboard import history, numbers
from callboard.db import now, seconds
from callboard.lifecycle import TERMINAL, Status
from callboard.models import AS_SEALED, Event, Operation, Project, ProjectHead
from callboard.settings import current

OVERDUE_SECONDS = 60
"""How late a keeper may be with a ring or a lease before it is told."""
SAMPLE = 200
MOST = 50
SETTLED_SECONDS = 10
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_RECORDED = ("status", "verdict", "reason", "attempt", "seq", "agent_id", "capability")

Rings = Sequence[tuple[str, int]]
"""Messages on the broker: operation ids and the attempts that they ring for."""


class Kind(StrEnum):
    """What contradicts itself."""

    WINDOW_DIFFERS = "window_differs"
    RECORD_ALTERED = "record_altered"
    ROW_DISAGREES = "row_disagrees"
    ROW_MISSING = "row_missing"
    ENDED_TWICE = "ended_twice"
    END_UNTOLD = "end_untold"
    SEQ_GAP = "seq_gap"
    RING_OVERDUE = "ring_overdue"
    LEASE_OVERDUE = "lease_overdue"
    STRAY_MESSAGE = "stray_message"


MENDABLE = frozenset({Kind.WINDOW_DIFFERS, Kind.RING_OVERDUE, Kind.LEASE_OVERDUE})
"""What the table itself can mend."""
HARMLESS = frozenset({Kind.STRAY_MESSAGE})
"""A worker drops such a message when it comes to it."""


@dataclass(frozen=True)
class Contradiction:
    """One contradiction, in a sentence."""

    kind: Kind
    project_id: str
    told: str
    operation_id: str | None = None


def reconcile(
    session: Session,
    project_id: str,
    *,
    before: UUID | None = None,
    also: Iterable[UUID] = (),
    rings: Rings = (),
) -> tuple[list[Contradiction], UUID | None]:
    """Compares a project's window and newest numbers, up to SAMPLE rows older than `before` and their numbers.

    The rows in `also` are looked at, too. Answers what it found, and from where to go on; None once the oldest row was
    seen. `rings` are messages on the broker.
    """
    page = select(Operation.id).where(Operation.project_id == project_id).order_by(Operation.id.desc()).limit(SAMPLE)
    ids = list(session.scalars(page.where(Operation.id < before) if before else page))
    sample = {*ids, *also}
    oldest = ids[-1] if len(ids) == SAMPLE else None
    found = _window(session, project_id)
    for covered in numbers.covered(session, project_id, oldest=oldest, before=before):
        found += [*_gaps(session, project_id, covered), *_missing(session, project_id, covered)]
    for look in (_altered, _rows, _ends):
        found += look(session, project_id, sample)
    return [*found, *_strays(session, project_id, rings)], oldest


def overdue(session: Session, *, only: UUID | None = None, limit: int = MOST) -> list[Contradiction]:
    """Due operations that nobody rang for, and leases that nobody ended: no keeper has come by for a minute."""
    late = now() - seconds(OVERDUE_SECONDS)
    rung = (Operation.status == Status.PENDING, Operation.rung_at.is_not(None), Operation.ring_at < late)
    runs = (Operation.status == Status.RUNNING, Operation.lease_until < late)
    found = []
    for kind, which, told in (
        (Kind.RING_OVERDUE, rung, "is due, and no keeper has rung for it again"),
        (Kind.RING_OVERDUE, (Operation.id.in_(_passed_over()),), "is next in its line, and no keeper has rung for it"),
        (Kind.LEASE_OVERDUE, runs, "runs on a lease that ran out, and no keeper has ended it"),
    ):
        late_ones = select(Operation.id, Operation.project_id).where(*which).limit(limit)
        rows = session.execute(late_ones.where(Operation.id == only) if only else late_ones)
        found += [Contradiction(kind, project, f"{id} {told}", str(id)) for id, project in rows]
    return found


def _passed_over() -> Select[UUID]:
    """The first one of each line in which a project has nothing called: it should have been rung for at once."""
    late = now() - seconds(OVERDUE_SECONDS)
    due = (Operation.status == Status.PENDING, Operation.rung_at.is_(None), Operation.blocked_by.is_(None))
    lines = select(Operation.project_id, Operation.queue, func.min(cast(Operation.id, Text)).label("id"))
    grouped = lines.where(*due, Operation.run_at < late, Operation.timestamp < late)
    line = grouped.group_by(Operation.project_id, Operation.queue).subquery()
    called = aliased(Operation)
    others = select(called.id).where(
        called.status.in_([Status.PENDING, Status.RUNNING]),
        called.rung_at.is_not(None),
        called.project_id == line.c.project_id,
        called.queue == line.c.queue,
    )
    return select(cast(line.c.id, Uuid)).where(~others.exists())


def _window(session: Session, project_id: str) -> list[Contradiction]:
    rows = history.newest_records(project_id).subquery()
    record = func.jsonb_build_object(
        "id", cast(rows.c.id, Text), *(part for name in _RECORDED for part in (name, rows.c[name]))
    )
    newest = select(func.jsonb_agg(aggregate_order_by(record, rows.c.seq))).scalar_subquery()
    ended = ProjectHead.completed + ProjectHead.failed + ProjectHead.cancelled
    query = select(Project.agent_metadata["operation_history"], newest, ended).join(ProjectHead)
    answer = session.execute(query.where(Project.id == project_id)).one_or_none()
    if answer is None:
        return []
    shown, expected, count = answer[0], answer[1] or [], answer[2]
    kept = [{name: record.get(name) for name in ("id", *_RECORDED)} for record in shown]
    # Records whose rows retention has deleted may still stand before the others.
    older = kept[: max(0, len(kept) - len(expected))] if len(expected) < history.WINDOW else []
    gone = _ids(str(record["id"]) for record in older)
    possible = len(gone) == len(older) and len(kept) <= count and kept[len(older) :] == expected
    if possible and not _any_exists(session, gone) and _as_recorded(session, shown[len(older) :]):
        return []
    told = f"the window of {project_id} is not the newest {history.WINDOW} ended operations of its table"
    return [Contradiction(Kind.WINDOW_DIFFERS, project_id, told)]


def _as_recorded(session: Session, shown: list[dict[str, Any]]) -> bool:
    """Whether records say in every field what their rows say, where those are still as they ended."""
    made = history.sealed_records(session, _ids(record["id"] for record in shown))
    return all(made.get(record["id"], record) == record for record in shown)


def _any_exists(session: Session, ids: set[UUID]) -> bool:
    return bool(ids) and session.scalar(select(Operation.id).where(Operation.id.in_(ids)).limit(1)) is not None


def _gaps(session: Session, project_id: str, covered: range) -> list[Contradiction]:
    gaps = numbers.gaps(session, project_id, covered, limit=MOST)
    return [
        Contradiction(Kind.SEQ_GAP, project_id, f"{project_id} has no event between {seq} and {after}")
        for seq, after in gaps
    ]


def _missing(session: Session, project_id: str, covered: range) -> list[Contradiction]:
    ids = numbers.without_row(session, project_id, covered, limit=MOST)
    told = "has ended, and its row is gone"
    return [Contradiction(Kind.ROW_MISSING, project_id, f"{id} of {project_id} {told}", str(id)) for id in ids]


def _altered(session: Session, project_id: str, ids: set[UUID]) -> list[Contradiction]:
    """Ended operations that the database would not seal as it did, and open ones that bear a seal."""
    altered = session.scalars(select(Operation.id).where(Operation.id.in_(ids), ~AS_SEALED))
    told = "was altered after its end, for its seal does not fit: restore its row from a backup"
    return [Contradiction(Kind.RECORD_ALTERED, project_id, f"{id} {told}", str(id)) for id in altered]


def _contradictions() -> dict[str, Any]:
    """What a row must not say, each with its sentence."""
    status, ended = Operation.status, Operation.status.in_([str(status) for status in TERMINAL])
    unheld = or_(Operation.worker.is_(None), Operation.started_at.is_(None), Operation.deadline_at.is_(None))
    held = or_(Operation.worker.is_not(None), Operation.started_at.is_not(None))
    return {
        "has ended without a time, or has a time without an end": ended != Operation.finished_at.is_not(None),
        "failed without a reason, or has one without having failed": (status == Status.FAILED)
        != Operation.reason.is_not(None),
        "runs without a lease, or has one without running": (status == Status.RUNNING)
        != Operation.lease_until.is_not(None),
        "runs without worker, start or deadline": and_(status == Status.RUNNING, unheld),
        "waits although it is cancelled": and_(status == Status.PENDING, Operation.cancel_requested_at.is_not(None)),
        "waits and is yet held by a worker": and_(status == Status.PENDING, held),
        "completed without a result": and_(status == Status.COMPLETED, Operation.result.is_(None)),
        "is judged without having completed": and_(Operation.verdict.is_not(None), status != Status.COMPLETED),
        "has ended and still has a deadline": and_(ended, Operation.deadline_at.is_not(None)),
        "counts more tries than attempts": Operation.tries > Operation.attempt,
        "has a number beyond its project's newest one": Operation.seq > ProjectHead.seq,
    }


def _rows(session: Session, project_id: str, ids: set[UUID]) -> list[Contradiction]:
    wrong = case(*((condition, told) for told, condition in _contradictions().items()))
    query = select(Operation.id, wrong.label("told")).join(ProjectHead, ProjectHead.project_id == Operation.project_id)
    rows = session.execute(query.where(Operation.id.in_(ids), wrong.is_not(None)))
    return [Contradiction(Kind.ROW_DISAGREES, project_id, f"{id} {told}", str(id)) for id, told in rows]


def _ends(session: Session, project_id: str, ids: set[UUID]) -> list[Contradiction]:
    """Operations with another number of terminal events than one; an untold end may be older than what is kept."""
    count = select(func.count()).where(Event.operation_id == Operation.id, numbers.ENDS).scalar_subquery()
    ended = Operation.finished_at.is_not(None)
    young = Operation.finished_at > numbers.kept_since(current().event_days)
    counted = select(Operation.id, count.label("ends"), ended.label("ended"), young.label("young"))
    rows = session.execute(counted.where(Operation.id.in_(ids))).all()
    twice = [row for row in rows if row.ends > int(row.ended)]
    untold = [row for row in rows if row.young and row.ends == 0]
    told = {Kind.ENDED_TWICE: "has {} terminal events", Kind.END_UNTOLD: "has ended without an event"}
    return [
        Contradiction(kind, project_id, f"{row.id} {told[kind].format(row.ends)}", str(row.id))
        for kind, wrong in ((Kind.ENDED_TWICE, twice), (Kind.END_UNTOLD, untold))
        for row in wrong
    ]


def _strays(session: Session, project_id: str, rings: Rings) -> list[Contradiction]:
    """Messages for attempts that nothing waits for, some seconds after that changed."""
    rung = dict(rings)
    here = (Operation.project_id == project_id, Operation.id.in_(_ids(rung)))
    query = select(Operation.id, Operation.status, Operation.attempt).where(*here)
    rows = session.execute(query.where(Operation.timestamp < now() - seconds(SETTLED_SECONDS))) if rung else ()
    stray = [row for row in rows if row.status != Status.PENDING or row.attempt != rung[str(row.id)] - 1]
    told = "has a message on the broker that a worker will drop"
    return [
        Contradiction(Kind.STRAY_MESSAGE, project_id, f"{row.id}, {row.status}, {told}", str(row.id)) for row in stray
    ]


def _ids(texts: Iterable[str]) -> set[UUID]:
    """Those that are ids at all: anybody can write to a window or a queue."""
    return {UUID(text) for text in texts if _UUID.fullmatch(text)}
