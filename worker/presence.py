"""The presence: tells in the table of workers, from a thread of its own, that a worker lives, drains or is gone."""

import threading
from collections.abc import Iterable
from functools import partial

from callboard import catalogue
from callboard.capabilities import Capability
from callboard.db import transaction
from worker.rounds import safely

PRESENCE_SECONDS = 10


class Presence:
    """Asks nothing but the database, so that no long sweep and no frozen broker makes a worker that lives look gone."""

    def __init__(
        self, worker: str, capabilities: Iterable[Capability], *, concurrency: int, sandbox: str | None
    ) -> None:
        self.worker = worker
        self._capabilities = list(capabilities)
        self._concurrency, self._sandbox = concurrency, sandbox
        self._found = {"deaf": False, "broker_answers": True}
        self._starts = True
        self._beat = threading.Event()
        self._draining, self._left = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._run, name="presence", daemon=True)

    def start(self) -> None:
        """Tells that the worker lives before it returns, and every 10 s from then on."""
        safely(self.announce)
        self._thread.start()

    def note(self, **found: bool) -> None:
        """Tells at once what is new of `deaf` and `broker_answers`."""
        if self._found | found != self._found:
            self._found |= found
            self._beat.set()

    def drain(self) -> None:
        """Tells from now on that the worker drains; safe in a signal handler."""
        self._draining.set()
        self._beat.set()

    def leave(self) -> None:
        """Tells that the worker is gone."""
        self._left.set()
        self._beat.set()
        if self._thread.is_alive():
            self._thread.join(5)
        safely(partial(self._say, "offline"))

    def announce(self) -> None:
        """Tells that the worker lives, and renews what it offers."""
        with transaction() as session:
            catalogue.offer(session, self._capabilities)
            catalogue.worker_seen(
                session,
                self.worker,
                capabilities=sorted(capability.name for capability in self._capabilities),
                concurrency=self._concurrency,
                sandbox=self._sandbox,
                starts=self._starts,
                **self._found,
            )
        self._starts = False

    def _run(self) -> None:
        self._await_beat()
        while not self._left.is_set():
            safely(partial(self._say, "draining") if self._draining.is_set() else self.announce)
            self._await_beat()

    def _await_beat(self) -> None:
        self._beat.wait(PRESENCE_SECONDS)
        self._beat.clear()

    def _say(self, status: str) -> None:
        with transaction() as session:
            catalogue.worker_status(session, self.worker, status)
