"""The keeper: a thread in every worker's parent process that repairs; an advisory lock lets one sweep at a time."""

import logging
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import partial

from sqlalchemy import func, select

from callboard import account, attempts, broker, catalogue, rescue, retention, turns
from callboard.capabilities import Capability
from callboard.db import after_commit, transaction
from callboard.settings import current
from worker.canary import Canary
from worker.environment import remove_unused
from worker.presence import Presence
from worker.rounds import Round, safely
from worker.workspace import remove_leftovers

SWEEP_LOCK = 0x6B656570
BATCH = 200
ASK_SECONDS = 10
TIDY_SECONDS = 600
RECONCILE_LOCK = 0x61636374
RECONCILE_SECONDS = 10
RECONCILE_LONGEST_SECONDS = 0.3
LISTEN_SECONDS = 2

log = logging.getLogger(__name__)


class Keeper:
    """Lets its worker be seen, sweeps, and gives back what a draining worker cannot finish."""

    def __init__(
        self, worker: str, capabilities: Iterable[Capability], *, concurrency: int, sandbox: str | None
    ) -> None:
        self.worker = worker
        offered = list(capabilities)
        self._presence = Presence(worker, offered, concurrency=concurrency, sandbox=sandbox)
        self._queue = next((capability.queue for capability in offered), None)
        self._canary: Canary | None = None
        self._wake = threading.Event()
        self._draining = threading.Event()
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="keeper", daemon=True)

    def watch(self, canary: Canary) -> None:
        """Lets a canary prove that the worker hears; before `start`."""
        self._canary = canary

    def start(self) -> None:
        """Begins to keep."""
        self._thread.start()

    def wake(self) -> None:
        """Sweeps now instead of at the next turn."""
        self._wake.set()

    def drain(self) -> None:
        """Begins to give back; safe in a signal handler."""
        self._presence.drain()
        self._draining.set()
        self._wake.set()

    def stop(self) -> None:
        """Ends the keeper and says that its worker is gone."""
        self._stopped.set()
        self._wake.set()
        self._thread.join(5)
        safely(self.give_back)
        self._presence.leave()

    def _run(self) -> None:
        self._presence.start()  # before the first sweep, which counts the slots of those who live
        sweeping = Round(self.sweep, current().sweep_seconds)
        rounds = [sweeping, Round(self._ask_broker, ASK_SECONDS), Round(reconcile, RECONCILE_SECONDS)]
        rounds.append(Round(tidy, TIDY_SECONDS))
        if self._canary is not None:
            rounds.append(Round(self._listen, min(LISTEN_SECONDS, current().canary_seconds / 4)))
        while not self._stopped.is_set() and not self._draining.is_set():
            for each in rounds:
                if each.pause() <= 0:
                    each.take()
            if self._wake.wait(max(0.05, min(each.pause() for each in rounds))):
                self._wake.clear()
                sweeping.hasten()
        if self._draining.is_set():
            self._stopped.wait(current().drain_seconds)
            safely(self.give_back)

    def sweep(self) -> None:
        """Ends expired leases, rings again and calls from the lines, unless another keeper does so right now."""
        with _alone(SWEEP_LOCK) as alone:
            if alone:
                _sweep(self.worker)

    def give_back(self) -> None:
        """Puts what this worker still runs back to pending, at no cost of a try."""
        with transaction() as session:
            running = rescue.held_by(session, self.worker)
        for id, attempt in running:
            safely(partial(_release, id, attempt))

    def _ask_broker(self) -> None:
        if self._queue is not None:
            self._presence.note(broker_answers=broker.waiting(self._queue) is not None)

    def _listen(self) -> None:
        assert self._canary is not None, "watch() comes first"
        self._canary.look()
        self._presence.note(deaf=self._canary.deaf)


@contextmanager
def _alone(lock: int) -> Iterator[bool]:
    """Whether no other keeper does this right now.

    A transaction holds the lock, and does nothing else: the server ends one that is frozen, or takes longer than 8 s.
    """
    with transaction() as session:
        yield bool(session.scalar(select(func.pg_try_advisory_xact_lock(lock))))


def _sweep(worker: str) -> None:
    with transaction() as session:
        expired = rescue.expired(session, BATCH)
        queues = rescue.waiting_queues(session)
        lines = turns.occupied(session)
    for id in expired:
        safely(partial(_expire, id, worker))
    empty = broker.empty(queues)
    with transaction() as session:
        rung = rescue.ring_again(session, limit=BATCH, queues=empty)
    called = 0
    for line in lines:
        with transaction() as session:
            called += rescue.call(session, line, limit=BATCH)
    if expired or rung or called:
        log.info("swept: %d expired leases, %d rung again, %d called", len(expired), rung, called)


def _expire(id: str, worker: str) -> None:
    with transaction() as session:
        row = rescue.expire(session, id)
        if row is not None:
            tell = partial(broker.tell_end, worker, id, row.attempt, status=row.status, error=row.error)
            after_commit(session, tell)


def _release(id: str, attempt: int) -> None:
    with transaction() as session:
        attempts.release(session, id, attempt)


def tidy() -> None:
    """Gives up what no worker has taken for long, and forgets, batch by batch, what is past its keeping."""
    settings = current()
    with transaction() as session:
        stale = retention.stale(session, days=settings.wait_days, limit=BATCH)
    for id in stale:
        with transaction() as session:
            retention.give_up(session, id, days=settings.wait_days)
    remove_leftovers(settings)
    remove_unused(settings)
    kept = {"operation_days": settings.retention_days, "event_days": settings.event_days}
    deleted = BATCH
    while deleted >= BATCH:
        with transaction() as session:
            deleted = retention.forget_old(session, **kept, limit=BATCH)


def reconcile() -> None:
    """Compares, project by project, what the records say, unless another keeper does so right now."""
    with _alone(RECONCILE_LOCK) as alone:
        if alone:
            _reconcile()


def _reconcile() -> None:
    with transaction() as session:
        queues = catalogue.queues(session)
    rings = broker.peek(queues, limit=BATCH)
    end = time.monotonic() + RECONCILE_LONGEST_SECONDS
    done = set[str]()
    while time.monotonic() < end:
        with transaction() as session:
            project_id = account.reconcile_next(session, rings)
        if project_id is None or project_id in done:
            return
        done.add(project_id)
