"""The verbs of an attempt: who gets it, what it may change, and how it ends."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import event, text, update

from callboard import artifacts, attempts, db, operations
from callboard.agents import AgentService
from callboard.artifacts import NewArtifact
from callboard.attempts import Outcome
from callboard.broker import GRACE_SECONDS
from callboard.errors import AttemptLostError
from callboard.lifecycle import Reason, Verdict
from callboard.models import Operation
from callboard.projects import ProjectService
from callboard.settings import current

PASSED = Outcome(Verdict.PASS, {"summary": "fine"})


def claim(id: str, attempt: int = 1) -> attempts.Claim | None:
    with db.transaction() as session:
        return attempts.claim(session, id, attempt=attempt, worker="one@test", version="2")


def complete(id: str, attempt: int = 1, outcome: Outcome = PASSED) -> Operation:
    with db.transaction() as session:
        return attempts.complete(session, id, attempt, outcome)


def fail(id: str, attempt: int = 1, reason: Reason = Reason.ERROR, error: str = "broken") -> Operation:
    with db.transaction() as session:
        return attempts.fail(session, id, attempt, reason=reason, error=error)


def release(id: str, attempt: int = 1) -> Operation | None:
    with db.transaction() as session:
        return attempts.release(session, id, attempt)


def change(id: str, **values: Any) -> None:
    with db.transaction() as session:
        session.execute(update(Operation).where(Operation.id == id).values(values))


def window() -> list[dict[str, Any]]:
    with db.transaction() as session:
        return list(ProjectService(session).get_by_id("shop").agent_metadata["operation_history"])


@contextmanager
def counted() -> Iterator[list[str]]:
    """The statements that the block sends to PostgreSQL."""
    seen: list[str] = []

    def note(connection: Any, cursor: Any, statement: str, *_: Any) -> None:
        seen.append(statement)

    event.listen(db.engine(), "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(db.engine(), "before_cursor_execute", note)


def test_an_operation_takes_eight_statements_from_submit_to_end(submitted: Callable[..., str]) -> None:
    with counted() as submitting:
        id = submitted()
    with counted() as claiming:
        claim(id)
    with counted() as completing:
        complete(id, outcome=Outcome(None, {"summary": "fine"}))
    assert (len(submitting), len(claiming), len(completing)) == (4, 2, 2)


def test_a_verdict_takes_three_more_statements(running: Callable[..., str]) -> None:
    id = running()
    with counted() as completing:
        complete(id)
    assert len(completing) == 5


def test_a_claim_tells_all_that_the_attempt_stands_on(submitted: Callable[..., str]) -> None:
    claimed = claim(submitted())
    assert claimed is not None
    assert (claimed.agent.id, claimed.project.id, claimed.granted) == ("reviewer", "shop", True)
    row = claimed.operation
    assert (row.status, row.attempt, row.worker, row.capability_version) == ("running", 1, "one@test", "2")
    assert row.lease_until is not None
    assert row.started_at is not None
    assert row.deadline_at is not None
    assert (row.lease_until - row.started_at).total_seconds() == pytest.approx(current().lease_seconds, abs=0.1)
    assert (row.deadline_at - row.started_at).total_seconds() == pytest.approx(row.timeout + GRACE_SECONDS, abs=0.1)


def test_only_one_of_sixteen_gets_the_attempt(submitted: Callable[..., str], race: Callable[..., list[Any]]) -> None:
    for _ in range(5):
        id = submitted()
        claims = race(*[lambda id=id: claim(id)] * 16)
        assert sum(found is not None for found in claims) == 1


def test_a_ring_for_another_attempt_claims_nothing(submitted: Callable[..., str]) -> None:
    id = submitted()
    assert claim(id, attempt=2) is None
    assert claim(id, attempt=0) is None


def test_a_ring_for_another_task_claims_nothing(submitted: Callable[..., str]) -> None:
    id = submitted()
    with db.transaction() as session:
        known = {"attempt": 1, "worker": "one@test", "version": "2"}
        assert attempts.claim(session, id, task="testing", **known) is None
        assert attempts.claim(session, id, task="code_review", **known) is not None


def test_what_is_not_due_or_cancelled_cannot_be_claimed(submitted: Callable[..., str]) -> None:
    early, cancelled = submitted(), submitted()
    with db.transaction() as session:
        session.execute(text("UPDATE operations SET run_at = now() + interval '1 h' WHERE id = :id"), {"id": early})
        operations.cancel(session, cancelled)
    assert claim(early) is None
    assert claim(cancelled) is None


def test_a_claim_tells_that_the_grant_was_taken_away(submitted: Callable[..., str]) -> None:
    id = submitted()
    with db.transaction() as session:
        AgentService(session).unassign("reviewer", "shop")
    claimed = claim(id)
    assert claimed is not None
    assert not claimed.granted


def test_a_heartbeat_extends_the_lease_and_keeps_the_progress(
    running: Callable[..., str], stored: Callable[[str], Operation]
) -> None:
    id = running()
    before = stored(id).lease_until
    with db.transaction() as session:
        pulse = attempts.heartbeat(session, id, 1, progress={"done": 1, "total": 2, "text": "half\0"})
    assert pulse == attempts.Pulse(current=True)
    assert stored(id).lease_until > before
    assert stored(id).progress == {"done": 1, "total": 2, "text": "half\ufffd"}


def test_a_heartbeat_never_extends_past_the_deadline(
    running: Callable[..., str], stored: Callable[[str], Operation]
) -> None:
    id = running(timeout=1)
    change(id, deadline_at=text("clock_timestamp()"))
    with db.transaction() as session:
        assert attempts.heartbeat(session, id, 1).overdue
        assert attempts.look(session, id, 1).overdue
    row = stored(id)
    assert row.lease_until == row.deadline_at


def test_a_requested_cancel_is_told_by_the_next_pulse(running: Callable[..., str]) -> None:
    id = running()
    with db.transaction() as session:
        operations.cancel(session, id)
    with db.transaction() as session:
        assert attempts.heartbeat(session, id, 1).cancel_requested
        assert attempts.look(session, id, 1).cancel_requested


def test_a_stale_attempt_changes_nothing(running: Callable[..., str], stored: Callable[[str], Operation]) -> None:
    id = running()
    release(id)
    claim(id, attempt=2)
    before = snapshot()
    with db.transaction() as session:
        assert not attempts.heartbeat(session, id, 1, progress={"done": 1, "total": 1}).current
        assert not attempts.look(session, id, 1).current
        assert attempts.settle_cancel(session, id, 1) is None
        assert attempts.release(session, id, 1) is None
    artifact = (NewArtifact("log.txt", b"stale"),)
    for stale in (
        lambda session: attempts.complete(session, id, 1, Outcome(None, {}, artifacts=artifact)),
        lambda session: attempts.fail(session, id, 1, reason=Reason.ERROR, error="late", artifacts=artifact),
        lambda session: attempts.pin(session, id, 1, commit="abc"),
    ):
        with (
            pytest.raises(AttemptLostError, match=r"Attempt 1 .* no longer the current one"),
            db.transaction() as session,
        ):
            stale(session)
    assert snapshot() == before


def snapshot() -> list[Any]:
    tables = ("operations", "project_heads", "events", "artifacts", "blobs", "projects")
    with db.transaction() as session:
        return [session.execute(text(f"SELECT t::text FROM {table} t ORDER BY 1")).all() for table in tables]


def test_an_attempt_pins_what_it_stands_on(running: Callable[..., str], stored: Callable[[str], Operation]) -> None:
    id = running()
    with db.transaction() as session:
        attempts.pin(session, id, 1, commit="abc", dirty=True, sandbox="bubblewrap")
    row = stored(id)
    assert (row.commit, row.dirty, row.sandbox) == ("abc", True, "bubblewrap")


def test_the_next_attempt_stands_on_nothing_before_it_has_looked(
    running: Callable[..., str], stored: Callable[[str], Operation]
) -> None:
    id = running()
    with db.transaction() as session:
        attempts.pin(session, id, 1, commit="abc", dirty=True, sandbox="bubblewrap")
    release(id)
    claim(id, attempt=2)
    row = stored(id)
    assert (row.commit, row.dirty, row.sandbox) == (None, None, None)


def test_completing_stores_result_record_and_artifacts_at_once(running: Callable[..., str]) -> None:
    id = running()
    row = complete(id, outcome=Outcome(None, {"summary": "ran"}, artifacts=[NewArtifact("log.txt", b"hi")]))
    assert (row.status, row.verdict, row.lease_until) == ("completed", None, None)
    assert row.result == {"summary": "ran"}
    assert [record["id"] for record in window()] == [id]
    with db.transaction() as session:
        assert artifacts.read(session, row.id, "log.txt")[1] == b"hi"


def test_an_operation_ends_once_however_many_finish_it(
    running: Callable[..., str], race: Callable[..., list[Any]]
) -> None:
    id = running()
    ends = race(*[lambda: complete(id)] * 4, *[lambda: fail(id, reason=Reason.NOT_GRANTED)] * 4)
    assert sum(isinstance(end, AttemptLostError) for end in ends) == 7
    assert len(window()) == 1


def test_the_delta_and_each_state_tell_against_the_previous_judged_one(running: Callable[..., str]) -> None:
    first = complete(running(), outcome=Outcome(Verdict.FAIL, {}, fingerprints=["a", "b"]))
    other = complete(running("testing"), outcome=Outcome(Verdict.PASS, {}))
    unsure = complete(running(), outcome=Outcome(Verdict.INCONCLUSIVE, {}, fingerprints=[]))
    found = {"findings": [{"fingerprint": "b"}, {"fingerprint": "c"}, {"rule": "unnamed"}]}
    second = complete(running(), outcome=Outcome(Verdict.FAIL, found, fingerprints=["b", "c", "d"]))
    assert first.result == {"delta": {"new": 2, "fixed": 0, "known": 0}}
    assert other.result == {"delta": {"new": 0, "fixed": 0, "known": 0}}
    assert unsure.result == {"delta": None}
    marked = [{"fingerprint": "b", "state": "known"}, {"fingerprint": "c", "state": "new"}, {"rule": "unnamed"}]
    assert second.result == {"delta": {"new": 2, "fixed": 1, "known": 1}, "findings": marked}


def test_a_result_that_json_or_postgresql_cannot_hold_is_stored_all_the_same(running: Callable[..., str]) -> None:
    result = {"summary": "a\0b\udce4", "metrics": {"share": float("nan")}, "findings": [{"line\0": 1}]}
    row = complete(running(), outcome=Outcome(None, result))
    assert row.result == {"summary": "a\ufffdb?", "metrics": {"share": None}, "findings": [{"line\ufffd": 1}]}


def test_an_error_that_postgresql_cannot_hold_is_stored_all_the_same(running: Callable[..., str]) -> None:
    assert fail(running(), error="broken \0 \udce4").error == "broken \ufffd ?"


def test_a_failed_try_waits_longer_each_time_and_stops_at_the_last(
    running: Callable[..., str], stored: Callable[[str], Operation]
) -> None:
    id = running()
    pauses = []
    for attempt in (1, 2):
        row = fail(id, attempt)
        assert (row.status, row.tries, row.error, row.reason) == ("pending", attempt, "broken", None)
        pauses.append((row.run_at - row.timestamp).total_seconds() / row.retry_delay)
        change(id, run_at=text("now()"))
        claim(id, attempt + 1)
    assert 0.5 <= pauses[0] <= 1.5
    assert 1 <= pauses[1] <= 3
    row = fail(id, 3)
    assert (row.status, row.tries, row.reason, row.error) == ("failed", 3, "error", "broken")


def test_a_pause_is_never_longer_than_the_longest(running: Callable[..., str]) -> None:
    id = running()
    change(id, retry_delay=1000.0, retry_longest=10.0)
    row = fail(id)
    assert (row.run_at - row.timestamp).total_seconds() <= 15.1


@pytest.mark.parametrize("reason", [Reason.INVALID_PARAMETERS, Reason.NOT_GRANTED, Reason.SANDBOX_UNAVAILABLE])
def test_what_another_try_would_only_repeat_fails_at_once(running: Callable[..., str], reason: Reason) -> None:
    row = fail(running(), reason=reason)
    assert (row.status, row.reason, row.tries) == ("failed", reason, 1)


def test_a_failed_try_keeps_its_artifacts(running: Callable[..., str]) -> None:
    id = running()
    with db.transaction() as session:
        log = [NewArtifact("log.txt", b"trace")]
        attempts.fail(session, id, 1, reason=Reason.ERROR, error="broken", artifacts=log)
    with db.transaction() as session:
        assert artifacts.read(session, operations.get(session, id).id, "log.txt")[1] == b"trace"


def test_a_released_attempt_costs_no_try_and_can_be_claimed_at_once(running: Callable[..., str]) -> None:
    id = running()
    row = release(id)
    assert row is not None
    assert (row.status, row.tries, row.worker, row.started_at, row.lease_until) == ("pending", 0, None, None, None)
    assert claim(id, attempt=2) is not None


def test_a_finish_beats_a_requested_cancel(running: Callable[..., str]) -> None:
    id = running()
    with db.transaction() as session:
        operations.cancel(session, id)
    assert complete(id).status == "completed"


@pytest.mark.parametrize("verb", [fail, release])
def test_a_requested_cancel_beats_retry_and_release(running: Callable[..., str], verb: Callable[..., Any]) -> None:
    id = running()
    with db.transaction() as session:
        operations.cancel(session, id)
    row = verb(id)
    assert (row.status, row.reason) == ("cancelled", None)
    assert [record["status"] for record in window()] == ["cancelled"]


@pytest.mark.parametrize("verb", [fail, release])
def test_a_cancel_at_the_same_moment_as_the_end_is_not_forgotten(
    running: Callable[..., str], behind_a_lock: Callable[..., Any], verb: Callable[..., Any]
) -> None:
    id = running()
    with db.transaction() as session:
        operations.cancel(session, id)
        row = behind_a_lock(lambda: verb(id), session.commit)
    assert row.status == "cancelled"


def test_settling_ends_only_what_was_asked_to_be_cancelled(running: Callable[..., str]) -> None:
    id = running()
    with db.transaction() as session:
        assert attempts.settle_cancel(session, id, 1) is None
        operations.cancel(session, id)
        row = attempts.settle_cancel(session, id, 1)
    assert row is not None
    assert row.status == "cancelled"


def test_two_finishes_of_different_operations_at_the_same_moment_both_survive(
    running: Callable[..., str], race: Callable[..., list[Any]]
) -> None:
    for _ in range(20):
        one, two = running(), running("testing")
        race(lambda one=one: complete(one), lambda two=two: complete(two))
        assert {record["id"] for record in window()[-2:]} == {one, two}
