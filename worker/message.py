"""A message from the broker, and the claim of the attempt that it rings for."""

import logging
import time
from dataclasses import dataclass

from sqlalchemy.orm import Session

from callboard import attempts
from callboard.attempts import Claim
from callboard.db import transaction
from callboard.errors import HeldBackError, UnavailableError
from callboard.models import Operation
from worker.patience import patiently

ON_THE_WAY_SECONDS = 5
"""How long a question may be on its way to PostgreSQL, whose clock alone is compared."""

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Message:
    """What a message asks for: this attempt at this operation, by this worker."""

    operation_id: str
    attempt: int
    task: str
    worker: str


def take(message: Message, version: str) -> Claim | None:
    """Claims the attempt with this version of its capability; None where it is not to be had, or is held back.

    A claim whose answer is lost is given back, which else would wait for its lease to run out.
    """
    asked = time.monotonic()
    try:
        return _claim_or_hold_back(message, version)
    except UnavailableError as error:
        log.warning("the claim of operation %s has no answer: %s", message.operation_id, error)
    try:
        patiently(lambda session: _disclaim(session, message, asked))
    except UnavailableError as error:
        log.warning("operation %s is left to the keeper: %s", message.operation_id, error)
    return None


def _claim_or_hold_back(message: Message, version: str) -> Claim | None:
    id, attempt, worker = message.operation_id, message.attempt, message.worker
    try:
        with transaction() as session:
            return attempts.claim(session, id, attempt=attempt, task=message.task, worker=worker, version=version)
    except HeldBackError as refused:
        log.info("operation %s: %s", id, refused)
        with transaction() as session:
            attempts.hold_back(session, id, attempt=attempt, line=refused.line)
        return None


def _disclaim(session: Session, message: Message, asked: float) -> Operation | None:
    within = time.monotonic() - asked + ON_THE_WAY_SECONDS
    return attempts.disclaim(session, message.operation_id, message.attempt, worker=message.worker, within=within)
