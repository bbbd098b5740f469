"""Edits by chance of stored records: the account names each one, and nothing that nobody touched."""

import random
from collections.abc import Callable

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from callboard import attempts, contradictions, db
from callboard.attempts import Outcome
from callboard.contradictions import Contradiction, Kind
from callboard.lifecycle import Reason, Verdict
from faults.edits import EDITS
from faults.registry import BrokenPromiseError
from faults.tampering import tamper


@pytest.fixture
def ended(running: Callable[..., str]) -> list[str]:
    """Operations of each end."""
    ids = [running(parameters={}) for _ in range(8)]
    with db.transaction() as session:
        attempts.fail(session, ids[0], 1, reason=Reason.SANDBOX_UNAVAILABLE, error="none")
    for id in ids[1:]:
        with db.transaction() as session:
            attempts.complete(session, id, 1, Outcome(Verdict.PASS, {"summary": "well", "metrics": {"findings": 0}}))
    return ids


@pytest.mark.usefixtures("unmeasured")
def test_a_hundred_edits_by_chance_are_all_named(ended: list[str], session: Session) -> None:
    done = tamper(session, random.Random(29), 100)

    assert done.total() == 100
    assert len(done) == len(EDITS)


def test_an_edit_that_nothing_tells_of_breaks_the_promise(
    ended: list[str], session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(contradictions, "_altered", lambda *looked: [])

    with pytest.raises(BrokenPromiseError, match="was not named"):
        tamper(session, random.Random(29), 100)


def test_an_alarm_about_what_nobody_touched_breaks_the_promise(
    ended: list[str], session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    every = [Contradiction(Kind.RECORD_ALTERED, "shop", f"{id} was altered", id) for id in ended]
    looked = contradictions._altered
    monkeypatch.setattr(contradictions, "_altered", lambda *asked: every if looked(*asked) else [])

    with pytest.raises(BrokenPromiseError, match=r"of another one it is told that .* was altered"):
        tamper(session, random.Random(29), 100)


def test_an_alarm_before_any_edit_breaks_the_promise(ended: list[str], session: Session) -> None:
    with db.transaction() as other:
        other.execute(text("DELETE FROM events WHERE seq = 3"))

    with pytest.raises(BrokenPromiseError, match="before any edit it is told that shop has no event between 2 and 4"):
        tamper(session, random.Random(29), 1)
