"""What an action on many operations would touch."""

from collections.abc import Callable
from typing import Any

import pytest

from callboard import db, operations, selection
from callboard.history import Filters
from callboard.selection import Action, Selection


def of(action: Action, ids: list[Any] | None = None, **filters: Any) -> Selection:
    with db.transaction() as session:
        return selection.selected(session, action, Filters(**filters), ids)


@pytest.fixture
def mixed(submitted: Callable[..., str], running: Callable[..., str]) -> dict[str, str]:
    """One operation that waits, one that runs, one that was asked to stop, and one that is cancelled."""
    made = {"pending": submitted(), "running": running(), "cancelling": running(), "cancelled": submitted()}
    with db.transaction() as session:
        operations.cancel(session, made["cancelling"])
        operations.cancel(session, made["cancelled"])
    return made


def test_a_cancel_touches_what_has_not_ended_and_was_not_asked_before(mixed: dict[str, str]) -> None:
    found = of(Action.CANCEL)
    assert [str(id) for id in found.ids] == [mixed["running"], mixed["pending"]]
    assert (found.more, found.skipped) == (False, {"cancelling": 1, "cancelled": 1})


def test_a_rerun_touches_what_has_ended(mixed: dict[str, str]) -> None:
    found = of(Action.RERUN)
    assert [str(id) for id in found.ids] == [mixed["cancelled"]]
    assert found.skipped == {"pending": 1, "running": 1, "cancelling": 1}


def test_filters_and_ids_narrow_what_is_touched_and_what_is_skipped(mixed: dict[str, str]) -> None:
    assert of(Action.CANCEL, project_id="other") == Selection([], False, {})
    assert of(Action.CANCEL, visible_projects=[]) == Selection([], False, {})
    chosen = of(Action.CANCEL, [mixed["pending"], mixed["cancelled"]])
    assert ([str(id) for id in chosen.ids], chosen.skipped) == ([mixed["pending"]], {"cancelled": 1})


def test_a_selection_is_bounded_and_says_that_there_is_more(
    submitted: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(selection, "MOST_IDS", 2)
    made = [submitted() for _ in range(3)]
    found = of(Action.CANCEL)
    assert ([str(id) for id in found.ids], found.more) == (made[:0:-1], True)


def test_the_sample_is_the_beginning_of_the_selection(mixed: dict[str, str]) -> None:
    with db.transaction() as session:
        found = selection.selected(session, Action.CANCEL, Filters())
        assert [row.id for row in selection.sample(session, found)] == found.ids
