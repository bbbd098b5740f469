"""The canary: proves that this worker hears by a message through its own queue, pool, CoreIntelligence and database."""

import logging
import time
from collections.abc import Callable
from datetime import datetime
from typing import Any

from celery.worker import state
from kombu import Queue
from kombu.exceptions import OperationalError

from callboard import broker, catalogue
from callboard.db import transaction
from callboard.settings import current

log = logging.getLogger(__name__)


class Canary:
    """Sends one when a slot of the worker has been free for a while, and restarts the consumer that does not answer.

    A worker whose last slot was filled hears, for it was given work; so does one that answers.
    """

    def __init__(self, worker: str, *, has_free_slot: Callable[[], bool], restart: Callable[[], None]) -> None:
        self.worker = worker
        self.deaf = False
        self._has_free_slot, self._restart = has_free_slot, restart
        self._quiet_since: float | None = None
        self._sent: float | None = None
        self._answer: datetime | None = None
        self._unheard = 0

    def look(self) -> None:
        """One turn: sends, hears the answer, or finds the worker deaf. Raises UnavailableError without a database."""
        moment, patience = time.monotonic(), current().canary_seconds
        if not self._has_free_slot():
            if self._quiet_since is not None:
                self._hear(moment)
            self._quiet_since = None
            return
        if self._quiet_since is None:
            self._quiet_since = moment
        if self._sent is None:
            if moment - self._quiet_since >= patience:
                self._send(moment)
        elif self._last_answer() != self._answer:
            self._hear(moment)
        elif moment - self._sent >= patience:
            self._miss(moment)

    def _send(self, moment: float) -> None:
        self._answer = self._last_answer()
        # One that still waits there proves as much as another one would.
        waiting = broker.waiting(broker.canary_queue(self.worker))
        try:
            if waiting == 0:
                broker.send_canary(self.worker)
        except (OperationalError, OSError) as error:
            log.warning("no canary was sent: %s", error)
            waiting = None
        self._sent = moment if waiting is not None else None

    def _hear(self, moment: float) -> None:
        if self.deaf:
            log.warning("the worker hears again")
        self.deaf, self._unheard = False, 0
        self._quiet_since, self._sent = moment, None

    def _miss(self, moment: float) -> None:
        """One canary that the broker lost says nothing of the worker; one that waits there, or a second, does."""
        waiting = broker.waiting(broker.canary_queue(self.worker))
        self._sent = None
        if waiting is None:
            return
        self._unheard += 1
        if not waiting and self._unheard == 1:
            self._send(moment)
            return
        log.error("the worker does not hear: its canary was not answered; its consumer is restarted")
        self.deaf, self._unheard, self._quiet_since = True, 0, moment
        self._restart()
        # The one that waits will be answered; one sent now would be lost with the consumer that ends.
        self._sent = moment if waiting else None

    def _last_answer(self) -> datetime | None:
        with transaction() as session:
            return catalogue.canary_at(session, self.worker)


def has_free_slot(consumer: Any) -> bool:
    """Whether the consumer could take one more message now, asked in the worker's own process."""
    return len(state.reserved_requests) < int(consumer.pool.num_processes)


def listen(queues: Any, worker: str) -> None:
    """Lets a worker consume its canary queue, whatever else it was told to consume."""
    name = broker.canary_queue(worker)
    queues.select_add(Queue(name, routing_key=name))


def restart_consumer(consumer: Any) -> None:
    """Makes the worker connect and consume anew, as after a lost connection; what runs in its pool goes on."""

    def lose() -> None:
        listen(consumer.app.amqp.queues, consumer.hostname)
        raise ConnectionResetError("the worker did not hear its canary")

    # In the loop's own thread, where a lost connection is found and mended.
    consumer.hub.call_soon(lose)
