"""Runs what may fail after a commit on threads of its own, so that no request ever waits for Redis."""

import atexit
import logging
import queue
import threading
from collections.abc import Callable

log = logging.getLogger(__name__)

CAPACITY = 10_000


class Errands:
    """A bounded queue that one thread drains in order; what does not fit or fails is dropped and logged.

    Dropping is safe: the keeper rings again, and viewers read what they missed from the table.
    """

    def __init__(self, name: str = "errands", *, capacity: int = CAPACITY) -> None:
        self.name = name
        self._queue: queue.Queue[Callable[[], object]] = queue.Queue(capacity)
        self._start = threading.Lock()
        self._thread: threading.Thread | None = None
        self.dropped = 0

    def add(self, errand: Callable[[], object]) -> None:
        """Takes the errand without waiting."""
        self._ensure_thread()
        try:
            self._queue.put_nowait(errand)
        except queue.Full:
            self._drop(f"{self._queue.maxsize} wait already")

    def flush(self, seconds: float = 5.0) -> bool:
        """Waits until all that was added before has run; False when the time ran out."""
        done = threading.Event()
        self.add(done.set)
        return done.wait(seconds)

    def _ensure_thread(self) -> None:
        with self._start:
            if self._thread is None:
                self._thread = threading.Thread(target=self._drain, name=self.name, daemon=True)
                self._thread.start()
                atexit.register(self.flush, 1.0)

    def _drain(self) -> None:
        while True:
            errand = self._queue.get()
            try:
                errand()
            except Exception as error:  # an errand may fail in any way its library likes; the thread must live
                self._drop(f"{type(error).__name__}: {error}")

    def _drop(self, why: str) -> None:
        self.dropped += 1
        log.warning("one of the %s was dropped: %s", self.name, why)


rings, frames = Errands("rings"), Errands("frames")
"""Apart, since a frozen Redis of the frames must not delay what rings on the broker."""


def flush(seconds: float = 5.0) -> bool:
    """Waits until all rings and frames that were added before are sent or dropped; False when the time ran out."""
    return rings.flush(seconds) and frames.flush(seconds)


def dropped() -> int:
    """How many rings and frames this process dropped."""
    return rings.dropped + frames.dropped
