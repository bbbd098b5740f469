"""What waits and runs on each queue."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from callboard import backlog, catalogue, db
from callboard.backlog import Queue


def change(id: str, values: str) -> None:
    with db.transaction() as session:
        session.execute(text(f"UPDATE operations SET {values} WHERE id = :id"), {"id": id})


def told(*projects: str) -> dict[str, Queue]:
    with db.transaction() as session:
        return {queue.name: queue for queue in backlog.queues(session, projects or None)}


def test_a_queue_tells_what_is_rung_in_line_blocked_scheduled_and_running(
    running: Callable[..., str], submitted: Callable[..., str]
) -> None:
    running()
    submitted()
    change(submitted(), "rung_at = NULL")
    change(submitted(), "rung_at = NULL, blocked_by = 'agent:reviewer'")
    submitted(run_at=datetime.now(UTC) + timedelta(hours=1))
    queue = told()["code_review"]
    assert (queue.rung, queue.in_line, queue.blocked, queue.scheduled, queue.running) == (1, 1, 1, 1, 1)
    assert not queue.capped


def test_the_oldest_is_found_wherever_it_stands(submitted: Callable[..., str]) -> None:
    rung, standing, blocked = submitted(), submitted(), submitted("testing")
    change(rung, "run_at = now() - interval '10 s'")
    change(standing, "run_at = now() - interval '20 s', rung_at = NULL")
    change(blocked, "run_at = now() - interval '30 s', rung_at = NULL, blocked_by = 'project:shop'")
    found = told()
    oldest = [found[name].oldest_waiting_at for name in ("code_review", "testing")]
    assert None not in oldest
    with db.transaction() as session:
        assert backlog.oldest_waiting(session) == min(moment for moment in oldest if moment)
        assert backlog.oldest_waiting(session, ["other"]) is None


def test_a_queue_names_the_live_workers_that_serve_it(shop: str) -> None:
    with db.transaction() as session:
        catalogue.worker_seen(session, "one@test", capabilities=["testing"], concurrency=3, sandbox=None)
        catalogue.worker_seen(session, "two@test", capabilities=["testing"], concurrency=2, sandbox=None)
        catalogue.worker_status(session, "two@test", "offline")
    queue = told()["testing"]
    assert (queue.capabilities, queue.workers, queue.slots) == (["testing"], ["one@test"], 3)
    assert (told()["code_review"].workers, told()["code_review"].slots) == ([], 0)


def test_other_projects_are_left_out(submitted: Callable[..., str]) -> None:
    submitted()
    change(submitted(), "rung_at = NULL")
    assert [(queue.rung, queue.in_line) for queue in told("other").values()] == [(0, 0), (0, 0)]
    assert told("shop")["code_review"].in_line == 1


def test_a_line_that_is_too_long_to_count_is_capped(
    submitted: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(3):
        change(submitted(), "rung_at = NULL")
    monkeypatch.setattr(backlog, "MOST_COUNTED", 2)
    queue = told()["code_review"]
    assert (queue.in_line, queue.capped) == (2, True)
