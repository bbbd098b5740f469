"""What `callboard doctor` says of the account and the records, and what it mends in them."""

import time
from collections.abc import Iterator, Sequence

from callboard import account, broker, catalogue, contradictions, db
from callboard.contradictions import HARMLESS, MENDABLE, Contradiction, Kind
from callboard.errors import CallboardError

_LONGEST_SECONDS = 10
_TOLD = 5
_PEEKED = 200


def balance() -> str:
    """The account over all projects in a sentence. Raises CallboardError where something is lost or doubled."""
    with db.transaction() as session:
        balances = account.balances(session)
    wrong = [item for item in balances if item.lost or item.doubled]
    if wrong:
        told = "; ".join(f"{item.project_id} lost {item.lost} and doubled {item.doubled}" for item in wrong[:_TOLD])
        raise CallboardError(f"rows were added or taken away by hand: {told}; compare with a backup")
    counted = account.by_status(balances)
    ended = sum(item.ended for item in balances)
    sums = f"pending {counted['pending']} + running {counted['running']} + ended {ended}"
    return f"accepted {sum(item.accepted for item in balances)} = {sums}, lost 0, doubled 0"


def records() -> str:
    """That the records agree, in a sentence. Raises CallboardError naming what does not."""
    found, seen = _contradictions()
    wrong = [item for item in found if item.kind not in HARMLESS]
    if wrong:
        more = f"; and {len(wrong) - _TOLD} more" if len(wrong) > _TOLD else ""
        way_out = "`callboard doctor --fix` mends it" if _mendable(wrong) else "compare with a backup"
        raise CallboardError(f"{'; '.join(item.told for item in wrong[:_TOLD])}{more}; {way_out}")
    passing = f"; {len(found)} messages on the broker ring for nothing, workers will drop them" if found else ""
    return f"windows, events and {seen} rows agree{passing}"


def mend() -> list[str]:
    """Mends what the table itself can mend and answers what was done, in sentences."""
    return mend_these(_contradictions()[0])


def mend_these(found: Sequence[Contradiction]) -> list[str]:
    """The same for these, each in a transaction of its own."""
    return [told for item in _mendable(found) if (told := _mended(item))]


def _mended(item: Contradiction) -> str | None:
    with db.transaction() as session:
        return account.mend(session, item)


def _mendable(found: Sequence[Contradiction]) -> list[Contradiction]:
    # Where a record was altered, its project's window may be the last that tells what it said.
    altered = {item.project_id for item in found if item.kind is Kind.RECORD_ALTERED}
    last = [item for item in found if item.kind is Kind.WINDOW_DIFFERS and item.project_id in altered]
    return [item for item in found if item.kind in MENDABLE and item not in last]


def _contradictions() -> tuple[list[Contradiction], str]:
    """All of them, and how many rows were looked at: every one, or the newest ones where time ran out."""
    with db.transaction() as session:
        projects = [item.project_id for item in account.balances(session)]
        found = contradictions.overdue(session)
        queues = catalogue.queues(session)
    rings = broker.peek(queues, limit=_PEEKED)
    end = time.monotonic() + _LONGEST_SECONDS
    whole = True
    for project_id in projects:
        for page in _pages(project_id, rings):
            found += [item for item in page if item not in found]
            if time.monotonic() > end:
                whole = False
                break
    return found, "all" if whole else "the newest"


def _pages(project_id: str, rings: contradictions.Rings) -> Iterator[list[Contradiction]]:
    before = None
    with db.transaction() as session:
        also = account.suspects(session, project_id)
    while True:
        with db.transaction() as session:
            found, before = contradictions.reconcile(session, project_id, before=before, also=also, rings=rings)
        yield found
        also = []
        if before is None:
            return
