"""What ended lately, how long it waited and ran, and what is open now."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text

from callboard import attempts, db, insight, operations
from callboard.attempts import Outcome
from callboard.errors import InvalidError
from callboard.insight import MOST_BUCKETS, Stats
from callboard.lifecycle import Reason, Verdict


def finish(id: str, verdict: Verdict | None = Verdict.PASS) -> None:
    with db.transaction() as session:
        attempts.complete(session, id, 1, Outcome(verdict, {"summary": "done"}))


def moved(id: str, **back: float) -> None:
    """Sets the operation's times to so many seconds ago."""
    ago = ", ".join(f"{name} = now() - interval '{seconds} s'" for name, seconds in back.items())
    with db.transaction() as session:
        session.execute(text(f"UPDATE operations SET {ago} WHERE id = :id"), {"id": id})


def told(**asked: Any) -> Stats:
    with db.transaction() as session:
        return insight.stats(session, **asked)


def test_what_ended_is_counted_in_the_stretch_where_it_ended(running: Callable[..., str]) -> None:
    early, late = running(), running()
    finish(early)
    finish(late, Verdict.FAIL)
    moved(early, finished_at=3_500)
    stats = told(buckets=4)
    assert [each.completed for each in stats.buckets] == [1, 0, 0, 1]
    assert (stats.buckets[0].passed, stats.buckets[3].found_problems) == (1, 1)
    assert (stats.total.completed, stats.total.success_rate, stats.bucket_seconds) == (2, 1.0, 900)


def test_waiting_and_running_are_told_apart(running: Callable[..., str]) -> None:
    id = running()
    finish(id)
    moved(id, run_at=100, started_at=60, finished_at=50)
    total = told().total
    assert (total.wait_p50_ms, total.run_p50_ms) == (pytest.approx(40_000, abs=1), pytest.approx(10_000, abs=1))
    assert (total.wait_p95_ms, total.run_p95_ms) == (pytest.approx(40_000, abs=1), pytest.approx(10_000, abs=1))


def test_the_success_rate_leaves_out_what_was_cancelled(
    running: Callable[..., str], submitted: Callable[..., str]
) -> None:
    finish(running())
    failing, unwanted = running(), submitted()
    with db.transaction() as session:
        attempts.fail(session, failing, 1, reason=Reason.INVALID_RESULT, error="odd")
        operations.cancel(session, unwanted)
    total = told().total
    assert (total.completed, total.failed, total.cancelled, total.success_rate) == (1, 1, 1, 0.5)


def test_what_is_open_is_told_with_what_waits_longest(
    running: Callable[..., str], submitted: Callable[..., str]
) -> None:
    running()
    oldest = submitted()
    submitted()
    moved(oldest, run_at=500)
    stats = told()
    assert (stats.running, stats.pending) == (1, 2)
    assert stats.oldest_waiting_at is not None
    assert stats.until - stats.oldest_waiting_at == pytest.approx(timedelta(seconds=500), abs=timedelta(seconds=5))


def test_only_the_asked_projects_are_counted(running: Callable[..., str]) -> None:
    finish(running())
    running()
    assert (told(projects=["shop"]).total.completed, told(projects=["shop"]).running) == (1, 1)
    other = told(projects=["other"])
    assert (other.total.completed, other.running, other.pending, other.oldest_waiting_at) == (0, 0, 0, None)
    assert other.total.success_rate is None


def test_more_than_can_be_counted_says_from_when_on(
    running: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    first, last = running(), running()
    finish(first)
    finish(last)
    assert told().counted_since is None
    monkeypatch.setattr(insight, "MOST_COUNTED", 1)
    stats = told()
    assert stats.total.completed == 1
    assert stats.counted_since is not None


@pytest.mark.parametrize("asked", [{"since": datetime(2100, 1, 1, tzinfo=UTC)}, {"buckets": 0}])
def test_a_time_to_come_and_no_stretches_are_refused(database: dict[str, str], asked: dict[str, Any]) -> None:
    with pytest.raises(InvalidError, match=next(iter(asked))):
        told(**asked)
    with pytest.raises(InvalidError, match="buckets is 121"):
        told(buckets=MOST_BUCKETS + 1)
