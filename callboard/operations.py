"""The verbs of those who ask for work: submit, cancel, rerun; and the reads of one operation."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import DateTime, Executable, bindparam, case, func, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from callboard import events, turns
from callboard.catalogue import Definition
from callboard.db import now, seconds
from callboard.errors import AgentNotFoundError, NotCancellableError, OperationNotFoundError, ProjectNotFoundError
from callboard.lifecycle import TERMINAL, Status
from callboard.models import OPERATION, Operation, Project, ProjectHead
from callboard.prepared import hot
from callboard.transition import advanced_head, end, ending, this
from callboard.turns import FIRST_RING_SECONDS

ASKED = (
    *("project_id", "agent_id", "capability", "capability_version", "task", "queue", "parameters", "ref"),
    *("max_tries", "retry_delay", "retry_longest", "timeout", "requested_by", "rerun_of"),
)
"""The columns of an operation that its caller and its capability tell."""


@dataclass(frozen=True)
class Request:
    """What a caller asks for; `timeout` is in seconds, None for the capability's own."""

    project_id: str
    agent_id: str
    capability: str
    parameters: Mapping[str, Any] = field(default_factory=dict)
    ref: str | None = None
    run_at: datetime | None = None
    timeout: float | None = None
    requested_by: str = "service"
    rerun_of: UUID | None = None


def submit(session: Session, request: Request, definition: Definition) -> Operation:
    """Accepts an operation: once this commits, it reaches exactly one terminal record.

    Rings after the commit, unless it has to wait for its project's turn, a limit or the end of a pause.
    """
    values = {
        "project_id": request.project_id,
        "agent_id": request.agent_id,
        "capability": request.capability,
        "capability_version": definition.version,
        "task": definition.task,
        "queue": definition.queue,
        "parameters": dict(request.parameters),
        "ref": request.ref,
        "max_tries": definition.tries,
        "retry_delay": definition.retry_delay,
        "retry_longest": definition.retry_longest,
        "timeout": request.timeout or definition.timeout,
        "requested_by": request.requested_by,
        "rerun_of": request.rerun_of,
    }
    asked = {f"asked_{name}": value for name, value in values.items()}
    try:
        accepted = session.connection().execute(_accepting(), {**asked, "asked_for": request.run_at}).one()
    except IntegrityError as error:
        broken = getattr(getattr(error.orig, "diag", None), "constraint_name", None)
        if broken == "operations_agent_id_fkey":
            raise AgentNotFoundError(f"Agent {request.agent_id!r} was deleted; create it again first") from error
        raise ProjectNotFoundError(f"Project {request.project_id!r} was deleted; create it again first") from error
    row = Operation.of(accepted._mapping)
    events.operation_changed(session, row)
    if row.rung_at is not None:
        turns.ring(session, row)
    return row


@lru_cache(maxsize=1)
def _accepting() -> Executable:
    """The statement that accepts an operation; built once, since that takes longer than to run it."""
    asked = {name: bindparam(f"asked_{name}", type_=Operation.__table__.c[name].type) for name in ASKED}
    asked_for = bindparam("asked_for", type_=DateTime(timezone=True))
    project = select(Project.id.label("project_id"), Project.status).where(Project.id == asked["project_id"])
    # Locked before the head, as its deletion does; the foreign keys would lock it after.
    owner = project.with_for_update(read=True, key_share=True).cte("owner")
    head = advanced_head(ProjectHead.project_id == owner.c.project_id, count="accepted")
    due = func.coalesce(asked_for, func.now())
    place = turns.place(owner, due <= func.now(), agent_id=asked["agent_id"], task=asked["task"], queue=asked["queue"])
    values = {
        **asked,
        "run_at": due,
        "ring_at": case((due > func.now(), due), else_=func.now() + seconds(FIRST_RING_SECONDS)),
        "seq": select(head.c.seq).scalar_subquery(),
        "blocked_by": select(place.c.blocked_by).scalar_subquery(),
        "rung_at": select(place.c.rung_at).scalar_subquery(),
    }
    return hot(insert(Operation).values(values).returning(*OPERATION))


def cancel(session: Session, id: str) -> Operation:
    """Cancels durably: a pending operation at once, a running one as soon as its attempt notices.

    Raises OperationNotFoundError, or NotCancellableError where it ended otherwise before.
    """
    row = get(session, id, lock=True)
    if row.status == Status.CANCELLED:
        return row
    if row.status in TERMINAL:
        raise NotCancellableError(f"Operation {id} is already {row.status}; rerun it or leave it")
    if row.status == Status.PENDING:
        values = {"cancel_requested_at": now()}
        when = (this(id), Operation.status == Status.PENDING)
        return end(session, ending(Status.CANCELLED, when=when, values=values)) or row
    requested = func.coalesce(Operation.cancel_requested_at, now())
    statement = update(Operation).where(this(id)).values(cancel_requested_at=requested).returning(Operation)
    return session.execute(statement, execution_options={"populate_existing": True}).scalar_one()


def again(old: Operation, *, requested_by: str) -> Request:
    """The request that repeats an operation: same agent, parameters, ref and limit."""
    return Request(
        old.project_id,
        old.agent_id,
        old.capability,
        parameters=old.parameters,
        ref=old.ref,
        timeout=old.timeout,
        requested_by=requested_by,
        rerun_of=old.id,
    )


def get(session: Session, id: str | UUID, *, lock: bool = False) -> Operation:
    """The operation. Raises OperationNotFoundError, also for what is no id at all."""
    try:
        query = select(Operation).where(Operation.id == UUID(str(id))).execution_options(populate_existing=True)
    except ValueError:
        raise OperationNotFoundError(f"There is no operation {id!r}; an id looks like a UUID") from None
    row = session.scalars(query.with_for_update() if lock else query).one_or_none()
    if row is None:
        raise OperationNotFoundError.of(id)
    return row


def ended(session: Session, ids: Iterable[UUID]) -> list[UUID]:
    """Which of these operations have ended, or are gone."""
    wanted = set(ids)
    still = select(Operation.id).where(Operation.id.in_(wanted), Operation.finished_at.is_(None))
    return list(wanted - set(session.scalars(still)))
