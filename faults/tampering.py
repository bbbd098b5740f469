"""`python -m faults.tampering`: edits stored records by chance, undoing each, and sees that the account tells of it."""

import random
import sys
from collections import Counter

from sqlalchemy import select
from sqlalchemy.exc import DataError, IntegrityError
from sqlalchemy.orm import Session

from callboard import db
from callboard.contradictions import Contradiction, reconcile
from callboard.models import Project
from faults.edits import EDITS, Edit
from faults.registry import BrokenPromiseError


def tamper(session: Session, chance: random.Random, count: int) -> Counter[str]:
    """Makes so many edits, each rolled back before the next, and answers how many of each sort.

    Raises BrokenPromiseError where the account does not name one, or names what nobody has touched.
    """
    if early := _contradictions(session):
        raise BrokenPromiseError(f"before any edit it is told that {early[0].told}")
    done: Counter[str] = Counter()
    while done.total() < count:
        savepoint = session.begin_nested()
        try:
            (make,) = chance.choices(list(EDITS), list(EDITS.values()))
            edit = make(session, chance)
        except (IntegrityError, DataError):  # what the database itself refuses is no edit
            savepoint.rollback()
            continue
        _require_told(edit, _contradictions(session))
        savepoint.rollback()
        done[edit.done] += 1
    return done


def _contradictions(session: Session) -> list[Contradiction]:
    """All that the account tells of every row, page by page, as `callboard doctor` asks for it."""
    found: list[Contradiction] = []
    for project_id in session.scalars(select(Project.id)).all():
        page, before = reconcile(session, project_id)
        found += page
        while before:
            page, before = reconcile(session, project_id, before=before)
            found += page
    return found


def _require_told(edit: Edit, found: list[Contradiction]) -> None:
    missing = edit.expected - {(item.kind, item.operation_id or item.project_id) for item in found}
    if missing:
        raise BrokenPromiseError(f"{edit.done}: {', '.join(sorted(name for _, name in missing))} was not named")
    touched = {None, *(name for _, name in edit.expected)}
    alarms = [item.told for item in found if item.project_id != edit.project_id or item.operation_id not in touched]
    if alarms:
        raise BrokenPromiseError(f"{edit.done}: of another one it is told that {alarms[0]}")


def main(seed: str, count: str) -> str:
    """Tampers with the database of the environment and answers in a sentence what was done and named."""
    with db.transaction() as session:
        done = tamper(session, random.Random(seed), int(count))
    return ", ".join(f"{times} {what}" for what, times in done.most_common())


if __name__ == "__main__":
    sys.stdout.write(main(*sys.argv[1:]))
