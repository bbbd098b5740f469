"""A process of the pool leaves when it is told to."""

import time
from types import SimpleNamespace
from typing import Any, cast

import pytest
from billiard import pool

from worker import child


def test_a_process_does_not_wait_long_for_messages_that_its_parent_never_reads(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    limit = pool.GUARANTEE_MESSAGE_CONSUMPTION_RETRY_LIMIT
    monkeypatch.setattr(pool, "GUARANTEE_MESSAGE_CONSUMPTION_RETRY_LIMIT", limit)
    unread = SimpleNamespace(on_ready_counter=SimpleNamespace(value=0))

    child.leave_soon()

    began = time.monotonic()
    assert not cast("Any", pool.Worker)._ensure_messages_consumed(unread, 1)
    assert child.UNREAD_SECONDS <= time.monotonic() - began < 10
