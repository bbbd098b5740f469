"""The account: accepted = pending + running + ended in every project, and what contradicts it."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from uuid import UUID

from sqlalchemy import func, literal, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from callboard import history, rescue
from callboard.contradictions import MOST, Contradiction, Kind, Rings, overdue, reconcile
from callboard.db import now
from callboard.lifecycle import Status
from callboard.models import Operation, Project, ProjectHead, Reconciliation


@dataclass(frozen=True)
class Balance:
    """One project's account; `events` is its newest event number."""

    project_id: str
    events: int
    accepted: int
    pending: int
    running: int
    completed: int
    failed: int
    cancelled: int

    @property
    def ended(self) -> int:
        """How many operations reached their terminal record."""
        return self.completed + self.failed + self.cancelled

    @property
    def lost(self) -> int:
        """How many accepted operations neither wait, nor run, nor have ended."""
        return max(0, self.accepted - self.pending - self.running - self.ended)

    @property
    def doubled(self) -> int:
        """How many more operations wait, run or have ended than were accepted."""
        return max(0, self.pending + self.running + self.ended - self.accepted)


def balances(session: Session) -> list[Balance]:
    """Every project's account at one moment; it costs what is open, not what has ended."""
    of = {status: func.count().filter(Operation.status == status) for status in (Status.PENDING, Status.RUNNING)}
    held = select(Operation.project_id, *(count.label(status) for status, count in of.items()))
    held_now = held.where(Operation.finished_at.is_(None)).group_by(Operation.project_id).subquery()
    open_ones = [func.coalesce(held_now.c[status], 0) for status in of]
    ended = (ProjectHead.completed, ProjectHead.failed, ProjectHead.cancelled)
    query = select(ProjectHead.project_id, ProjectHead.seq, ProjectHead.accepted, *open_ones, *ended)
    joined = query.outerjoin(held_now, held_now.c.project_id == ProjectHead.project_id)
    return [Balance(*row) for row in session.execute(joined.order_by(ProjectHead.project_id))]


def by_status(balances: Sequence[Balance]) -> dict[str, int]:
    """How many operations of these projects are or ended in each status."""
    return {str(status): sum(getattr(balance, status) for balance in balances) for status in Status}


def reconcile_next(session: Session, rings: Rings = ()) -> str | None:
    """Reconciles the project that was looked at longest ago, keeps what it found and answers the project's id."""
    last = select(Project.id, Reconciliation.before).outerjoin(Reconciliation, Reconciliation.project_id == Project.id)
    chosen = session.execute(last.order_by(Reconciliation.checked_at.nulls_first()).limit(1)).one_or_none()
    if chosen is None:
        return None
    project_id, place = chosen
    # What was found before is looked at each time, so that it stands until it is mended.
    found, before = reconcile(session, project_id, before=place, also=suspects(session, project_id), rings=rings)
    values = {"checked_at": now(), "before": before, "findings": [asdict(item) for item in found[:MOST]]}
    statement = insert(Reconciliation).values(project_id=project_id, **values)
    session.execute(statement.on_conflict_do_update(index_elements=["project_id"], set_=values))
    return str(project_id)


def suspects(session: Session, project_id: str) -> list[UUID]:
    """The operations of which the last look at a project's records found something."""
    findings = session.scalar(select(Reconciliation.findings).where(Reconciliation.project_id == project_id))
    return [UUID(item["operation_id"]) for item in findings or () if item["operation_id"]]


def findings_by_kind(session: Session) -> dict[Kind, int]:
    """How many contradictions there are: what keepers found last, and what is overdue now."""
    each = func.jsonb_array_elements(Reconciliation.findings).table_valued("value")
    kind = each.c.value.op("->>")("kind")
    kept = select(kind, func.count()).select_from(Reconciliation).join(each, literal(True)).group_by(kind)
    counted = Counter({Kind(name): count for name, count in session.execute(kept)})
    counted.update(item.kind for item in overdue(session))
    return {kind: counted[kind] for kind in Kind}


def unchecked_seconds(session: Session) -> float:
    """How long ago the project was reconciled whose turn is next; 0 where there is none."""
    oldest = func.min(func.coalesce(Reconciliation.checked_at, Project.created_at))
    age = select(func.extract("epoch", now() - oldest)).select_from(Project).outerjoin(Reconciliation)
    return float(session.scalar(age) or 0)


def mend(session: Session, found: Contradiction) -> str | None:
    """Mends what the table itself can mend and answers what was done, in a sentence; None where it cannot."""
    id = found.operation_id or ""
    if found.kind is Kind.WINDOW_DIFFERS:
        history.rebuild(session, found.project_id)
        return f"the window of {found.project_id} was made anew from the table"
    if found.kind is Kind.RING_OVERDUE and rescue.ring_now(session, id):
        return f"{id} was rung for again"
    if found.kind is Kind.LEASE_OVERDUE and (row := rescue.expire(session, id)):
        return f"the lease of {id} was ended; it is {row.status} now"
    return None
