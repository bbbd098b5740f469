"""The trend: how many findings were open, in the course of time."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import text

from callboard import attempts, db, ledger
from callboard.attempts import Outcome
from callboard.findings import Finding, fingerprinted
from callboard.lifecycle import Verdict
from callboard.trend import LONGEST, POINTS, Point, trend


@pytest.fixture
def found(running: Callable[..., str]) -> list[str]:
    """Three findings of one review; answers their fingerprints."""
    findings = fingerprinted(Finding(rule=rule, message="m", path="a.py", line=1) for rule in ("F1", "F2", "F3"))
    outcome = Outcome(Verdict.FAIL, {}, (), (), [each.model_dump() for each in findings])
    with db.transaction() as session:
        attempts.complete(session, running(), 1, outcome)
    return [each.fingerprint for each in findings]


def rewrite(fingerprint: str, **ago: int) -> None:
    """Moves the times of a finding to so many days ago."""
    with db.transaction() as session:
        for name, days in ago.items():
            told = {"days": timedelta(days=days), "fingerprint": fingerprint}
            session.execute(text(f"UPDATE findings SET {name} = now() - :days WHERE fingerprint = :fingerprint"), told)


def now(capability: str | None = None) -> list[Point]:
    with db.transaction() as session:
        return trend(session, "shop", capability)


def test_a_project_without_findings_has_no_trend(shop_project: str) -> None:
    assert now() == []


def test_what_was_just_found_is_a_step_at_the_end_of_an_hour(found: list[str]) -> None:
    points = now()
    assert [point.open for point in points] == [0] * (POINTS - 1) + [3]
    assert points[-1].until - points[0].until == timedelta(hours=1) / POINTS * (POINTS - 1)
    assert points[-1].opened == 3


def test_what_was_fixed_or_suppressed_is_open_only_before(found: list[str]) -> None:
    rewrite(found[0], first_seen=30, fixed_at=15)
    rewrite(found[1], first_seen=20)
    with db.transaction() as session:
        ledger.suppress(session, "shop", found[1], reason="a false alarm")
    rewrite(found[1], suppressed_at=5)
    points = now()
    assert [points[days - 1].open for days in (1, 12, 20, 29, 30)] == [1, 2, 1, 0, 1]
    assert (sum(point.opened for point in points), sum(point.fixed for point in points)) == (3, 1)


def test_a_suppression_that_has_run_out_closes_nothing(found: list[str]) -> None:
    with db.transaction() as session:
        ledger.suppress(session, "shop", found[0], reason="for now")
        session.execute(text("UPDATE findings SET suppressed_until = now() WHERE suppressed_at IS NOT NULL"))
    assert now()[-1].open == 3


def test_what_is_older_than_the_trend_is_open_from_its_beginning(found: list[str]) -> None:
    rewrite(found[0], first_seen=400)
    points = now()
    assert (points[0].open, points[-1].open) == (1, 3)
    assert points[-1].until - points[0].until < LONGEST


def test_another_capability_has_a_trend_of_its_own(found: list[str]) -> None:
    assert now("testing") == []
    assert now("code_review")[-1].open == 3
