"""The heartbeat beside a handler: extends the lease, carries progress, and stops the attempt when it must stop."""

import logging
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal, Self
from uuid import UUID

from sqlalchemy.exc import SQLAlchemyError

from callboard import attempts, events
from callboard.attempts import Claim, Pulse
from callboard.db import transaction
from callboard.errands import frames
from callboard.errors import UnavailableError
from callboard.settings import current
from callboard.shapes import ProgressPayload

PROGRESS_SECONDS = 0.5
"""The shortest time between two progress frames of one operation."""
STOP_SECONDS = 1.0
"""How long a handler may take to stop by itself before it is interrupted; doubled each time that it goes on."""

log = logging.getLogger(__name__)
Why = Literal["lost", "cancelled", "overdue"]


class Heart:
    """Beats in a thread of its own while the block runs; `stop` is set, with `why`, when the attempt must end."""

    def __init__(self, claim: Claim) -> None:
        self.id = str(claim.operation.id)
        self.attempt = claim.operation.attempt
        self.project_id = claim.operation.project_id
        self.stop = threading.Event()
        self.why: Why | None = None
        self._done = threading.Event()
        self._lock = threading.Lock()
        self._handling: int | None = None
        self._progress: ProgressPayload | None = None
        self._stored: ProgressPayload | None = None
        self._published = 0.0
        self._thread = threading.Thread(target=self._beat, name=f"heart {self.id}", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *raised: object) -> None:
        self._done.set()
        self._thread.join()

    @contextmanager
    def interruptible(self) -> Iterator[None]:
        """The block in which an attempt that does not stop by itself is ended by SoftTimeLimitExceeded."""
        self._handling = threading.get_ident()
        try:
            yield
        finally:
            with self._lock:
                self._handling = None

    def report(self, done: int, total: int, text: str) -> None:
        """Takes the handler's progress; viewers get it at most twice a second, the table with the next look."""
        self._progress = ProgressPayload(done=done, total=total, text=text[:200], operation_id=UUID(self.id))
        if time.monotonic() - self._published >= PROGRESS_SECONDS or done >= total:
            self._published = time.monotonic()
            payload = self._progress
            frames.add(lambda: events.progress(self.project_id, payload))

    def _beat(self) -> None:
        settings = current()
        extended = time.monotonic()
        while self.why is None and not self._done.wait(settings.cancel_poll_seconds):
            due = time.monotonic() - extended >= settings.heartbeat_seconds or self._progress is not self._stored
            try:
                pulse = self._extend() if due else self._look()
            except (UnavailableError, SQLAlchemyError) as error:
                log.warning("heartbeat missed: %s", error)
                continue
            if due:
                extended = time.monotonic()
            self._obey(pulse)
        patience = STOP_SECONDS
        while not self._done.wait(patience):
            self._interrupt()
            patience *= 2

    def _extend(self) -> Pulse:
        latest = self._progress
        progress = latest.model_dump(include={"done", "total", "text"}) if latest else None
        with transaction() as session:
            pulse = attempts.heartbeat(session, self.id, self.attempt, progress=progress)
        self._stored = latest
        return pulse

    def _look(self) -> Pulse:
        with transaction() as session:
            return attempts.look(session, self.id, self.attempt)

    def _interrupt(self) -> None:
        """Uses Celery's own way to end a task in Python; what waits for ever wakes by the signal."""
        with self._lock:
            if self._handling is not None and callable(signal.getsignal(signal.SIGUSR1)):
                signal.pthread_kill(self._handling, signal.SIGUSR1)

    def _obey(self, pulse: Pulse) -> None:
        if not pulse.current:
            self.why = "lost"
        elif pulse.cancel_requested:
            self.why = "cancelled"
        elif pulse.overdue:
            self.why = "overdue"
        if self.why is not None:
            self.stop.set()
