"""What is past its keeping, and what is not."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import func, insert, select, text, update

from callboard import artifacts, attempts, db, events, keys, operations, retention
from callboard.artifacts import NewArtifact
from callboard.attempts import Outcome
from callboard.models import ApiKey, Blob, Event, IdempotencyKey, Operation, SignIn


def change(id: str, **values: str) -> None:
    """Sets columns to SQL expressions."""
    with db.transaction() as session:
        expressions = {name: text(value) for name, value in values.items()}
        session.execute(update(Operation).where(Operation.id == id).values(expressions))


def test_what_no_worker_took_for_long_is_given_up(submitted: Callable[..., str], stored: Callable[[str], Any]) -> None:
    old, new = submitted(), submitted()
    change(old, run_at="now() - interval '31 d'", timestamp="now() - interval '31 d'")
    with db.transaction() as session:
        assert retention.stale(session, days=30, limit=10) == [old]
        assert retention.give_up(session, new, days=30) is None
        retention.give_up(session, old, days=30)
    assert (stored(old).status, stored(old).reason) == ("failed", "expired")
    assert "No worker took it within 30 days" in str(stored(old).error)


def finished(running: Callable[..., str], content: bytes) -> str:
    id = running()
    with db.transaction() as session:
        attempts.complete(session, id, 1, Outcome(None, {}, artifacts=[NewArtifact("log.txt", content)]))
    return id


def forget(**days: int) -> int:
    with db.transaction() as session:
        return retention.forget_old(session, **{"operation_days": 30, "event_days": 7, "limit": 10, **days})


def test_only_what_is_old_is_forgotten(running: Callable[..., str], submitted: Callable[..., str]) -> None:
    old, new, shared = finished(running, b"old"), finished(running, b"new"), finished(running, b"new")
    waiting = submitted()
    for id in (old, shared):
        change(id, finished_at="now() - interval '31 d'")
    change(waiting, created_at="now() - interval '400 d'")
    assert forget() == 3
    with db.transaction() as session:
        left = {str(id) for id in session.scalars(select(Operation.id))}
        assert left == {new, waiting}
        assert artifacts.read(session, operations.get(session, new).id, "log.txt")[1] == b"new"
        assert session.scalars(select(Blob.content)).all() == [b"new"]
    assert forget() == 0


def test_old_events_go_and_their_numbers_stay_taken(submitted: Callable[..., str]) -> None:
    for _ in range(3):
        submitted()
    with db.transaction() as session:
        session.execute(update(Event).where(Event.seq <= 2).values(created_at=text("now() - interval '8 d'")))
    assert forget() == 2
    with db.transaction() as session:
        assert events.bounds(session, "shop") == (3, 4)
        session.execute(update(Event).values(created_at=text("now() - interval '8 d'")))
    assert forget() == 2
    with db.transaction() as session:
        assert events.bounds(session, "shop") == (5, 4)


def test_old_idempotency_keys_and_sign_ins_are_forgotten(submitted: Callable[..., str]) -> None:
    id = submitted()
    with db.transaction() as session:
        for name, age in (("old", "25 h"), ("new", "23 h")):
            made = text(f"now() - interval '{age}'")
            key = {"caller": "c", "key": name, "fingerprint": "f", "operation_id": id, "created_at": made}
            session.execute(IdempotencyKey.__table__.insert().values(key))
        keys.ticket(session, keys.create(session, name="k"))
        gone = keys.ticket(session, keys.create(session, name="g"))
        session.execute(text("UPDATE sign_ins SET expires_at = now() WHERE token_hash = :h"), {"h": keys._hash(gone)})
    assert forget() == 2
    with db.transaction() as session:
        assert session.scalars(select(IdempotencyKey.key)).all() == ["new"]
        assert session.scalar(select(func.count()).select_from(SignIn)) == 1
        assert session.scalar(select(func.count()).select_from(ApiKey)) == 2


def test_forgetting_goes_in_batches_of_each_kind(running: Callable[..., str], submitted: Callable[..., str]) -> None:
    for number in range(3):
        change(finished(running, str(number).encode()), finished_at="now() - interval '31 d'")
    with db.transaction() as session:
        kept = submitted()
        long_ago = datetime(2001, 1, 1, tzinfo=UTC)
        for name in "abc":
            asked = {"caller": "c", "key": name, "fingerprint": "f", "operation_id": kept, "created_at": long_ago}
            session.execute(insert(IdempotencyKey).values(asked))
            key = keys.create(session, name=name)
            keys.ticket(session, key)
        session.execute(update(SignIn).values(expires_at=long_ago))
        session.execute(update(Event).values(created_at=long_ago))
        session.execute(text("DELETE FROM artifacts"))

    # Of operations, blobs, keys and sign-ins there are three each, of events more.
    assert [forget(limit=2), forget(limit=2)] == [5 * 2, 4 * 1 + 2]
