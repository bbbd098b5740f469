"""The web application with a failpoint: it dies between a COMMIT and the ring, now and then, as its seed says."""

import os
import random
import signal
from collections.abc import Callable
from typing import Any

from callboard.errands import Errands
from faults.doomed_names import CHANCE, SEED
from web.asgi import app

_chance = random.Random(f"{os.environ.get(SEED, '0')}")
_limit = float(os.environ.get(CHANCE, "0"))
_add = Errands.add


def _die_or_add(errands: Errands, errand: Callable[[], Any]) -> None:
    # What is added here was committed just before, and publishes or rings.
    if _chance.random() < _limit:
        os.kill(os.getpid(), signal.SIGKILL)
    _add(errands, errand)


Errands.add = _die_or_add  # type: ignore[assignment, method-assign]
__all__ = ["app"]
