"""Work that comes round again and again, whatever it raises."""

import logging
import time
from collections.abc import Callable

from callboard.errors import CallboardError

log = logging.getLogger(__name__)


def safely(work: Callable[[], object]) -> None:
    """Does the work; what it raises is logged, for the thread that does it must live."""
    try:
        work()
    except CallboardError as error:
        log.warning("the keeper tries again: %s", error)
    except Exception:  # work may fail in any way its libraries like
        log.exception("the keeper tries again")


class Round:
    """Work that is due every so many seconds."""

    def __init__(self, work: Callable[[], object], every: float) -> None:
        self.work = work
        self.every = every
        self._next = 0.0

    def pause(self) -> float:
        """The seconds until it is due; none or fewer when it is."""
        return self._next - time.monotonic()

    def hasten(self) -> None:
        """Makes it due now."""
        self._next = 0.0

    def take(self) -> None:
        """Does the work, safely."""
        self._next = time.monotonic() + self.every
        safely(self.work)
