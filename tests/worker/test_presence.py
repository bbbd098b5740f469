"""The presence: what the table of workers says while a worker lives, and whatever its keeper waits for."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import select

from callboard import db
from callboard.models import Worker
from faults.proxy import Proxy
from tests.e2e.stage import until
from worker import presence
from worker.keeper import Keeper
from worker.presence import Presence

SOON = 4
"""Less than the 5 s that one question to a frozen broker takes."""


def told() -> Worker:
    with db.transaction() as session:
        return session.scalars(select(Worker)).one()


def await_beat() -> None:
    before = told().seen_at
    until("the worker is seen", lambda: told().seen_at > before, SOON)


@pytest.fixture
def keeper(core: Any, database: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Iterator[Keeper]:
    monkeypatch.setattr(presence, "PRESENCE_SECONDS", 0.1)
    keeper = Keeper("one@test", core.capabilities.values(), concurrency=2, sandbox=None)
    yield keeper
    keeper.stop()


def test_a_worker_is_seen_while_its_broker_is_frozen(keeper: Keeper, broker_proxy: Proxy) -> None:
    keeper._presence.announce()
    broker_proxy.held = True
    keeper.start()

    await_beat()
    await_beat()
    until("the broker is told not to answer", lambda: told().broker_lost_at, 10)
    broker_proxy.held = False


def test_a_worker_that_starts_anew_tells_so_once(core: Any, database: dict[str, str]) -> None:
    def started(worker: Presence) -> datetime:
        worker.announce()
        return told().started_at

    first, again = (Presence("one@test", core.capabilities.values(), concurrency=2, sandbox=None) for _ in range(2))
    before = started(first)
    assert started(first) == before
    assert started(again) > before


def test_a_worker_that_drains_is_seen_until_it_leaves(
    core: Any, database: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(presence, "PRESENCE_SECONDS", 0.1)
    leaving = Presence("one@test", core.capabilities.values(), concurrency=2, sandbox=None)
    leaving.start()
    leaving.drain()
    until("the worker drains", lambda: told().status == "draining", SOON)
    await_beat()
    assert told().status == "draining"

    leaving.leave()
    assert told().status == "offline"
