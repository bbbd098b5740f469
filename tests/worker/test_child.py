"""A process of the pool leaves when it is told to."""

import time
from types import SimpleNamespace
from typing import Any, cast

import pytest
from billiard import pool
from celery import signals

from callboard.broker import app
from worker import child


def test_a_process_does_not_wait_long_for_messages_that_its_parent_never_reads(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    limit = pool.GUARANTEE_MESSAGE_CONSUMPTION_RETRY_LIMIT
    monkeypatch.setattr(pool, "GUARANTEE_MESSAGE_CONSUMPTION_RETRY_LIMIT", limit)
    unread = SimpleNamespace(on_ready_counter=SimpleNamespace(value=0))

    signals.worker_process_init.send(sender="worker@here")

    began = time.monotonic()
    assert not cast("Any", pool.Worker)._ensure_messages_consumed(unread, 1)
    assert child.UNREAD_SECONDS <= time.monotonic() - began < 10


@pytest.mark.usefixtures("servers")
def test_a_process_of_the_pool_loads_what_it_does_itself() -> None:
    assert {"worker.tasks", child.__name__} <= set(app.conf.imports)
