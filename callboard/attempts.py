"""The verbs of an attempt: claim, heartbeat, complete, fail, release; all but the claim are fenced by its number."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Float, bindparam, func, select, update
from sqlalchemy.orm import Session

from callboard import events, ledger, limits
from callboard.artifacts import NewArtifact, keep
from callboard.broker import GRACE_SECONDS
from callboard.db import now, seconds
from callboard.errors import AttemptLostError, HeldBackError
from callboard.findings import delta, placed
from callboard.lifecycle import Reason, Status, Verdict
from callboard.models import Agent, Assignment, CapabilityRow, Operation, Project, ProjectHead
from callboard.prepared import hot
from callboard.settings import current
from callboard.shapes import storable
from callboard.transition import FENCED, begin, beginning, end, ending, fence, give_back, held, spend_try, this
from callboard.turns import call_next
from callboard.waits import ACCOUNTED

LONGEST_ERROR = 2000

_COLUMNS = Operation.__table__.c
_DEADLINE = now() + (Operation.timeout + GRACE_SECONDS) * seconds(1)
_CLAIM = hot(
    beginning(
        when=(
            Operation.id == bindparam("claimed"),
            Operation.attempt == bindparam("before"),
            Operation.task == func.coalesce(bindparam("as_task", type_=_COLUMNS.task.type), Operation.task),
            Operation.run_at <= now(),
            Operation.cancel_requested_at.is_(None),
        ),
        values={
            "attempt": Operation.attempt + 1,
            "worker": bindparam("by"),
            "capability_version": bindparam("as_version"),
            "started_at": now(),
            "deadline_at": _DEADLINE,
            "lease_until": func.least(now() + bindparam("lease", type_=Float) * seconds(1), _DEADLINE),
            **dict.fromkeys(("commit", "dirty", "sandbox", "progress")),
        },
    )
)
_PERFORMED = (CapabilityRow.name == bindparam("of_task")) & (
    CapabilityRow.version == bindparam("of_capability_version")
)
_AGENT = (Agent.id, Agent.name, Agent.settings)
_PROJECT = (Project.id, Project.status, Project.source, Project.policy)
_PARTIES = hot(
    select(*_AGENT, *_PROJECT, Assignment.capabilities, CapabilityRow.max_running)
    .select_from(Agent)
    .join(Project, Project.id == bindparam("of_project_id"))
    .outerjoin(Assignment, (Assignment.project_id == Project.id) & (Assignment.agent_id == Agent.id))
    .outerjoin(CapabilityRow, _PERFORMED)
    .where(Agent.id == bindparam("of_agent_id"))
    .add_cte(events.STORED)
)
"""Stores the claim's event, and tells agent, project, what is granted there, and how many may run at once."""
_OWN = hot(select(Operation).where(*FENCED).with_for_update().execution_options(populate_existing=True))
_BEFORE = hot(
    select(Operation.fingerprints)
    .where(
        Operation.project_id == bindparam("in_project"),
        Operation.capability == bindparam("judged_by"),
        Operation.status == Status.COMPLETED,
        Operation.verdict.in_([Verdict.PASS, Verdict.FAIL]),
    )
    .order_by(Operation.finished_at.desc())
    .limit(1)
)
_FOUND = ("verdict", "result", "fingerprints")
_COMPLETE = hot(
    ending(
        Status.COMPLETED,
        when=FENCED,
        values={"error": None} | {name: bindparam(f"found_{name}", type_=_COLUMNS[name].type) for name in _FOUND},
    )
)


@dataclass(frozen=True)
class Claim:
    """An attempt that this worker holds, with all that it stands on; the project is without its window."""

    operation: Operation
    agent: Agent
    project: Project
    granted: bool


@dataclass(frozen=True)
class Pulse:
    """What a heartbeat learns: whether the attempt is still the current one, and whether to stop."""

    current: bool
    cancel_requested: bool = False
    overdue: bool = False


@dataclass(frozen=True)
class Outcome:
    """How an attempt completed; `artifacts` and the ledger's `findings` are stored in the same transaction."""

    verdict: Verdict | None
    result: dict[str, Any]
    fingerprints: Sequence[str] = ()
    artifacts: Sequence[NewArtifact] = ()
    findings: Sequence[Mapping[str, Any]] = ()


def claim(
    session: Session, id: str, *, attempt: int, worker: str, version: str, task: str | None = None
) -> Claim | None:
    """Takes a pending, due, uncancelled operation for its attempt number `attempt`, which fences all that follows.

    None when someone was first, when it was cancelled, or when the message rang for another attempt, for another task
    than the operation's, or for no operation. Raises HeldBackError where the project is paused, or a limit of how many
    may run is reached; roll back then, and let `hold_back` put it into its line.
    """
    try:
        claimed = UUID(id)
    except ValueError:
        return None
    asked = {"claimed": claimed, "before": attempt - 1, "by": worker, "as_version": version, "as_task": task}
    begun = begin(session, _CLAIM, {**asked, "lease": current().lease_seconds}, within=_PARTIES)
    if begun is None:
        return None
    row, (*told, granted, most) = begun
    agent = Agent.of({column.key: value for column, value in zip(_AGENT, told, strict=False)})
    project = Project.of({column.key: value for column, value in zip(_PROJECT, told[len(_AGENT) :], strict=True)})
    found = limits.limits(row, project, agent, most)
    line = limits.exceeded(session, found) if found else None
    if project.status == limits.PAUSED:
        line = limits.paused(project.id)
    if line is not None:
        raise HeldBackError(line)
    return Claim(row, agent, project, granted=row.capability in (granted or ()))


def hold_back(session: Session, id: str, *, attempt: int, line: str) -> None:
    """Puts a pending operation whose claim was refused into a line, from which an end of another one calls it.

    Then the project's head is locked, as each end there does: one of the two sees what the other did.
    """
    refused = (this(id), Operation.status == Status.PENDING, Operation.attempt == attempt - 1)
    values = {"rung_at": None, "blocked_by": line, "waits": ACCOUNTED, "waits_since": now()}
    row = session.scalars(update(Operation).where(*refused).values(values).returning(Operation)).one_or_none()
    if row is None:
        return
    session.execute(select(ProjectHead).where(ProjectHead.project_id == row.project_id).with_for_update())
    if limits.room(session, line) != 0:
        call_next(session, [line], near=row.project_id)
    elif not line.startswith(("project:", limits.PAUSED)):
        call_next(session, [row.queue], near=row.project_id)


def heartbeat(session: Session, id: str, attempt: int, *, progress: Mapping[str, Any] | None = None) -> Pulse:
    """Extends the attempt's lease, never past its deadline, and tells whether it should stop."""
    extended = func.least(now() + seconds(current().lease_seconds), Operation.deadline_at)
    values: dict[str, Any] = {"lease_until": extended}
    if progress is not None:
        values["progress"] = storable(dict(progress))
    row = session.execute(
        update(Operation)
        .where(*held(id, attempt))
        .values(values)
        .returning(Operation.cancel_requested_at, Operation.deadline_at <= now())
    ).one_or_none()
    return Pulse(False) if row is None else Pulse(True, row[0] is not None, row[1])


def look(session: Session, id: str, attempt: int) -> Pulse:
    """Tells whether the attempt should stop, without writing."""
    query = select(Operation.cancel_requested_at, Operation.deadline_at <= now()).where(*held(id, attempt))
    row = session.execute(query).one_or_none()
    return Pulse(False) if row is None else Pulse(True, row[0] is not None, row[1])


def pin(session: Session, id: str, attempt: int, **source: Any) -> None:
    """Notes what the attempt stands on: `commit`, `dirty` and `sandbox`. Raises AttemptLostError."""
    done = session.execute(update(Operation).where(*held(id, attempt)).values(source).returning(Operation.id))
    if done.one_or_none() is None:
        raise _lost(id, attempt)


def complete(session: Session, id: str, attempt: int, outcome: Outcome) -> Operation:
    """Ends the attempt with its result, exactly once. Raises AttemptLostError, and then nothing was written."""
    result = storable(dict(outcome.result))
    if outcome.verdict is not None:
        result["delta"] = None
    judged = outcome.verdict in (Verdict.PASS, Verdict.FAIL)
    if judged or outcome.artifacts:
        own = _locked(session, id, attempt)
        if judged:
            before = _previous_fingerprints(session, own)
            result["delta"] = delta(outcome.fingerprints, before).model_dump()
            if "findings" in result:
                result["findings"] = placed(result["findings"], before)
            ledger.enter(session, own, outcome.findings)
        keep(session, own.id, outcome.artifacts)
    found = {"found_verdict": outcome.verdict, "found_result": result, "found_fingerprints": [*outcome.fingerprints]}
    row = end(session, _COMPLETE, {**fence(id, attempt), **found})
    if row is None:
        raise _lost(id, attempt)
    return row


def fail(
    session: Session, id: str, attempt: int, *, reason: Reason, error: str, artifacts: Sequence[NewArtifact] = ()
) -> Operation:
    """Records a failed try: `pending` again where another one may help, else failed. Raises AttemptLostError.

    Of `error`, the first LONGEST_ERROR characters are kept.
    """
    own = _locked(session, id, attempt)
    keep(session, own.id, artifacts)
    return spend_try(session, reason, storable(error[:LONGEST_ERROR]), when=held(id, attempt)) or own


def settle_cancel(session: Session, id: str, attempt: int) -> Operation | None:
    """Ends a running attempt whose cancel was requested; None when it had already ended."""
    when = (*held(id, attempt), Operation.cancel_requested_at.is_not(None))
    return end(session, ending(Status.CANCELLED, when=when))


def release(session: Session, id: str, attempt: int) -> Operation | None:
    """Gives a drained attempt back, at no cost of a try, and rings at once; None when it had already ended."""
    row = give_back(session, when=held(id, attempt), values={"run_at": now()}, at_once=True)
    return row or settle_cancel(session, id, attempt)


def disclaim(session: Session, id: str, attempt: int, *, worker: str, within: float) -> Operation | None:
    """Releases an attempt that this worker has begun in the last `within` seconds; None where it has not.

    For a claim whose answer was lost: an older one by the same worker is another process's, which is at work.
    """
    own = (Operation.worker == worker, Operation.started_at >= now() - seconds(within))
    return give_back(session, when=(*held(id, attempt), *own), values={"run_at": now()}, at_once=True)


def _locked(session: Session, id: str, attempt: int) -> Operation:
    """The attempt's row, locked before all that its end locks, so that no cancel comes between."""
    row = session.scalars(_OWN, fence(id, attempt)).one_or_none()
    if row is None:
        raise _lost(id, attempt)
    return row


def _lost(id: str, attempt: int) -> AttemptLostError:
    return AttemptLostError(f"Attempt {attempt} of operation {id} is no longer the current one")


def _previous_fingerprints(session: Session, own: Operation) -> frozenset[str]:
    return frozenset(session.scalar(_BEFORE, {"in_project": own.project_id, "judged_by": own.capability}) or ())
