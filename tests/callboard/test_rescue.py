"""What the keeper repairs: lost rings and dead workers."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlalchemy import func, select, text, update

from callboard import attempts, broker, catalogue, db, errands, operations, rescue
from callboard.models import Operation


def change(id: str, **values: str) -> None:
    """Sets columns to SQL expressions."""
    with db.transaction() as session:
        expressions = {name: text(value) for name, value in values.items()}
        session.execute(update(Operation).where(Operation.id == id).values(expressions))


def ring_again(**asked: Any) -> int:
    with db.transaction() as session:
        return rescue.ring_again(session, limit=10, **asked)


def expire(id: str) -> Operation | None:
    with db.transaction() as session:
        return rescue.expire(session, id)


def lose(id: str, **values: str) -> None:
    change(id, lease_until="clock_timestamp() - interval '1 ms'", **values)


@pytest.fixture
def sent(database: dict[str, str]) -> Iterator[Callable[[str], int]]:
    """Counts the messages that wait in a queue, once all errands have run."""

    def count(queue: str) -> int:
        assert errands.flush()
        return broker.waiting(queue) or 0

    yield count
    errands.flush()


def test_a_submit_rings_and_an_answered_ring_is_not_repeated(
    submitted: Callable[..., str], sent: Callable[[str], int]
) -> None:
    submitted()
    assert sent("code_review") == 1
    assert ring_again() == 0


def test_an_unanswered_ring_is_repeated_with_doubling_pauses(
    submitted: Callable[..., str], stored: Callable[[str], Operation], sent: Callable[[str], int]
) -> None:
    id, pauses = submitted(), []
    for _ in range(8):
        change(id, ring_at="clock_timestamp()")
        assert ring_again() == 1
        with db.transaction() as session:
            pauses.append(session.scalar(select(func.extract("epoch", Operation.ring_at - func.clock_timestamp()))))
    assert [round(float(pause)) for pause in pauses] == [5, 10, 20, 40, 80, 160, 300, 300]
    assert stored(id).rings == 8
    assert sent("code_review") == 9


def test_the_rings_of_empty_queues_are_repeated_at_once(submitted: Callable[..., str]) -> None:
    id, other = submitted(), submitted("testing")
    assert ring_again(queues=["code_review"]) == 0
    for each in (id, other):
        change(each, rung_at="clock_timestamp() - interval '3 s'")
    with db.transaction() as session:
        assert sorted(rescue.waiting_queues(session)) == ["code_review", "testing"]
    assert ring_again(queues=["code_review"]) == 1


def test_what_is_not_due_or_not_pending_is_not_rung(submitted: Callable[..., str], running: Callable[..., str]) -> None:
    change(submitted(), ring_at="now()", run_at="now() + interval '1 h'")
    change(running(), ring_at="now()")
    assert ring_again(queues=["code_review"]) == 0
    with db.transaction() as session:
        assert rescue.waiting_queues(session) == []


def test_two_sweeps_at_once_ring_each_operation_once(
    submitted: Callable[..., str], race: Callable[..., list[Any]]
) -> None:
    with db.transaction() as session:
        catalogue.worker_seen(session, "one@test", capabilities=["code_review"], concurrency=3)
    for _ in range(5):
        change(submitted(), ring_at="clock_timestamp()")
    assert sum(race(ring_again, ring_again)) == 5


def test_a_living_lease_is_left_alone(running: Callable[..., str]) -> None:
    id = running()
    with db.transaction() as session:
        assert rescue.expired(session, 10) == []
    assert expire(id) is None


def test_a_lost_worker_costs_a_try_and_the_last_one_fails(running: Callable[..., str]) -> None:
    id = running()
    lose(id, max_tries="2")
    with db.transaction() as session:
        assert rescue.expired(session, 10) == [id]
    row = expire(id)
    assert row is not None
    assert (row.status, row.tries, row.error) == ("pending", 1, "Worker one@test stopped answering during attempt 1")
    change(id, run_at="now()")
    with db.transaction() as session:
        attempts.claim(session, id, attempt=2, worker="two@test", version="1")
    lose(id)
    row = expire(id)
    assert row is not None
    assert (row.status, row.reason, row.tries) == ("failed", "worker_lost", 2)


def test_an_attempt_past_its_deadline_ends_by_timeout(running: Callable[..., str]) -> None:
    id = running(timeout=7)
    lose(id, deadline_at="clock_timestamp()", max_tries="1")
    row = expire(id)
    assert row is not None
    assert (row.status, row.reason, row.error) == ("failed", "timeout", "It ran longer than its limit of 7 s")


def test_a_lost_worker_of_a_cancelled_operation_ends_it_cancelled(running: Callable[..., str]) -> None:
    id = running()
    with db.transaction() as session:
        operations.cancel(session, id)
    lose(id)
    row = expire(id)
    assert row is not None
    assert (row.status, row.reason, row.tries) == ("cancelled", None, 0)


def test_an_operation_expires_once_however_many_sweep(
    running: Callable[..., str], race: Callable[..., list[Any]]
) -> None:
    id = running()
    lose(id)
    assert sum(row is not None for row in race(*[lambda: expire(id)] * 8)) == 1


def test_a_forgotten_lease_expires_at_once(running: Callable[..., str]) -> None:
    id = running()
    with db.transaction() as session:
        assert rescue.held_by(session, "one@test") == [(id, 1)]
        rescue.forget_lease(session, id, 2)
        assert rescue.expired(session, 10) == []
        rescue.forget_lease(session, id, 1)
    assert expire(id) is not None
    with db.transaction() as session:
        assert rescue.held_by(session, "one@test") == []


def test_only_what_waits_is_rung_for_now(running: Callable[..., str]) -> None:
    id = running()
    with db.transaction() as session:
        assert rescue.ring_now(session, id) is None
