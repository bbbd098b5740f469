"""Prepared statements: planned once per connection, with the right index, and replaced when a table changes."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import bindparam, func, select, text
from sqlalchemy.orm import Session

from callboard import db
from callboard.errors import UnavailableError
from callboard.models import Operation, Project
from callboard.prepared import hot
from callboard.settings import current

NAMED = hot(select(Project.name).where(Project.id == bindparam("named"), Project.status == "active"))
KEPT = text("SELECT name, statement, parameter_types FROM pg_prepared_statements")


def kept(session: Session) -> dict[str, Any]:
    """The statements that this session's connection has prepared, by their text."""
    return {row.statement: row for row in session.connection().execute(KEPT)}


def alter(change: str) -> None:
    with db.transaction() as session:
        session.execute(text(f"ALTER TABLE operations {change}"))


def test_a_hot_statement_is_planned_once_and_answers_for_each_value(session: Session, shop: str) -> None:
    assert session.scalar(NAMED, {"named": shop}) == "Shop"
    before = kept(session).keys()
    assert session.scalar(NAMED, {"named": "another"}) is None
    assert kept(session).keys() == before


def test_what_never_differs_stays_in_the_text_so_that_partial_indexes_fit(session: Session, shop: str) -> None:
    session.scalar(NAMED, {"named": shop})
    (statement,) = [each for each in kept(session) if "projects.name" in each and "'active'" in each]
    assert "projects.id = $1 AND projects.status = 'active'" in statement


def test_two_statements_that_differ_in_what_is_fixed_are_two(session: Session, shop: str) -> None:
    paused = hot(select(Project.name).where(Project.id == bindparam("named"), Project.status == "paused"))
    assert [session.scalar(each, {"named": shop}) for each in (NAMED, paused, NAMED)] == ["Shop", None, "Shop"]


def test_a_column_more_breaks_no_plan(submitted: Callable[..., str]) -> None:
    submitted()
    alter("ADD COLUMN later text")
    try:
        assert submitted()
    finally:
        alter("DROP COLUMN later")


def test_a_plan_that_no_longer_holds_costs_one_answer(submitted: Callable[..., str]) -> None:
    db.engine().dispose()  # so that one connection serves all of this, and not many in turn
    submitted()
    alter("ALTER COLUMN ref TYPE varchar")
    try:
        with pytest.raises(UnavailableError, match="cached plan"):
            submitted()
        assert submitted()
    finally:
        alter("ALTER COLUMN ref TYPE text")
        db.engine().dispose()


def test_without_prepared_statements_all_goes_on(
    submitted: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CALLBOARD_PREPARED_STATEMENTS", "false")
    for cached in (db.engine, current):
        cached.cache_clear()
    try:
        assert submitted()
        with db.transaction() as session:
            assert session.scalar(select(func.count()).select_from(Operation)) == 1
            assert kept(session) == {}
    finally:
        monkeypatch.undo()
        db.engine().dispose()
        for cached in (db.engine, current):
            cached.cache_clear()
