"""A process of the pool: what it does as one, beside the tasks."""

from typing import Any

from billiard import pool
from celery import signals

UNREAD_SECONDS = 2


@signals.worker_process_init.connect
def leave_soon(**_: Any) -> None:
    """Bounds how long this process, told to go, waits until its parent has read its last messages.

    A parent that stops may never do so, and billiard waits for 30 s; what an attempt did is in PostgreSQL by then.
    """
    tries = round(UNREAD_SECONDS / pool.GUARANTEE_MESSAGE_CONSUMPTION_RETRY_INTERVAL)
    pool.GUARANTEE_MESSAGE_CONSUMPTION_RETRY_LIMIT = tries
