"""Asking for work: submit, cancel, rerun."""

import time
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from callboard import attempts, catalogue, db, operations
from callboard.agents import AgentService
from callboard.errors import (
    AgentNotFoundError,
    InvalidCapabilityError,
    NotCancellableError,
    OperationNotFoundError,
    ProjectNotFoundError,
)
from callboard.lifecycle import Reason
from callboard.models import Agent, Event, Operation, Project
from callboard.operations import Request
from callboard.projects import ProjectService


def cancel(id: str) -> Operation:
    with db.transaction() as session:
        return operations.cancel(session, id)


def submit(project_id: str, agent_id: str = "reviewer") -> Operation:
    with db.transaction() as session:
        definition = catalogue.find(session, "testing")
        return operations.submit(session, Request(project_id, agent_id, "testing"), definition)


def test_a_submitted_operation_holds_what_was_asked_and_the_capabilitys_limits(
    submitted: Callable[..., str], stored: Callable[[str], Operation]
) -> None:
    row = stored(submitted("testing", ref="main", requested_by="key ci"))
    assert (row.status, row.attempt, row.tries, row.max_tries) == ("pending", 0, 0, 3)
    assert (row.capability, row.task, row.queue, row.timeout) == ("testing", "testing", "testing", 300)
    assert (row.ref, row.requested_by, row.parameters) == ("main", "key ci", {})
    assert row.id.version == 7


def test_a_submit_is_an_event_with_the_next_number(
    submitted: Callable[..., str], stored: Callable[[str], Operation]
) -> None:
    first, second = stored(submitted()), stored(submitted())
    assert second.seq == first.seq + 1
    with db.transaction() as session:
        frame = session.scalars(select(Event.frame).where(Event.operation_id == second.id)).one()
    assert frame["seq"] == second.seq
    assert frame["payload"]["operation"]["status"] == "pending"


def test_two_hundred_submits_tell_how_long_they_take(submitted: Callable[..., str]) -> None:
    ids, times = set(), []
    for _ in range(200):
        began = time.perf_counter()
        ids.add(submitted())
        times.append((time.perf_counter() - began) * 1000)
    mean, median = sum(times) / len(times), sorted(times)[len(times) // 2]
    print(f"200 submits: mean {mean:.1f} ms, p50 {median:.1f} ms")
    assert len(ids) == 200


def test_a_submit_to_what_was_deleted_meanwhile_is_refused_by_its_name(shop: str) -> None:
    with pytest.raises(ProjectNotFoundError, match="'gone'"):
        submit("gone")
    with pytest.raises(AgentNotFoundError, match="'gone'"):
        submit(shop, "gone")


def test_a_submit_during_the_projects_deletion_waits_and_is_refused(
    shop: str, behind_a_lock: Callable[..., Any]
) -> None:
    with db.transaction() as session:
        session.execute(select(Project.id).where(Project.id == shop).with_for_update())

        def delete() -> None:
            ProjectService(session).delete(shop)
            session.commit()

        assert isinstance(behind_a_lock(lambda: submit(shop), delete), ProjectNotFoundError)


def test_a_pending_operation_is_cancelled_at_once(submitted: Callable[..., str]) -> None:
    row = cancel(submitted())
    assert (row.status, row.reason, row.started_at) == ("cancelled", None, None)
    assert row.cancel_requested_at is not None


def test_a_running_operation_is_asked_to_stop_and_keeps_the_first_asking(running: Callable[..., str]) -> None:
    id = running()
    first, second = cancel(id), cancel(id)
    assert (first.status, second.status) == ("running", "running")
    assert first.cancel_requested_at == second.cancel_requested_at


def test_cancelling_twice_is_the_same_as_once(submitted: Callable[..., str]) -> None:
    id = submitted()
    assert cancel(id).seq == cancel(id).seq


def test_what_has_ended_otherwise_cannot_be_cancelled(running: Callable[..., str]) -> None:
    id = running()
    with db.transaction() as session:
        attempts.fail(session, id, 1, reason=Reason.NOT_GRANTED, error="no")
    with pytest.raises(NotCancellableError, match="already failed"):
        cancel(id)


def test_a_cancel_sees_what_happened_while_it_waited(
    running: Callable[..., str], behind_a_lock: Callable[..., Any]
) -> None:
    id = running()
    with db.transaction() as session:
        attempts.complete(session, id, 1, attempts.Outcome(None, {}))
        error = behind_a_lock(lambda: cancel(id), session.commit)
    assert isinstance(error, NotCancellableError)


@pytest.mark.parametrize("id", ["nonsense", "", "0199aaaa-0000-7000-8000-000000000001"])
def test_an_unknown_operation_is_refused(session: Session, id: str) -> None:
    with pytest.raises(OperationNotFoundError):
        operations.get(session, id)


def test_a_rerun_repeats_the_request_and_names_the_old_one(submitted: Callable[..., str]) -> None:
    id = submitted("testing", ref="v1", timeout=7)
    with db.transaction() as session:
        row = AgentService(session).rerun(id, requested_by="key ci")
    assert str(row.rerun_of) == id
    assert (row.capability, row.ref, row.timeout, row.requested_by) == ("testing", "v1", 7, "key ci")


def test_a_rerun_needs_todays_grant(submitted: Callable[..., str]) -> None:
    id = submitted()
    with db.transaction() as session:
        session.execute(text("UPDATE assignments SET capabilities = '{testing}'"))
    with pytest.raises(InvalidCapabilityError), db.transaction() as session:
        AgentService(session).rerun(id, requested_by="key ci")


def test_an_operation_of_an_agent_that_is_gone_still_reads(submitted: Callable[..., str]) -> None:
    id = submitted()
    with db.transaction() as session:
        AgentService(session).delete("reviewer")
        assert operations.get(session, id).agent_id == "reviewer"
        assert session.get_one(Agent, "reviewer").archived_at is not None
