"""One operation per Idempotency-Key, however often and by however many at once the same submit is sent."""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from callboard import operations
from callboard.errors import IdempotencyMismatchError, InvalidError
from callboard.models import IdempotencyKey, Operation

LONGEST_KEY = 255


@dataclass(frozen=True)
class Claim:
    """A caller's key for one submit, and the fingerprint of what is submitted."""

    caller: str
    key: str
    fingerprint: str


def claim(caller: str, key: str, project_id: str, body: Mapping[str, Any]) -> Claim:
    """The claim on a submit. Raises InvalidError for a key that is empty or longer than 255 characters."""
    if not 1 <= len(key) <= LONGEST_KEY:
        raise InvalidError(
            f"The Idempotency-Key has {len(key)} characters; it must have 1 to {LONGEST_KEY}", field="Idempotency-Key"
        )
    return Claim(caller, key, fingerprint([project_id, body]))


def fingerprint(asked: object) -> str:
    """The same for the same JSON, however its members are ordered."""
    canonical = json.dumps(asked, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


def once(session: Session, claim: Claim, submit: Callable[[], Operation]) -> tuple[Operation, bool]:
    """The operation of this claim, and whether it was there before; a refused submit stores nothing.

    Racing callers of one key wait here for the first one's commit. Raises IdempotencyMismatchError.
    """
    name = func.hashtextextended(f"{claim.caller}\x1f{claim.key}", 0)
    session.execute(select(func.pg_advisory_xact_lock(name)))
    mine = (IdempotencyKey.caller == claim.caller, IdempotencyKey.key == claim.key)
    earlier = session.scalars(select(IdempotencyKey).where(*mine)).one_or_none()
    if earlier is None:
        operation = submit()
        session.execute(insert(IdempotencyKey).values(**vars(claim), operation_id=operation.id))
        return operation, False
    if earlier.fingerprint != claim.fingerprint:
        raise IdempotencyMismatchError(
            f"The Idempotency-Key {claim.key!r} was used before with another request; use a new key for a new request"
        )
    return operations.get(session, earlier.operation_id), True
