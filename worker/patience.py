"""Asking PostgreSQL again while it does not answer, for what a fence makes harmless to repeat."""

import logging
import time
from collections.abc import Callable
from typing import TypeVar

from billiard.exceptions import SoftTimeLimitExceeded
from sqlalchemy.orm import Session

from callboard.db import transaction
from callboard.errors import UnavailableError

PAUSES = (0.2, 0.5, 1, 2, 4, 8)
"""Seconds; a lease outlasts them."""

log = logging.getLogger(__name__)
Answer = TypeVar("Answer")


def patiently(verb: Callable[[Session], Answer]) -> Answer:
    """What `verb` answers, in a transaction of its own. Raises UnavailableError when the pauses are over."""
    for pause in PAUSES:
        try:
            with transaction() as session:
                return verb(session)
        except (UnavailableError, SoftTimeLimitExceeded) as error:
            log.warning("the database is asked again in %s s: %s", pause, error)
            time.sleep(pause)
    with transaction() as session:
        return verb(session)
