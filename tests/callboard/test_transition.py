"""The compare-and-set under load: verbs in many threads on two projects end with every promise kept."""

import random
import time
from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from callboard import attempts, db, operations, rescue, transition
from callboard.agents import AgentService
from callboard.attempts import Outcome
from callboard.errors import AgentNotAssignedError, AttemptLostError, InvalidCapabilityError, NotCancellableError
from callboard.history import WINDOW
from callboard.lifecycle import TERMINAL, Status, Verdict
from callboard.models import Event, Operation, ProjectHead
from callboard.projects import ProjectService
from callboard.shapes import AgentProjectOperation

PROJECTS = ("shop", "bank")
SECONDS = 5
EXPECTED = (AgentNotAssignedError, AttemptLostError, InvalidCapabilityError, NotCancellableError)


def submit(session: Session, project: str) -> None:
    AgentService(session).execute_capability("reviewer", project, "code_review")


def claim(session: Session, project: str) -> None:
    for row in some(session, project, Status.PENDING):
        attempts.claim(session, str(row.id), attempt=row.attempt + 1, worker="one@test", version="1")


def complete(session: Session, project: str) -> None:
    for row in some(session, project, Status.RUNNING):
        attempts.complete(session, str(row.id), row.attempt, Outcome(Verdict.PASS, {"summary": "fine"}))


def cancel(session: Session, project: str) -> None:
    for row in some(session, project, random.choice([Status.PENDING, Status.RUNNING])):
        operations.cancel(session, str(row.id))


def lose(session: Session, project: str) -> None:
    for row in some(session, project, Status.RUNNING):
        rescue.forget_lease(session, str(row.id), row.attempt)


def expire(session: Session, project: str) -> None:
    for id in rescue.expired(session, 1):
        rescue.expire(session, id)


def assign(session: Session, project: str) -> None:
    AgentService(session).assign_to_project("tester", project, ["testing"])


def unassign(session: Session, project: str) -> None:
    AgentService(session).unassign("tester", project)


VERBS = (submit, submit, claim, claim, complete, complete, cancel, lose, expire, assign, unassign)


def some(session: Session, project: str, status: Status) -> Sequence[Any]:
    """One operation of this status, as a message or a viewer would name it."""
    query = select(Operation.id, Operation.attempt).where(Operation.project_id == project, Operation.status == status)
    return session.execute(query.order_by(func.random()).limit(1)).all()


def work(until: float) -> list[BaseException]:
    wrong: list[BaseException] = []
    while time.monotonic() < until:
        try:
            with db.transaction() as session:
                random.choice(VERBS)(session, random.choice(PROJECTS))
        except EXPECTED:
            continue
        except Exception as error:
            wrong.append(error)
    return wrong


def test_many_verbs_at_once_neither_deadlock_nor_break_a_promise(shop: str, race: Callable[..., list[Any]]) -> None:
    with db.transaction() as session:
        ProjectService(session).create("Bank", {"path": "/bank"}, id="bank")
        AgentService(session).create("Tester", ["testing"], id="tester")
        AgentService(session).assign_to_project("reviewer", "bank", ["code_review"])
    until = time.monotonic() + SECONDS
    assert race(*[lambda: work(until)] * 12) == [[]] * 12
    for project in PROJECTS:
        with db.transaction() as session:
            check_numbers(session, project)
            check_records(session, project)


def check_numbers(session: Session, project: str) -> None:
    head = session.scalar(select(ProjectHead.seq).where(ProjectHead.project_id == project))
    numbers = session.scalars(select(Event.seq).where(Event.project_id == project).order_by(Event.seq)).all()
    assert list(numbers) == list(range(1, (head or 0) + 1))


def check_records(session: Session, project: str) -> None:
    """One terminal frame for each ended operation and none for others; the window is the newest of the table."""
    ended = select(Operation).where(Operation.project_id == project, Operation.status.in_(TERMINAL))
    rows = session.scalars(ended.order_by(Operation.seq)).all()
    assert len(rows) > 5
    frames = session.scalars(select(Event.frame).where(Event.project_id == project, Event.operation_id.is_not(None)))
    told = [frame["payload"]["operation"] for frame in frames]
    assert sorted(one["seq"] for one in told if one["status"] in TERMINAL) == [row.seq for row in rows]
    window = ProjectService(session).get_by_id(project).agent_metadata["operation_history"]
    newest = [AgentProjectOperation.of(row).record().model_dump(mode="json") for row in rows[-WINDOW:]]
    assert window == newest


def test_a_change_that_matches_nothing_takes_no_number(submitted: Callable[..., str]) -> None:
    id = submitted()
    with db.transaction() as session:
        before = session.scalar(select(ProjectHead.seq))
        ending = transition.ending(Status.COMPLETED, when=(transition.this(id),))
        assert transition.end(session, ending) is None
        assert session.scalar(select(ProjectHead.seq)) == before
