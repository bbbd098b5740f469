"""One operation per Idempotency-Key, however often and by however many at once the same submit is sent."""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

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
    canonical = json.dumps([project_id, body], sort_keys=True, separators=(",", ":"))
    return Claim(caller, key, hashlib.sha256(canonical.encode()).hexdigest())


def once(session: Session, claim: Claim, submit: Callable[[], Operation]) -> tuple[Operation, bool]:
    """The operation of this claim, and whether it was there before; a refused submit stores nothing.

    Racing callers of one key wait here for the first one's commit. Raises IdempotencyMismatchError.
    """
    (operation,), is_replayed = batch_once(session, claim, 1, lambda: [submit()])
    return operation, is_replayed


def batch_once(
    session: Session, claim: Claim, count: int, submit: Callable[[], list[Operation]]
) -> tuple[list[Operation], bool]:
    """The same for a claim on so many operations, which `submit` accepts together; in the order of their submission."""
    name = func.hashtextextended(f"{claim.caller}\x1f{claim.key}", 0)
    session.execute(select(func.pg_advisory_xact_lock(name)))
    # The first bears the key itself; no other key ends like those of the others, for no header holds this character.
    keys = [claim.key, *(f"{claim.key}\x1f{place}" for place in range(1, count))]
    mine = (IdempotencyKey.caller == claim.caller, IdempotencyKey.key.in_(keys))
    earlier = {found.key: found for found in session.scalars(select(IdempotencyKey).where(*mine))}
    if not earlier:
        accepted = submit()
        told = {"caller": claim.caller, "fingerprint": claim.fingerprint}
        rows = [{**told, "key": key, "operation_id": one.id} for key, one in zip(keys, accepted, strict=True)]
        session.execute(insert(IdempotencyKey), rows)
        return accepted, False
    if {found.fingerprint for found in earlier.values()} != {claim.fingerprint} or len(earlier) < count:
        raise IdempotencyMismatchError(
            f"The Idempotency-Key {claim.key!r} was used before with another request; use a new key for a new request"
        )
    ids = [earlier[key].operation_id for key in keys]
    found = {one.id: one for one in session.scalars(select(Operation).where(Operation.id.in_(ids)))}
    return [found[id] for id in ids], True
