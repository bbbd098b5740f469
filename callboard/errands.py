"""Runs what may fail after a commit on one thread of its own, so that no request ever waits for Redis."""

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

    def __init__(self, capacity: int = CAPACITY) -> None:
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
            self._drop("the queue of errands is full")

    def flush(self, seconds: float = 5.0) -> bool:
        """Waits until all that was added before has run; False when the time ran out."""
        done = threading.Event()
        self.add(done.set)
        return done.wait(seconds)

    def _ensure_thread(self) -> None:
        with self._start:
            if self._thread is None:
                self._thread = threading.Thread(target=self._drain, name="errands", daemon=True)
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
        log.warning("errand dropped", extra={"why": why})


errands = Errands()
