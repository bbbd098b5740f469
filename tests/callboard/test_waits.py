"""Why an operation waits: every wait has a named cause and a sentence, and its seconds are kept."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text

from callboard import attempts, catalogue, db, operations, waits
from callboard.agents import AgentService
from callboard.attempts import Claim
from callboard.errors import HeldBackError
from callboard.lifecycle import Reason
from callboard.operations import Request
from callboard.projects import ProjectService


def why(id: str) -> str | None:
    return explained(id).get("wait_reason")


def explained(id: str) -> dict[str, str]:
    with db.transaction() as session:
        return waits.explain(session, operations.get(session, id))


def serve(**facts: Any) -> None:
    with db.transaction() as session:
        catalogue.worker_seen(session, "one@test", capabilities=["code_review"], concurrency=1, **facts)


def claim(id: str, attempt: int = 1) -> Claim | None:
    with db.transaction() as session:
        return attempts.claim(session, id, attempt=attempt, worker="one@test", version="1")


def hold_back(id: str) -> None:
    with pytest.raises(HeldBackError) as refused:
        claim(id)
    with db.transaction() as session:
        attempts.hold_back(session, id, attempt=1, line=refused.value.line)


def change(id: str, sql: str) -> None:
    with db.transaction() as session:
        session.execute(text(f"UPDATE operations SET {sql} WHERE id = :id"), {"id": id})


def project(**changes: Any) -> None:
    with db.transaction() as session:
        ProjectService(session).update("shop", changes)


def seconds(id: str) -> dict[str, int]:
    with db.transaction() as session:
        return {cause: round(count) for cause, count in operations.get(session, id).waits.items() if count >= 0.5}


def test_what_is_not_due_is_scheduled_or_backs_off(submitted: Callable[..., str], running: Callable[..., str]) -> None:
    later, retried = submitted(run_at=datetime.now(UTC) + timedelta(hours=1)), running()
    with db.transaction() as session:
        attempts.fail(session, retried, 1, reason=Reason.ERROR, error="broken")
    assert why(later) == "scheduled"
    assert explained(retried)["wait_reason"] == "retry_backoff"
    assert explained(retried)["wait_detail"].startswith("Try 1 failed; the next one is due at ")


def test_what_nobody_offers_or_hears_of_says_so(submitted: Callable[..., str]) -> None:
    id = submitted()
    assert explained(id) == {
        "wait_reason": "no_worker_for_capability",
        "wait_detail": "No live worker offers 'code_review'; start one.",
    }
    serve(broker_answers=False)
    assert why(id) == "broker_down"
    assert explained(id)["wait_detail"].startswith("The broker has not answered the workers since 2")
    serve()
    assert why(id) == "queue_busy"


def test_since_when_the_broker_is_lost_stays_while_it_is(submitted: Callable[..., str]) -> None:
    lost = []
    for answers in (False, False, True, False):
        serve(broker_answers=answers)
        with db.transaction() as session:
            lost.append(catalogue.workers(session)[0].broker_lost_at)
    assert lost[0] == lost[1]
    assert lost[2] is None
    assert lost[3] > lost[0]


def test_a_busy_queue_tells_the_position(submitted: Callable[..., str]) -> None:
    serve()
    told = [explained(id)["wait_detail"] for id in [submitted() for _ in range(5)]]
    assert told == [
        f"It is number {number} in the queue 'code_review'; projects take turns." for number in (1, 2, 3, 4, 5)
    ]


def test_what_runs_or_has_ended_does_not_wait(running: Callable[..., str]) -> None:
    assert explained(running()) == {}


@pytest.mark.parametrize("refused", [True, False])
def test_a_limit_tells_whose_it_is(submitted: Callable[..., str], refused: bool) -> None:
    serve()
    first, second = submitted(), submitted()
    claim(first)
    with db.transaction() as session:
        AgentService(session).update("reviewer", {"settings": {"max_running": 1}})
    if refused:
        hold_back(second)
    told = "1 operations of agent 'reviewer' run, and at most 1 may (max_running)."
    assert explained(second) == {"wait_reason": "limit", "wait_detail": told}


def test_a_paused_project_says_so(submitted: Callable[..., str]) -> None:
    id = submitted()
    project(status="paused")
    assert why(id) == "paused"
    project(status="active")
    assert why(id) == "no_worker_for_capability"


def test_a_list_tells_the_causes_of_those_that_wait(submitted: Callable[..., str], running: Callable[..., str]) -> None:
    started, waiting = running(), submitted()
    with db.transaction() as session:
        rows = [operations.get(session, id) for id in (started, waiting)]
        assert waits.reasons(session, rows) == {rows[1].id: "no_worker_for_capability"}


def test_the_seconds_before_and_after_it_was_due_are_kept(submitted: Callable[..., str]) -> None:
    id = submitted()
    change(id, "waits_since = now() - interval '100 s', run_at = now() - interval '30 s'")
    claim(id)
    assert seconds(id) == {"scheduled": 70, "queue": 30}


def test_the_seconds_of_all_attempts_are_added(running: Callable[..., str]) -> None:
    id = running()
    change(id, "waits = '{\"queue\": 4}'")
    with db.transaction() as session:
        attempts.fail(session, id, 1, reason=Reason.ERROR, error="broken")
    change(id, "waits_since = now() - interval '20 s', run_at = now() - interval '5 s'")
    claim(id, attempt=2)
    assert seconds(id) == {"retry_backoff": 15, "queue": 9}


@pytest.mark.parametrize(
    ("changes", "cause"), [({"policy": {"max_running": 1}}, "limit"), ({"status": "paused"}, "paused")]
)
def test_the_seconds_behind_a_limit_or_a_pause_are_kept(
    submitted: Callable[..., str], changes: dict[str, Any], cause: str
) -> None:
    first, second = submitted(), submitted()
    claim(first)
    project(**changes)
    change(second, "waits_since = now() - interval '10 s', run_at = now() - interval '10 s'")
    hold_back(second)
    change(second, "waits_since = now() - interval '60 s', run_at = now() - interval '70 s'")
    project(status="active", policy={})
    claim(second)
    assert seconds(second) == {"queue": 10, cause: 60}


def test_those_that_are_submitted_together_stand_one_after_another(shop: str) -> None:
    serve()
    with db.transaction() as session:
        rows = AgentService(session).submit_all([Request(shop, "reviewer", "code_review")] * 4)

    told = [explained(str(row.id))["wait_detail"].partition(" in the queue")[0] for row in rows]
    assert told == [f"It is number {place}" for place in (1, 2, 3, 4)]


def test_reading_a_position_is_as_quick_however_many_wait(submitted: Callable[..., str]) -> None:
    serve()
    for _ in range(3):
        last = submitted()
    with db.transaction() as session:
        session.execute(
            text("""
            INSERT INTO operations (project_id, agent_id, capability, capability_version, task, queue, max_tries,
                retry_delay, retry_longest, timeout, requested_by, seq, run_at)
            SELECT 'shop', 'reviewer', 'code_review', '1', 'code_review', 'code_review', 3, 2, 300, 300, 'test', 0,
                now() - interval '1 h' FROM generate_series(1, 1500)""")
        )
    assert "number 1000 or more in the queue" in explained(last)["wait_detail"]
