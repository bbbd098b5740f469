"""The keeper: a thread in every worker's parent process that repairs; an advisory lock lets one sweep at a time."""

import logging
import threading
import time
from collections.abc import Callable, Iterable
from functools import partial

from sqlalchemy import text

from callboard import account, attempts, broker, catalogue, rescue, turns
from callboard.capabilities import Capability
from callboard.db import transaction
from callboard.errors import CallboardError
from callboard.settings import current
from worker.canary import Canary
from worker.workspace import remove_leftovers

SWEEP_LOCK = 0x6B656570
BATCH = 200
PRESENCE_SECONDS = 10
TIDY_SECONDS = 600
RECONCILE_LOCK = 0x61636374
RECONCILE_SECONDS = 10
RECONCILE_LONGEST_SECONDS = 0.3
LISTEN_SECONDS = 2

log = logging.getLogger(__name__)


class Keeper:
    """Announces its worker, sweeps, and gives back what a draining worker cannot finish."""

    def __init__(
        self, worker: str, capabilities: Iterable[Capability], *, concurrency: int, sandbox: str | None
    ) -> None:
        self.worker = worker
        self._capabilities = list(capabilities)
        self._facts = {
            "capabilities": sorted(capability.name for capability in self._capabilities),
            "concurrency": concurrency,
            "sandbox": sandbox,
        }
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
        self._draining.set()
        self._wake.set()

    def stop(self) -> None:
        """Ends the keeper and says that its worker is gone."""
        self._stopped.set()
        self._wake.set()
        self._thread.join(5)
        self._safely(self.give_back)
        self._safely(self._leave)

    def _run(self) -> None:
        sweeping = _Turn(self.sweep, current().sweep_seconds)
        turns = [_Turn(self._announce, PRESENCE_SECONDS), sweeping, _Turn(tidy, TIDY_SECONDS)]
        turns.append(_Turn(reconcile, RECONCILE_SECONDS))
        if self._canary is not None:
            turns.append(_Turn(self._listen, min(LISTEN_SECONDS, current().canary_seconds / 4)))
        while not self._stopped.is_set() and not self._draining.is_set():
            woken = self._wake.is_set()
            self._wake.clear()
            for turn in turns:
                if turn.due() or (woken and turn is sweeping):
                    self._safely(turn.take)
            self._wake.wait(max(0.05, min(turn.pause() for turn in turns)))
        if self._draining.is_set():
            self._safely(self._say_draining)
            self._stopped.wait(current().drain_seconds)
            self._safely(self.give_back)

    def sweep(self) -> None:
        """Ends expired leases, rings again and calls from the lines, unless another keeper does so right now."""
        with transaction() as session:
            if not session.scalar(text("SELECT pg_try_advisory_xact_lock(:key)"), {"key": SWEEP_LOCK}):
                return
            expired = rescue.expired(session, BATCH)
            queues = rescue.waiting_queues(session)
            lines = turns.occupied(session)
        for id in expired:
            self._safely(partial(_expire, id))
        empty = [queue for queue in queues if broker.waiting(queue) == 0]
        with transaction() as session:
            rung = rescue.ring_again(session, limit=BATCH, queues=empty)
        called = 0
        for line in lines:
            with transaction() as session:
                called += rescue.call(session, line, limit=BATCH)
        if expired or rung or called:
            log.info("swept: %d expired leases, %d rung again, %d called", len(expired), rung, called)

    def give_back(self) -> None:
        """Puts what this worker still runs back to pending, at no cost of a try."""
        with transaction() as session:
            running = rescue.held_by(session, self.worker)
        for id, attempt in running:
            self._safely(partial(_release, id, attempt))

    def _announce(self) -> None:
        answers = all(broker.waiting(capability.queue) is not None for capability in self._capabilities[:1])
        with transaction() as session:
            catalogue.offer(session, self._capabilities)
            deaf = self._canary is not None and self._canary.deaf
            catalogue.worker_seen(session, self.worker, deaf=deaf, broker_answers=answers, **self._facts)

    def _listen(self) -> None:
        assert self._canary is not None, "watch() comes first"
        known = self._canary.deaf
        self._canary.look()
        if self._canary.deaf != known:
            self._announce()

    def _say_draining(self) -> None:
        with transaction() as session:
            catalogue.worker_status(session, self.worker, "draining")

    def _leave(self) -> None:
        with transaction() as session:
            catalogue.worker_status(session, self.worker, "offline")

    def _safely(self, work: Callable[[], None]) -> None:
        try:
            work()
        except CallboardError as error:
            log.warning("the keeper tries again: %s", error)
        except Exception:  # work may fail in any way its libraries like; the thread must live
            log.exception("the keeper tries again")


def _expire(id: str) -> None:
    with transaction() as session:
        rescue.expire(session, id)


def _release(id: str, attempt: int) -> None:
    with transaction() as session:
        attempts.release(session, id, attempt)


def tidy() -> None:
    """Gives up what no worker has taken for long, and forgets, batch by batch, what is past its keeping."""
    settings = current()
    with transaction() as session:
        stale = rescue.stale(session, days=settings.wait_days, limit=BATCH)
    for id in stale:
        with transaction() as session:
            rescue.give_up(session, id, days=settings.wait_days)
    remove_leftovers(settings)
    deleted = BATCH
    while deleted >= BATCH:
        with transaction() as session:
            deleted = rescue.forget_old(session, operation_days=settings.retention_days, event_days=settings.event_days)


def reconcile() -> None:
    """Compares, project by project, what the records say, unless another keeper does so right now."""
    with transaction() as session:
        queues = catalogue.queues(session)
    rings = [ring for queue in queues for ring in broker.peek(queue, limit=BATCH)]
    end = time.monotonic() + RECONCILE_LONGEST_SECONDS
    done = set[str]()
    while time.monotonic() < end:
        with transaction() as session:
            if not session.scalar(text("SELECT pg_try_advisory_xact_lock(:key)"), {"key": RECONCILE_LOCK}):
                return
            project_id = account.reconcile_next(session, rings)
        if project_id is None or project_id in done:
            return
        done.add(project_id)


class _Turn:
    """Work that comes round every so many seconds."""

    def __init__(self, work: Callable[[], None], every: float) -> None:
        self.work = work
        self.every = every
        self._next = 0.0

    def due(self) -> bool:
        return time.monotonic() >= self._next

    def pause(self) -> float:
        return self._next - time.monotonic()

    def take(self) -> None:
        self._next = time.monotonic() + self.every
        self.work()
