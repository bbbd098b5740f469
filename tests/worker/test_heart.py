"""The heartbeat beside a handler."""

import signal
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, update

from callboard import attempts, db, operations
from callboard.attempts import Claim
from callboard.errands import frames
from callboard.models import Operation
from callboard.settings import current
from worker import heart as heart_module
from worker.heart import Heart


@pytest.fixture
def claimed(submitted: Callable[..., str], servers: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Iterator[Claim]:
    """An attempt whose heart beats 50 times a second."""
    monkeypatch.setenv("CALLBOARD_CANCEL_POLL_SECONDS", "0.02")
    monkeypatch.setenv("CALLBOARD_HEARTBEAT_SECONDS", "0.02")
    current.cache_clear()
    with db.transaction() as session:
        claim = attempts.claim(session, submitted(), attempt=1, worker="one@test", version="1")
    assert claim is not None
    yield claim
    monkeypatch.undo()
    current.cache_clear()


def change(claim: Claim, **values: Any) -> None:
    with db.transaction() as session:
        session.execute(update(Operation).where(Operation.id == claim.operation.id).values(values))


def test_a_beating_heart_extends_the_lease(claimed: Claim, stored: Callable[[str], Operation]) -> None:
    change(claimed, lease_until=func.now())
    before = stored(str(claimed.operation.id)).lease_until

    with Heart(claimed) as heart:
        while stored(heart.id).lease_until == before:
            assert not heart.stop.wait(0.01)


def test_the_lease_never_outlasts_the_deadline(claimed: Claim, stored: Callable[[str], Operation]) -> None:
    change(claimed, lease_until=func.now(), deadline_at=func.now() + timedelta(seconds=5))

    with Heart(claimed) as heart:
        while (row := stored(heart.id)).lease_until != row.deadline_at:
            assert not heart.stop.wait(0.01)


def test_a_requested_cancel_stops_the_attempt(claimed: Claim) -> None:
    with Heart(claimed) as heart:
        with db.transaction() as session:
            operations.cancel(session, heart.id)

        assert heart.stop.wait(5)
        assert heart.why == "cancelled"


def test_an_attempt_that_was_given_back_is_lost(claimed: Claim) -> None:
    with Heart(claimed) as heart:
        with db.transaction() as session:
            attempts.release(session, heart.id, heart.attempt)

        assert heart.stop.wait(5)
        assert heart.why == "lost"


def test_an_attempt_past_its_deadline_is_overdue(claimed: Claim) -> None:
    change(claimed, deadline_at=func.now())

    with Heart(claimed) as heart:
        assert heart.stop.wait(5)
        assert heart.why == "overdue"


def test_progress_reaches_the_table_with_the_next_look(
    claimed: Claim, stored: Callable[[str], Operation], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CALLBOARD_HEARTBEAT_SECONDS", "20")
    current.cache_clear()
    with Heart(claimed) as heart:
        heart.report(1, 3, "one of three")
        while (progress := stored(heart.id).progress) is None:
            assert not heart.stop.wait(0.01)

    assert progress == {"done": 1, "total": 3, "text": "one of three"}


def test_progress_frames_are_few_however_often_a_handler_reports(
    claimed: Claim, monkeypatch: pytest.MonkeyPatch
) -> None:
    published: list[Any] = []
    monkeypatch.setattr(frames, "add", published.append)
    heart = Heart(claimed)

    for done in range(1000):
        heart.report(done, 1000, "")
    heart.report(1000, 1000, "")

    assert 2 <= len(published) <= 4


def test_a_handler_that_does_not_stop_is_interrupted(claimed: Claim, monkeypatch: pytest.MonkeyPatch) -> None:
    class InterruptedHandler(Exception):
        pass

    def interrupt(*_: Any) -> None:
        raise InterruptedHandler

    monkeypatch.setattr(heart_module, "STOP_SECONDS", 0.05)
    before = signal.signal(signal.SIGUSR1, interrupt)
    try:
        with Heart(claimed) as heart:
            with db.transaction() as session:
                operations.cancel(session, heart.id)
            with pytest.raises(InterruptedHandler), heart.interruptible():
                threading.Event().wait(10)
    finally:
        signal.signal(signal.SIGUSR1, before)
