"""One operation from end to end, in sentences: its row, ring, queue, workers, lease and last event."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from callboard import broker, catalogue, contradictions, db, events, operations, waits
from callboard.contradictions import Contradiction, Kind
from callboard.lifecycle import TERMINAL, Status
from callboard.models import Operation, Worker
from cli.doctor import bookkeeping
from cli.terminal import show

_PEEKED = 1000


@dataclass(frozen=True)
class Diagnosis:
    """What is known of an operation, in order, and what contradicts it or is late."""

    told: list[str]
    findings: list[Contradiction]


def explain(id: str) -> Diagnosis:
    """Follows an operation through the house. Raises OperationNotFoundError or UnavailableError."""
    with db.transaction() as session:
        row = operations.get(session, id)
        moment = session.scalars(select(db.now())).one()
        told = [_row(row, moment)]
        if row.status == Status.PENDING:
            told += _wait(session, row, moment)
        if row.status == Status.RUNNING:
            told += _lease(session, row, moment)
        told += [_last_event(session, row), *_way_out(row)]
        return Diagnosis(told, _contradictions(session, row))


def mend(id: str) -> list[str]:
    """Rings for it where it is due, ends its lease where it ran out, makes its window anew where it differs."""
    with db.transaction() as session:
        row = operations.get(session, id)
        found = {item.kind: item for item in _contradictions(session, row)}
    # Repeated at once, not only when late; but whoever stands in line waits for the turn.
    if row.status == Status.PENDING and row.rung_at:
        found[Kind.RING_OVERDUE] = Contradiction(Kind.RING_OVERDUE, row.project_id, "", str(row.id))
    if row.status == Status.RUNNING:
        found[Kind.LEASE_OVERDUE] = Contradiction(Kind.LEASE_OVERDUE, row.project_id, "", str(row.id))
    return bookkeeping.mend_these(list(found.values()))


def _contradictions(session: Session, row: Operation) -> list[Contradiction]:
    rings = broker.peek([row.queue], limit=_PEEKED)
    found, _ = contradictions.reconcile(session, row.project_id, before=row.id, also=[row.id], rings=rings)
    late = contradictions.overdue(session, only=row.id)
    return [item for item in [*late, *found] if item.operation_id in (None, str(row.id))]


def _row(row: Operation, moment: datetime) -> str:
    work = f"{row.capability} by {row.agent_id} on {row.project_id}"
    since = _span(row.timestamp, moment)
    if row.status in TERMINAL:
        why = f" ({row.reason}: {row.error})" if row.reason else ""
        return f"{work} is {row.status} since {since}{why}, after attempt {row.attempt}"
    tries = f"attempt {row.attempt}, {row.tries} of {row.max_tries} tries spent"
    return f"{work} is {row.status} since {since}: {tries}"


def _wait(session: Session, row: Operation, moment: datetime) -> Iterator[str]:
    why = waits.explain(session, row)
    yield f"it waits for {why.get('wait_reason')}: {why.get('wait_detail')}"
    if row.run_at > moment:
        yield f"it is due in {_span(moment, row.run_at)}"
        return
    if row.rung_at is None:
        yield f"it stands in the line of {row.blocked_by or row.queue} and was not rung yet"
    else:
        late = row.ring_at <= moment
        again = (
            f"should have rung {_span(row.ring_at, moment)} ago" if late else f"rings in {_span(moment, row.ring_at)}"
        )
        yield f"it was rung {row.rings + 1} times; a keeper {again}"
    yield _queue(row)
    yield _offers(session, row)


def _queue(row: Operation) -> str:
    count = broker.waiting(row.queue)
    if count is None:
        return f"its queue {row.queue} cannot be asked: the broker does not answer; keepers ring once it does"
    mine = (str(row.id), row.attempt + 1) in broker.peek([row.queue], limit=_PEEKED)
    return f"{count} messages wait in its queue {row.queue}, {'one of them' if mine else 'none of the next'} for it"


def _offers(session: Session, row: Operation) -> str:
    offering = [each for each in catalogue.workers(session, alive=False) if row.task in each.capabilities]
    alive = {each.name for each in catalogue.workers(session)}

    def state(worker: Worker) -> str:
        return "gone" if worker.status == "online" and worker.name not in alive else worker.status

    told = [f"{each.name} ({state(each)})" for each in offering]
    return f"it is offered by {', '.join(told)}" if told else f"no worker has ever offered {row.task}"


def _lease(session: Session, row: Operation, moment: datetime) -> Iterator[str]:
    assert row.lease_until is not None, "operations_running_has_a_lease"
    held = row.lease_until > moment
    span = f"for {_span(moment, row.lease_until)} more" if held else f"no more since {_span(row.lease_until, moment)}"
    yield f"{row.worker} holds it {span}"
    if not held:
        yield "a keeper ends that lease; where none does, no worker is alive"
    if row.deadline_at:
        late = row.deadline_at <= moment
        yield "its time is up" if late else f"it may run {_span(moment, row.deadline_at)} more"
    if row.cancel_requested_at:
        yield f"it was asked to stop {_span(row.cancel_requested_at, moment)} ago"
    known = {each.name: each.status for each in catalogue.workers(session, alive=False)}
    yield f"that worker is {known.get(str(row.worker), 'unknown')}"


def _last_event(session: Session, row: Operation) -> str:
    frames = events.of_operation(session, row.id)
    if not frames:
        return f"its events are no longer kept; the last one was {row.seq}"
    last = frames[-1]
    return f"its last event is {last['seq']}, {last['payload']['operation']['status']}"


def _way_out(row: Operation) -> Iterator[str]:
    if row.status in TERMINAL and row.status != Status.COMPLETED:
        yield f"`callboard ops rerun {row.id}` runs it anew"
    if row.status in (Status.PENDING, Status.RUNNING):
        yield f"`callboard ops cancel {row.id}` ends it; `callboard doctor {row.id} --fix` rings, or ends a lost lease"


def _span(start: datetime, end: datetime) -> str:
    return show.duration(max(0.0, (end - start).total_seconds() * 1000))
