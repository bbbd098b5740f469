"""Why an operation waits: the cause while it does, in a word and a sentence, and the seconds of each cause after."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, and_, any_, func, literal, literal_column, select, tuple_
from sqlalchemy.orm import Session

from callboard.catalogue import online
from callboard.db import now
from callboard.lifecycle import Status
from callboard.limits import IN_LINE, LINE, PAUSED, lines_of, most, running
from callboard.models import Agent, CapabilityRow, Operation, Project, Worker

LONGEST_COUNT = 1000
"""Positions are counted up to here, so that reading one costs the same however many wait."""

_GROWN = """
    nullif(round(coalesce((operations.waits ->> {cause})::numeric, 0)
        + greatest(0, extract(epoch FROM {more})), 3), 0)"""
_EARLY = "CASE WHEN operations.tries > 0 THEN 'retry_backoff' ELSE 'scheduled' END"
_LATE = """CASE WHEN operations.blocked_by IS NULL THEN 'queue'
    WHEN operations.blocked_by LIKE 'paused:%' THEN 'paused' ELSE 'limit' END"""
_DUE = "greatest(operations.waits_since, operations.run_at)"

# As text, because it is a part of every claim: as expressions it would take longer to build than to run.
ACCOUNTED: ColumnElement[Any] = literal_column(f"""
    operations.waits || jsonb_strip_nulls(jsonb_build_object(
        {_EARLY}, {_GROWN.format(cause=_EARLY, more=f"least({_DUE}, clock_timestamp()) - operations.waits_since")},
        {_LATE}, {_GROWN.format(cause=_LATE, more=f"clock_timestamp() - {_DUE}")}))""")
"""An operation's `waits` with the seconds since `waits_since` added, by the cause before it was due and that after."""

_SENTENCES = {
    "scheduled": "It is due at {run_at}.",
    "retry_backoff": "Try {tries} failed; the next one is due at {run_at}.",
    "paused": "Project {project_id!r} is paused; it starts when the project's status is active again.",
    "limit": "{count} operations of {kind} {name!r} run, and at most {limit} may (max_running).",
    "no_worker_for_capability": "No live worker offers {task!r}; start one.",
    "broker_down": "The broker has not answered the workers since {lost_at}; it starts when the broker answers again.",
    "queue_busy": "It is number {position} in the queue {queue!r}; projects take turns.",
}


def reasons(session: Session, rows: Iterable[Operation]) -> dict[UUID, str]:
    """Why each pending operation among these waits, by id, in at most two queries; the others are left out."""
    return {id: facts["reason"] for id, facts in _explained(session, rows).items()}


def explain(session: Session, row: Operation) -> dict[str, str]:
    """Why an operation waits, as `wait_reason` and the sentence `wait_detail`; empty where it does not."""
    facts = _explained(session, [row]).get(row.id)
    if facts is None:
        return {}
    if facts["reason"] == "queue_busy":
        facts["position"] = _position(session, row)
    return {"wait_reason": facts["reason"], "wait_detail": _SENTENCES[facts["reason"]].format(**facts)}


def _explained(session: Session, rows: Iterable[Operation]) -> dict[UUID, dict[str, Any]]:
    pending = [row.id for row in rows if row.status == Status.PENDING]
    if not pending:
        return {}
    found = session.execute(_facts(pending)).all()
    held = {row.id: _limits(row) for row in found}
    counts = running(session, sorted({line for limits in held.values() for line in limits}))
    return {row.id: _cause(row, held[row.id], counts) for row in found}


def _facts(ids: list[UUID]) -> Any:
    offering = select(Worker).where(online(), Operation.task == any_(Worker.capabilities))
    newest = select(CapabilityRow.max_running).where(CapabilityRow.name == Operation.task)
    return (
        select(
            *(Operation.id, Operation.project_id, Operation.agent_id, Operation.task, Operation.queue),
            *(Operation.run_at, Operation.tries, Operation.blocked_by, Project.status, Project.policy, Agent.settings),
            (Operation.run_at > now()).label("later"),
            newest.order_by(CapabilityRow.seen_at.desc()).limit(1).scalar_subquery().label("capability_limit"),
            offering.with_only_columns(func.count()).scalar_subquery().label("workers"),
            offering.with_only_columns(func.count(Worker.broker_lost_at)).scalar_subquery().label("deaf"),
            offering.with_only_columns(func.max(Worker.broker_lost_at)).scalar_subquery().label("lost_at"),
        )
        .join(Project, Project.id == Operation.project_id)
        .join(Agent, Agent.id == Operation.agent_id)
        .where(Operation.id.in_(ids))
    )


def _limits(row: Row[Any]) -> dict[str, int]:
    lines = lines_of(row.project_id, row.agent_id, row.task)
    found = zip(lines, (most(row.policy), most(row.settings), row.capability_limit), strict=True)
    return {line: limit for line, limit in found if limit is not None}


def _cause(row: Row[Any], limits: dict[str, int], counts: dict[str, int]) -> dict[str, Any]:
    facts = {**row._mapping, "run_at": _moment(row.run_at), "lost_at": _moment(row.lost_at)}
    full = [line for line, limit in limits.items() if counts[line] >= limit]
    line = row.blocked_by if row.blocked_by in limits else next(iter(full), None)
    if row.later:
        return {**facts, "reason": "retry_backoff" if row.tries else "scheduled"}
    if row.status == PAUSED:
        return {**facts, "reason": "paused"}
    if line is not None:
        kind, _, name = line.partition(":")
        return {**facts, "reason": "limit", "kind": kind, "name": name, "count": counts[line], "limit": limits[line]}
    if not row.workers:
        return {**facts, "reason": "no_worker_for_capability"}
    return {**facts, "reason": "broker_down" if row.deaf == row.workers else "queue_busy"}


def _position(session: Session, row: Operation) -> str:
    """How many are rung before it, and of its own project stand before it, and itself."""
    called = and_(Operation.status == Status.PENDING, Operation.rung_at.is_not(None), Operation.queue == row.queue)
    if row.rung_at is not None:
        before = tuple_(Operation.rung_at, Operation.id) < tuple_(literal(row.rung_at), literal(row.id))
        ahead = [select(Operation.id).where(called, before)]
    else:
        line = row.blocked_by or row.queue
        own = (*IN_LINE, literal(line) == LINE, Operation.project_id == row.project_id)
        before = tuple_(Operation.attempt == 0, Operation.run_at, Operation.id) < tuple_(
            literal(row.attempt == 0), literal(row.run_at), literal(row.id)
        )
        ahead = [select(Operation.id).where(called), select(Operation.id).where(*own, before)]
    counts = [
        select(func.count()).select_from(each.limit(LONGEST_COUNT).subquery()).scalar_subquery() for each in ahead
    ]
    number = 1 + sum(session.execute(select(*counts)).one())
    return str(number) if number <= LONGEST_COUNT else f"{LONGEST_COUNT} or more"


def _moment(time: Any) -> str | None:
    return None if time is None else time.isoformat(timespec="seconds").replace("+00:00", "Z")
