"""The truths that the tables enforce themselves, against any client."""

from collections.abc import Callable

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from callboard import db
from callboard.models import Table

LIES = {
    "status_is_known": "status = 'lost'",
    "reason_is_known": "status = 'failed', finished_at = now(), reason = 'mood'",
    "verdict_is_known": "status = 'completed', finished_at = now(), verdict = 'green'",
    "end_has_a_time": "status = 'cancelled'",
    "failure_has_a_reason": "status = 'failed', finished_at = now()",
    "only_completed_is_judged": "verdict = 'pass'",
    "running_has_a_lease": "status = 'running'",
    "tries_are_attempts": "tries = 1",
}


@pytest.mark.parametrize(("constraint", "lie"), LIES.items())
def test_an_operation_cannot_lie(submitted: Callable[..., str], constraint: str, lie: str) -> None:
    submitted()
    with pytest.raises(IntegrityError, match=f"operations_{constraint}"), db.transaction() as session:
        session.execute(text(f"UPDATE operations SET {lie}"))


@pytest.mark.parametrize("id", ["", "Upper", "-dash", "a b", "a" * 64, "ü", "a\n"])
@pytest.mark.parametrize("table", ["projects (id, name, source)", "agents (id, name, capabilities)"])
def test_only_slugs_are_ids(session: Session, table: str, id: str) -> None:
    with pytest.raises(IntegrityError, match="id_is_a_slug"), session.begin_nested():
        session.execute(text(f"INSERT INTO {table} VALUES (:id, 'x', '{{}}')"), {"id": id})


def test_every_constraint_and_index_has_a_name() -> None:
    for table in Table.metadata.tables.values():
        assert all(constraint.name for constraint in table.constraints), table
        assert all(index.name for index in table.indexes), table


def test_every_foreign_key_has_an_index() -> None:
    for table in Table.metadata.tables.values():
        leading = {next(iter(table.primary_key.columns)).name}
        leading |= {str(index.expressions[0]).rpartition(".")[2] for index in table.indexes}
        assert {key.parent.name for key in table.foreign_keys} <= leading, table
