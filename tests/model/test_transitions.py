"""Every pair of statuses, tried on PostgreSQL: transition.change goes the ways of the lifecycle and no other."""

from collections.abc import Callable
from itertools import product
from typing import Any

import pytest
from sqlalchemy import func, select, update

from callboard import db, operations, transition
from callboard.db import now, seconds
from callboard.lifecycle import TERMINAL, TRANSITIONS, Reason, Status
from callboard.models import Operation, ProjectHead


def belonging(status: Status) -> dict[str, Any]:
    """The columns that the table's constraints tie to a status."""
    return {
        "finished_at": now() if status in TERMINAL else None,
        "lease_until": now() + seconds(30) if status == Status.RUNNING else None,
        "reason": Reason.ERROR if status == Status.FAILED else None,
    }


@pytest.mark.parametrize(("old", "new"), [*product(Status, Status)])
def test_a_status_changes_only_by_a_way_of_the_lifecycle(submitted: Callable[..., str], old: str, new: str) -> None:
    id = submitted()
    before, after = Status(old), Status(new)
    with db.transaction() as session:
        session.execute(update(Operation).where(transition.this(id)).values(status=before, **belonging(before)))
    with db.transaction() as session:
        changing = transition.changing(after, when=(transition.this(id),), values=belonging(after))
        row = transition.change(session, changing)
        events = session.scalar(select(func.sum(ProjectHead.seq)))
        stands = operations.get(session, id).status
    allowed = after in TRANSITIONS[before]
    assert (row is not None) == allowed
    assert (stands, events) == ((after, 3) if allowed else (before, 2))
