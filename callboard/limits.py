"""Limits: how many operations of a project, an agent or a capability may run at once, and the lines that form behind.

A pending operation that is not rung stands in a line: that of its queue, or of the limit or pause that blocks it.
"""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import ColumnElement, ScalarSelect, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from callboard.lifecycle import Status
from callboard.models import Agent, CapabilityRow, Operation, Project

COUNTED: dict[str, InstrumentedAttribute[str]] = {
    "project": Operation.project_id,
    "agent": Operation.agent_id,
    "capability": Operation.task,
}
"""What can be limited, and the column whose running operations count; every process locks in this order."""
PAUSED = "paused"

LINE: ColumnElement[str] = func.coalesce(Operation.blocked_by, Operation.queue)
IN_LINE: tuple[ColumnElement[bool], ...] = (Operation.status == Status.PENDING, Operation.rung_at.is_(None))


def lines_of(project_id: str, agent_id: str, task: str) -> list[str]:
    """The lines that an operation can be blocked in, beside that of a pause."""
    return [f"project:{project_id}", f"agent:{agent_id}", f"capability:{task}"]


def paused(project_id: str) -> str:
    """The line of a project that is paused."""
    return f"{PAUSED}:{project_id}"


def most(settings: Mapping[str, Any]) -> int | None:
    """The `max_running` of a policy or of an agent's settings; None for no limit, and for what is no limit."""
    value = settings.get("max_running")
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else None


def limits(operation: Operation, project: Project, agent: Agent, capability: int | None) -> dict[str, int]:
    """The limits that an operation counts against, by their lines; `capability` is its capability's own."""
    lines = lines_of(operation.project_id, operation.agent_id, operation.task)
    found = dict(zip(lines, (most(project.policy), most(agent.settings), capability), strict=True))
    return {line: limit for line, limit in found.items() if limit is not None}


def exceeded(session: Session, limits: Mapping[str, int]) -> str | None:
    """The line of the first limit that the running operations exceed, counting exactly.

    The caller has begun its operation in this transaction, which holds the project's head: nobody else begins one
    there. Agents and capabilities are locked until the commit, in one order, where they have a limit.
    """
    shared = [line for line in limits if not line.startswith("project:")]
    if shared:
        locks = [func.pg_advisory_xact_lock(func.hashtextextended(line, 0)) for line in shared]
        session.execute(select(*locks))
    counts = session.execute(select(*[_running(line) for line in limits])).one()
    return next((line for (line, limit), count in zip(limits.items(), counts, strict=True) if count > limit), None)


def room(session: Session, line: str) -> int | None:
    """How many more operations may begin of those that stand in a line; None where nothing limits it now."""
    kind, _, name = line.partition(":")
    limit: int | None = None
    if kind == PAUSED:
        return 0 if session.scalar(select(Project.status).where(Project.id == name)) == PAUSED else None
    if kind == "project":
        limit = most(session.scalar(select(Project.policy).where(Project.id == name)) or {})
    elif kind == "agent":
        limit = most(session.scalar(select(Agent.settings).where(Agent.id == name)) or {})
    elif kind == "capability":
        newest = select(CapabilityRow.max_running).where(CapabilityRow.name == name)
        limit = session.scalar(newest.order_by(CapabilityRow.seen_at.desc()).limit(1))
    return None if limit is None else max(0, limit - (session.scalar(select(_running(line))) or 0))


def running(session: Session, lines: list[str]) -> dict[str, int]:
    """How many operations run of what each line counts."""
    if not lines:
        return {}
    return dict(zip(lines, session.execute(select(*[_running(line) for line in lines])).one(), strict=True))


def _running(line: str) -> ScalarSelect[int]:
    kind, _, name = line.partition(":")
    here = (Operation.status == Status.RUNNING, COUNTED[kind] == name)
    return select(func.count()).select_from(Operation).where(*here).scalar_subquery()
