"""The canary's turns, on a real broker and database; a worker that truly goes deaf is in tests/e2e."""

import threading
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from celery.app.amqp import Queues
from kombu.asynchronous import Hub

from callboard import broker, catalogue, db
from callboard.settings import current
from tests.e2e.stage import until
from worker import canary as canaries
from worker.canary import Canary

NAME = "one@test"


@pytest.fixture
def worker(database: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Iterator[SimpleNamespace]:
    """A worker that has a free slot and was seen, and a canary with a patience of 50 ms."""
    monkeypatch.setenv("CALLBOARD_CANARY_SECONDS", "0.05")
    current.cache_clear()
    with db.transaction() as session:
        catalogue.worker_seen(session, NAME, capabilities=[], concurrency=1, sandbox=None)
    worker = SimpleNamespace(free=True, restarts=0)

    def restart() -> None:
        worker.restarts += 1

    worker.canary = Canary(NAME, has_free_slot=lambda: worker.free, restart=restart)
    yield worker
    monkeypatch.undo()
    current.cache_clear()


def waiting() -> int:
    return broker.waiting(broker.canary_queue(NAME)) or 0


def look_until(worker: SimpleNamespace, what: Callable[[], Any]) -> None:
    def look() -> Any:
        worker.canary.look()
        return what()

    until("what the canary looks for", look, 5)


def sing() -> None:
    with db.transaction() as session:
        catalogue.canary_answered(session, NAME)
    drop()


def drop() -> None:
    with broker.app.connection_for_write() as connection:
        connection.default_channel.queue_purge(broker.canary_queue(NAME))


def test_one_canary_is_sent_once_a_slot_was_free_for_a_while(worker: SimpleNamespace) -> None:
    worker.canary.look()
    assert waiting() == 0

    look_until(worker, waiting)
    assert waiting() == 1


def test_a_full_worker_gets_none(worker: SimpleNamespace) -> None:
    worker.free = False
    worker.canary.look()
    threading.Event().wait(0.1)
    worker.canary.look()

    assert waiting() == 0


def test_an_answered_canary_says_that_the_worker_hears(worker: SimpleNamespace) -> None:
    look_until(worker, waiting)
    sing()
    look_until(worker, waiting)

    assert (worker.canary.deaf, worker.restarts) == (False, 0)


def test_an_unanswered_one_that_still_waits_makes_the_worker_deaf_until_it_answers(worker: SimpleNamespace) -> None:
    look_until(worker, lambda: worker.canary.deaf)
    assert (worker.restarts, waiting()) == (1, 1)

    sing()
    look_until(worker, lambda: not worker.canary.deaf)


def test_one_that_the_broker_lost_is_sent_again_before_anything_is_said(worker: SimpleNamespace) -> None:
    look_until(worker, waiting)
    drop()
    look_until(worker, waiting)
    assert not worker.canary.deaf

    drop()
    look_until(worker, lambda: worker.canary.deaf)


def test_a_consumer_that_is_being_restarted_is_sent_none_that_it_would_lose(worker: SimpleNamespace) -> None:
    look_until(worker, lambda: drop() or worker.canary.deaf)
    assert (worker.restarts, waiting()) == (1, 0)

    look_until(worker, waiting)
    assert worker.restarts == 1


def test_a_restarted_consumer_is_not_restarted_again_for_one_that_the_broker_lost(worker: SimpleNamespace) -> None:
    look_until(worker, lambda: worker.canary.deaf)
    drop()
    look_until(worker, waiting)

    assert worker.restarts == 1


def test_a_worker_whose_last_slot_was_filled_hears(worker: SimpleNamespace) -> None:
    look_until(worker, lambda: worker.canary.deaf)
    worker.free = False
    worker.canary.look()

    assert not worker.canary.deaf


def test_a_broker_that_is_away_says_nothing_of_the_worker(
    worker: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    look_until(worker, waiting)
    monkeypatch.setattr(broker.app.conf, "broker_url", "redis://127.0.0.1:1/0")
    threading.Event().wait(0.1)
    for _ in range(3):
        worker.canary.look()
        threading.Event().wait(0.06)

    assert (worker.canary.deaf, worker.restarts) == (False, 0)


def test_a_restart_is_a_lost_connection_in_the_loop_that_listens_again() -> None:
    queues = Queues({})
    queues.select(["other"])
    hub = Hub()
    app = SimpleNamespace(amqp=SimpleNamespace(queues=queues))
    canaries.restart_consumer(SimpleNamespace(hub=hub, app=app, hostname=NAME))

    with pytest.raises(ConnectionResetError, match="did not hear"):
        next(hub.create_loop())
    assert set(queues.consume_from) == {"other", "canary.one@test"}
    hub.close()
