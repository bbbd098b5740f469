"""What `doctor` says of the account and the records, on a sound and on a damaged database."""

from collections.abc import Callable

import pytest
from sqlalchemy import text

from callboard import account, attempts, db, errands, history
from callboard.attempts import Outcome
from callboard.errors import CallboardError
from cli.doctor import bookkeeping


def execute(statement: str) -> None:
    with db.transaction() as session:
        session.execute(text(statement))


@pytest.fixture
def ended(running: Callable[..., str]) -> str:
    """An operation that completed."""
    id = running()
    with db.transaction() as session:
        attempts.complete(session, id, 1, Outcome(None, {}))
    return id


def test_a_sound_account_is_one_sentence(ended: str, submitted: Callable[..., str]) -> None:
    submitted()

    assert bookkeeping.balance() == "accepted 2 = pending 1 + running 0 + ended 1, lost 0, doubled 0"
    assert bookkeeping.records() == "windows, events and all rows agree"


def test_a_lost_operation_is_named_with_its_project(submitted: Callable[..., str]) -> None:
    submitted()
    execute("DELETE FROM operations")

    with pytest.raises(CallboardError, match="by hand: shop lost 1 and doubled 0; compare with a backup"):
        bookkeeping.balance()


def test_what_can_be_mended_is_mended_once(
    ended: str, submitted: Callable[..., str], running: Callable[..., str]
) -> None:
    waits, runs = submitted(), running()
    late = "ring_at = ring_at - interval '2 min', lease_until = lease_until - interval '2 min'"
    execute(f"UPDATE operations SET {late} WHERE finished_at IS NULL")
    execute("""UPDATE projects SET agent_metadata = agent_metadata || '{"operation_history": []}'""")
    with pytest.raises(CallboardError, match=r"the window of shop .* `callboard doctor --fix` mends it"):
        bookkeeping.records()

    assert sorted(bookkeeping.mend()) == sorted(
        [
            f"{waits} was rung for again",
            f"the lease of {runs} was ended; it is pending now",
            "the window of shop was made anew from the table",
        ]
    )
    assert bookkeeping.mend() == []
    assert bookkeeping.records() == "windows, events and all rows agree"


def test_what_cannot_be_mended_says_so(ended: str) -> None:
    execute("DELETE FROM events WHERE seq = 3")

    with pytest.raises(CallboardError, match="shop has no event between 2 and 4; compare with a backup"):
        bookkeeping.records()
    assert bookkeeping.mend() == []


def test_an_altered_record_is_named_and_its_window_left_as_it_is(ended: str) -> None:
    execute("UPDATE operations SET verdict = 'pass'")

    with pytest.raises(CallboardError, match=f"{ended} was altered after its end.* compare with a backup"):
        bookkeeping.records()
    assert bookkeeping.mend() == []


def test_what_keepers_have_found_is_told_where_time_runs_out_before(
    ended: str, submitted: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    execute("UPDATE operations SET rings = 7")
    with db.transaction() as session:
        account.reconcile_next(session)
    monkeypatch.setattr("callboard.contradictions.SAMPLE", 1)
    monkeypatch.setattr(bookkeeping, "_LONGEST_SECONDS", 0)
    for _ in range(2):
        submitted()

    with pytest.raises(CallboardError, match=f"^{ended} was altered after its end"):
        bookkeeping.records()


def test_messages_for_nothing_are_told_and_are_no_failure(ended: str) -> None:
    errands.flush()
    execute("UPDATE operations SET timestamp = timestamp - interval '1 min'")
    execute("UPDATE operations SET seal = seal_of(operations)")
    with db.transaction() as session:
        history.rebuild(session, "shop")

    assert bookkeeping.records().endswith("; 1 messages on the broker ring for nothing, workers will drop them")


def test_the_newest_rows_are_looked_at_where_time_runs_out(
    submitted: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("callboard.contradictions.SAMPLE", 1)
    monkeypatch.setattr(bookkeeping, "_LONGEST_SECONDS", 0)
    for _ in range(2):
        submitted()

    assert bookkeeping.records() == "windows, events and the newest rows agree"
