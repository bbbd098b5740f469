"""The keeper: announces its worker, sweeps, and gives back."""

import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import redis
from sqlalchemy import func, select, text, update
from sqlalchemy.orm import Session

from callboard import account, catalogue, db, errands, rescue
from callboard.contradictions import Kind
from callboard.models import Operation, ProjectHead, Reconciliation
from callboard.settings import current
from faults.proxy import Proxy
from tests.e2e.stage import until
from worker.canary import Canary
from worker.keeper import RECONCILE_LOCK, SWEEP_LOCK, Keeper, reconcile, tidy


@pytest.fixture
def keeper(core: Any) -> Keeper:
    return Keeper("one@test", core.capabilities.values(), concurrency=2, sandbox="bubblewrap")


@pytest.fixture
def quick(servers: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("CALLBOARD_SWEEP_SECONDS", "0.05")
    monkeypatch.setenv("CALLBOARD_DRAIN_SECONDS", "0")
    current.cache_clear()
    yield
    monkeypatch.undo()
    current.cache_clear()


def change(id: str, **values: Any) -> None:
    with db.transaction() as session:
        session.execute(update(Operation).where(Operation.id == id).values(values))


def worker_status(name: str = "one@test") -> str | None:
    with db.transaction() as session:
        return {worker.name: worker.status for worker in catalogue.workers(session, alive=False)}.get(name)


def test_a_sweep_ends_expired_leases(
    keeper: Keeper, running: Callable[..., str], stored: Callable[[str], Operation]
) -> None:
    id = running()
    change(id, lease_until=func.now())

    keeper.sweep()

    assert (stored(id).status, stored(id).tries) == ("pending", 1)


@pytest.mark.parametrize("work", [Keeper.sweep, lambda keeper: reconcile()])
def test_a_broker_that_does_not_answer_is_asked_once_a_turn(
    keeper: Keeper, submitted: Callable[..., str], broker_proxy: Proxy, work: Callable[[Keeper], None]
) -> None:
    for capability in ("code_review", "testing"):
        change(submitted(capability), rung_at=datetime(2001, 1, 1, tzinfo=UTC))
    errands.flush()
    broker_proxy.trap = b"SELECT"

    work(keeper)

    assert broker_proxy.trapped == 1


def test_a_sweep_rings_for_what_waits(keeper: Keeper, submitted: Callable[..., str], servers: dict[str, str]) -> None:
    id = submitted()
    errands.flush()
    with redis.Redis.from_url(servers["CALLBOARD_BROKER_URL"]) as client:
        client.flushdb()
        change(id, ring_at=func.now())

        keeper.sweep()

        errands.flush()
        assert client.llen("code_review") == 1


def test_one_keeper_sweeps_at_a_time(
    keeper: Keeper, running: Callable[..., str], stored: Callable[[str], Operation]
) -> None:
    id = running()
    change(id, lease_until=func.now())

    with db.transaction() as session:
        session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": SWEEP_LOCK})
        keeper.sweep()
        assert stored(id).status == "running"

    keeper.sweep()
    assert stored(id).status == "pending"


def test_no_other_keeper_sweeps_before_a_sweep_has_ended(
    keeper: Keeper, running: Callable[..., str], behind_a_lock: Callable[..., Any]
) -> None:
    change(running(), lease_until=func.now())
    with db.transaction() as session:
        session.execute(select(ProjectHead).with_for_update())
        alone = select(func.pg_try_advisory_xact_lock(SWEEP_LOCK))

        def look() -> None:
            assert session.scalar(alone) is False
            session.rollback()

        assert behind_a_lock(keeper.sweep, look) is None
        assert session.scalar(alone) is True


def test_a_keeper_that_drains_gives_back_what_its_worker_runs(
    keeper: Keeper, quick: None, running: Callable[..., str], stored: Callable[[str], Operation]
) -> None:
    id = running()
    keeper.start()

    keeper.drain()
    keeper.stop()

    assert (stored(id).status, stored(id).tries) == ("pending", 0)
    assert worker_status() == "offline"


def test_what_another_worker_runs_is_left_alone(
    core: Any, running: Callable[..., str], stored: Callable[[str], Operation]
) -> None:
    id = running()

    Keeper("two@test", core.capabilities.values(), concurrency=1, sandbox=None).give_back()

    assert stored(id).status == "running"


def test_a_started_keeper_announces_its_worker(keeper: Keeper, quick: None, database: dict[str, str]) -> None:
    keeper.start()
    try:
        while worker_status() != "online":
            keeper.wake()
    finally:
        keeper.stop()

    assert worker_status() == "offline"


def fails_by_the_database() -> None:
    with db.transaction() as session:
        session.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))


def fails_by_the_disk() -> None:
    Path("/nowhere").stat()


def fails_by_the_broker() -> None:
    raise redis.ConnectionError


@pytest.mark.parametrize("fail", [fails_by_the_database, fails_by_the_disk, fails_by_the_broker])
def test_a_keeper_outlives_whatever_its_work_raises(
    keeper: Keeper, quick: None, database: dict[str, str], monkeypatch: pytest.MonkeyPatch, fail: Callable[[], None]
) -> None:
    failing, swept_again = iter([fail]), threading.Event()
    monkeypatch.setattr(keeper, "sweep", lambda: next(failing, swept_again.set)())

    keeper.start()
    try:
        assert swept_again.wait(10)
    finally:
        keeper.stop()


def test_an_operation_that_cannot_be_ended_holds_up_no_other(
    keeper: Keeper,
    running: Callable[..., str],
    stored: Callable[[str], Operation],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    first, second = running(), running()
    for id in (first, second):
        change(id, lease_until=func.now())
    expire = rescue.expire

    def refuse_first(session: Session, id: str) -> Operation | None:
        if id == first:
            session.execute(text("SELECT 1 / 0"))
        return expire(session, id)

    monkeypatch.setattr(rescue, "expire", refuse_first)
    keeper.sweep()

    assert (stored(first).status, stored(second).status) == ("running", "pending")


def test_a_keeper_reconciles_and_keeps_what_it_finds(running: Callable[..., str]) -> None:
    id = running()
    change(id, worker=None, timestamp=datetime(2001, 1, 1, tzinfo=UTC))
    errands.flush()

    reconcile()

    with db.transaction() as session:
        found = {kind: count for kind, count in account.findings_by_kind(session).items() if count}
    assert found == {Kind.ROW_DISAGREES: 1, Kind.STRAY_MESSAGE: 1}


def test_one_keeper_reconciles_at_a_time(submitted: Callable[..., str]) -> None:
    submitted()
    with db.transaction() as session:
        session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": RECONCILE_LOCK})
        reconcile()
        assert session.scalar(select(func.count()).select_from(Reconciliation)) == 0


def test_a_keeper_says_that_its_worker_is_deaf(keeper: Keeper, database: dict[str, str]) -> None:
    canary = Canary("one@test", has_free_slot=lambda: True, restart=lambda: None)
    canary.look = lambda: setattr(canary, "deaf", True)  # type: ignore[method-assign]
    keeper.watch(canary)

    keeper.start()
    try:
        until("the worker is told to be deaf", lambda: worker_status() == "deaf", 8)
    finally:
        keeper.stop()


def test_tidying_gives_up_what_no_worker_has_taken_for_long(
    submitted: Callable[..., str], stored: Callable[[str], Operation]
) -> None:
    id = submitted()
    with db.transaction() as session:
        long_ago = text("now() - interval '31 days'")
        session.execute(update(Operation).values(run_at=long_ago, timestamp=long_ago))

    tidy()

    assert (stored(id).status, stored(id).reason) == ("failed", "expired")


def test_tidying_forgets_what_is_past_its_keeping(running: Callable[..., str], database: dict[str, str]) -> None:
    id = running()
    with db.transaction() as session:
        session.execute(
            update(Operation).values(status="cancelled", lease_until=None, finished_at=datetime(2001, 1, 1, tzinfo=UTC))
        )

    tidy()

    with db.transaction() as session:
        assert session.scalar(text("SELECT count(*) FROM operations WHERE id = :id"), {"id": id}) == 0
