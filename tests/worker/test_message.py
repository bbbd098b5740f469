"""A message becomes a claim, also where the database's answer is lost."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from callboard import attempts, db, operations
from callboard.errors import UnavailableError
from worker import patience
from worker.message import Message, take


def test_a_database_that_is_away_at_the_claim_leaves_the_operation_to_the_keeper(
    submitted: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: Any, **__: Any) -> None:
        raise UnavailableError("away")

    monkeypatch.setattr(patience, "PAUSES", (0,))
    monkeypatch.setattr(attempts, "claim", away)
    monkeypatch.setattr(attempts, "disclaim", away)

    assert take(Message(submitted(), 1, "code_review", "one@test"), "1") is None


@pytest.mark.parametrize(
    ("holder", "age", "found"), [("one@test", 0, "pending"), ("one@test", 60, "running"), ("two@test", 0, "running")]
)
def test_a_claim_whose_answer_was_lost_is_given_back_and_none_that_another_process_made(
    holder: str, age: int, found: str, submitted: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    id, claim = submitted(), attempts.claim

    def unheard(_: Session, id: str, *, worker: str, **asked: Any) -> None:
        with db.transaction() as session:
            claim(session, id, worker=holder, **asked)
            session.execute(text(f"UPDATE operations SET started_at = started_at - interval '{age} s'"))
        raise UnavailableError("the answer to COMMIT is lost")

    monkeypatch.setattr(attempts, "claim", unheard)

    assert take(Message(id, 1, "code_review", "one@test"), "1") is None
    with db.transaction() as session:
        row = operations.get(session, id)
        assert (row.status, row.attempt, row.tries) == (found, 1, 0)
