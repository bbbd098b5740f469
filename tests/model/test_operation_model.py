"""The rules of an operation as a model: any order of verbs, messages and losses keeps every promise on PostgreSQL."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from callboard import attempts, db, operations, rescue, turns
from callboard.agents import AgentService
from callboard.attempts import Outcome
from callboard.db import AFTER_COMMIT, now, seconds
from callboard.errors import AttemptLostError, NotCancellableError
from callboard.history import WINDOW
from callboard.lifecycle import TERMINAL, Reason, Status, Verdict
from callboard.models import Event, Operation, Project, ProjectHead
from callboard.operations import Request
from callboard.projects import ProjectService
from callboard.shapes import AgentProjectOperation
from callboard.transition import FINAL_REASONS, this

TRIES = 3
ROOM = 2
"""How many of a project are called at once where no worker lives."""
PASSED = Outcome(Verdict.PASS, {"summary": "fine"})
Handle = tuple[str, int]
"""An operation's id and the number of one of its attempts: a message for it, or a worker that believes to hold it."""
_numbers = count(1)


@contextmanager
def silent() -> Iterator[Session]:
    """A transaction whose rings and publishes are lost: what the broker does is a rule of its own."""
    with db.transaction() as session:
        yield session
        session.info.pop(AFTER_COMMIT, None)


@dataclass
class Expected:
    """What the model says of an operation."""

    status: Status = Status.PENDING
    attempt: int = 0
    tries: int = 0
    due: bool = True
    cancelling: bool = False
    lapsed: bool = False

    def current(self, attempt: int) -> bool:
        return self.status == Status.RUNNING and self.attempt == attempt

    def fail(self, reason: Reason) -> None:
        """A try is lost: cancelled where that was asked for, else waiting for another one, else failed."""
        if self.cancelling:
            self.status = Status.CANCELLED
        else:
            self.tries += 1
            final = reason in FINAL_REASONS or self.tries >= TRIES
            self.status, self.due = (Status.FAILED if final else Status.PENDING), False


class OperationModel(RuleBasedStateMachine):
    """Submitters, a broker that loses and repeats, workers that sleep and die, a keeper: on one project."""

    ids: Bundle[str] = Bundle("ids")
    messages: Bundle[Handle] = Bundle("messages")
    holders: Bundle[Handle] = Bundle("holders")

    def __init__(self) -> None:
        super().__init__()
        self.project = f"model-{next(_numbers)}"
        self.expected: dict[str, Expected] = {}
        self.ended: dict[str, dict[str, Any]] = {}
        self.events = 1
        with silent() as session:
            ProjectService(session).create("Model", {"path": "/model"}, id=self.project)
            AgentService(session).assign_to_project("reviewer", self.project, ["code_review"])

    @initialize(before=st.sampled_from([0, WINDOW - 1]))
    def have_a_history(self, before: int) -> None:
        with silent() as session:
            for _ in range(before):
                row = self._submit(session)
                operations.cancel(session, str(row.id))
                self.expected[str(row.id)] = Expected(Status.CANCELLED, cancelling=True)
                self.events += 1

    @rule(target=ids, later=st.booleans())
    def submit(self, later: bool) -> str:
        with silent() as session:
            id = str(self._submit(session, run_at=datetime.now(UTC) + timedelta(hours=1) if later else None).id)
        self.expected[id].due = not later
        return id

    @rule(target=messages, id=ids)
    def ring(self, id: str) -> Handle:
        """The message exists from now on; to draw it twice repeats it, never to draw it drops it."""
        return id, self.expected[id].attempt + 1

    @rule(target=holders, message=messages)
    def claim(self, message: Handle) -> Any:
        id, attempt = message
        known = self.expected[id]
        free = known.status == Status.PENDING and known.due and known.attempt == attempt - 1
        with silent() as session:
            claimed = attempts.claim(session, id, attempt=attempt, worker="one@model", version="1")
        assert (claimed is not None) == free
        if claimed is None:
            return multiple()
        known.status, known.attempt, known.lapsed = Status.RUNNING, attempt, False
        self.events += 1
        return message

    @rule(holder=holders)
    def heartbeat(self, holder: Handle) -> None:
        known = self.expected[holder[0]]
        with silent() as session:
            pulse = attempts.heartbeat(session, *holder, progress={"done": 1, "total": 2, "text": "half"})
        assert pulse.current == known.current(holder[1])
        assert pulse.cancel_requested == (pulse.current and known.cancelling)
        if pulse.current:
            known.lapsed = False

    @rule(id=ids)
    def expire(self, id: str) -> None:
        """The worker slept or died: its lease lies in the past."""
        self.expected[id].lapsed = self.expected[id].status == Status.RUNNING
        self._shift(id, Status.RUNNING, lease_until=now() - seconds(1))

    @rule(id=ids)
    def become_due(self, id: str) -> None:
        self.expected[id].due = True
        self._shift(id, Status.PENDING, run_at=now())

    @rule(holder=holders)
    def finish(self, holder: Handle) -> None:
        """In time or late: only the current attempt's result counts."""
        known = self.expected[holder[0]]
        with self._only_if(known.current(holder[1])), silent() as session:
            attempts.complete(session, *holder, PASSED)
            known.status = Status.COMPLETED

    @rule(holder=holders, reason=st.sampled_from([Reason.ERROR, Reason.TIMEOUT, Reason.INVALID_RESULT]))
    def fail(self, holder: Handle, reason: Reason) -> None:
        known = self.expected[holder[0]]
        with self._only_if(known.current(holder[1])), silent() as session:
            attempts.fail(session, *holder, reason=reason, error="broken")
            known.fail(reason)

    @rule(holder=holders)
    def release(self, holder: Handle) -> None:
        """Its worker drains."""
        known = self.expected[holder[0]]
        current = known.current(holder[1])
        with silent() as session:
            assert (attempts.release(session, *holder) is not None) == current
        if current:
            known.status, known.due = (Status.CANCELLED if known.cancelling else Status.PENDING), True
            self.events += 1

    @rule(holder=holders)
    def settle_cancel(self, holder: Handle) -> None:
        known = self.expected[holder[0]]
        settled = known.current(holder[1]) and known.cancelling
        with silent() as session:
            assert (attempts.settle_cancel(session, *holder) is not None) == settled
        if settled:
            known.status = Status.CANCELLED
            self.events += 1

    @rule(id=ids)
    def cancel(self, id: str) -> None:
        known = self.expected[id]
        if known.status in (Status.COMPLETED, Status.FAILED):
            with pytest.raises(NotCancellableError), silent() as session:
                operations.cancel(session, id)
            return
        with silent() as session:
            operations.cancel(session, id)
        known.cancelling = True
        if known.status == Status.PENDING:
            known.status = Status.CANCELLED
            self.events += 1

    @rule()
    def reap(self) -> None:
        with silent() as session:
            found = [id for id in rescue.expired(session, 1000) if id in self.expected]
        assert set(found) == {id for id, known in self.expected.items() if self._lapsed(known)}
        for id in found:
            with silent() as session:
                assert rescue.expire(session, id)
            self.expected[id].fail(Reason.WORKER_LOST)
            self.events += 1

    @rule()
    def sweep(self) -> None:
        """The keeper rings again, and calls from every line as many as there is room for: nobody is forgotten."""
        mine = Operation.project_id == self.project
        with silent() as session:
            session.execute(update(Operation).where(mine).values(ring_at=now()))
            rescue.ring_again(session, limit=1000)
            for line in turns.occupied(session):
                rescue.call(session, line, limit=1000)
            called = (mine, Operation.finished_at.is_(None), Operation.rung_at.is_not(None))
            count = session.scalar(select(func.count()).where(*called)) or 0
        due = [known for known in self.expected.values() if known.status == Status.PENDING and known.due]
        assert count >= min(ROOM, len(due))

    @invariant()
    def the_table_is_as_the_model_says(self) -> None:
        with silent() as session:
            rows = session.scalars(select(Operation).where(Operation.project_id == self.project)).all()
        found = {str(row.id): (row.status, row.attempt, row.tries) for row in rows}
        assert found == {id: (known.status, known.attempt, known.tries) for id, known in self.expected.items()}
        assert all(row.tries <= row.attempt for row in rows)
        for row in rows:
            if row.status in TERMINAL:
                told = AgentProjectOperation.of(row).model_dump(mode="json")
                assert self.ended.setdefault(str(row.id), told) == told

    @invariant()
    def numbers_have_no_gap_and_each_end_is_told_once(self) -> None:
        mine = Event.project_id == self.project
        with silent() as session:
            head = session.scalar(select(ProjectHead.seq).where(ProjectHead.project_id == self.project))
            frames = session.scalars(select(Event.frame).where(mine).order_by(Event.seq)).all()
        assert [frame["seq"] for frame in frames] == list(range(1, self.events + 1))
        assert head == self.events
        told = [frame["payload"]["operation"] for frame in frames if frame["type"] == "agent_operation"]
        ends = [operation["id"] for operation in told if operation["status"] in TERMINAL]
        assert sorted(ends) == sorted(id for id, known in self.expected.items() if known.status in TERMINAL)

    @invariant()
    def the_window_is_the_newest_of_the_table(self) -> None:
        ended = Operation.project_id == self.project, Operation.status.in_(TERMINAL)
        with silent() as session:
            metadata = session.scalars(select(Project.agent_metadata).where(Project.id == self.project)).one()
            newest = session.scalars(select(Operation).where(*ended).order_by(Operation.seq.desc()).limit(WINDOW))
            records = [AgentProjectOperation.of(row).record().model_dump(mode="json") for row in newest]
        assert metadata == {
            "assigned_agents": ["reviewer"],
            "capability_requirements": ["code_review"],
            "operation_history": records[::-1],
        }

    def _submit(self, session: Session, **asked: Any) -> Operation:
        row = AgentService(session).submit(Request(self.project, "reviewer", "code_review", **asked))
        self.expected[str(row.id)] = Expected()
        self.events += 1
        return row

    def _shift(self, id: str, status: Status, **values: Any) -> None:
        with silent() as session:
            session.execute(update(Operation).where(this(id), Operation.status == status).values(values))

    @contextmanager
    def _only_if(self, current: bool) -> Iterator[None]:
        """The block succeeds for the current attempt, and is refused for any other."""
        if current:
            yield
            self.events += 1
        else:
            with pytest.raises(AttemptLostError):
                yield

    def _lapsed(self, known: Expected) -> bool:
        return known.status == Status.RUNNING and known.lapsed


@pytest.mark.usefixtures("unmeasured")
def test_no_order_of_verbs_losses_and_repetitions_breaks_a_promise(shop: str) -> None:
    thorough = settings.get_current_profile_name() == "thorough"
    run_state_machine_as_test(OperationModel, settings=settings.get_profile("thorough" if thorough else "brief"))
