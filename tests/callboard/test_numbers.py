"""The numbers of events that a look at records covers, page by page, and what is missing among them."""

from collections.abc import Callable
from itertools import pairwise
from uuid import UUID

import pytest
from sqlalchemy import text

from callboard import attempts, contradictions, db, numbers
from callboard.attempts import Outcome
from callboard.contradictions import Contradiction, reconcile

HEAD = 19  # an assignment, and three events of each of six operations


def execute(statement: str) -> None:
    with db.transaction() as session:
        session.execute(text(statement))


def walk() -> list[tuple[list[Contradiction], UUID | None]]:
    """What each page of rows tells, from the newest to the oldest, and where the next one begins."""
    pages: list[tuple[list[Contradiction], UUID | None]] = []
    while not pages or pages[-1][1]:
        with db.transaction() as session:
            pages.append(reconcile(session, "shop", before=pages[-1][1] if pages else None))
    return pages


@pytest.fixture
def ended(running: Callable[..., str], monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Six operations that completed, where a look takes two rows and the newest four numbers."""
    monkeypatch.setattr(contradictions, "SAMPLE", 2)
    monkeypatch.setattr(numbers, "RECENT", 4)
    ids = [running() for _ in range(6)]
    for id in ids:
        with db.transaction() as session:
            attempts.complete(session, id, 1, Outcome(None, {}))
    return ids


def test_pages_that_follow_each_other_cover_every_number(ended: list[str]) -> None:
    befores = [None, *(before for _, before in walk())]
    covered = set()
    with db.transaction() as session:
        for before, oldest in pairwise(befores):
            for each in numbers.covered(session, "shop", oldest=oldest, before=before):
                covered.update(each)

    assert covered == set(range(HEAD + 1))


def test_an_old_row_that_is_gone_is_found_on_the_way(ended: list[str]) -> None:
    assert [item for page, _ in walk() for item in page] == []

    execute(f"DELETE FROM operations WHERE id = '{ended[2]}'")
    gone = {item.operation_id for page, _ in walk() for item in page if item.kind == "row_missing"}
    assert gone == {ended[2]}


def test_a_row_that_is_gone_with_its_events_leaves_a_gap_that_is_found_on_the_way(ended: list[str]) -> None:
    execute(f"DELETE FROM operations WHERE id = '{ended[2]}'")
    execute(f"DELETE FROM events WHERE operation_id = '{ended[2]}'")

    told = {item.told for page, _ in walk() for item in page if item.kind == "seq_gap"}
    assert told == {"shop has no event between 5 and 8", "shop has no event between 15 and 17"}


def test_events_that_are_gone_from_the_beginning_on_are_found(ended: list[str]) -> None:
    execute("DELETE FROM events WHERE seq <= 2")

    assert "shop has no event between 0 and 3" in [item.told for page, _ in walk() for item in page]


def test_the_first_events_of_an_old_project_may_be_past_their_keeping(ended: list[str]) -> None:
    execute("UPDATE projects SET created_at = now() - interval '8 days'")
    execute("DELETE FROM events WHERE seq = 1")

    assert [item for page, _ in walk() for item in page] == []


def test_an_operation_without_events_leaves_no_number_out(ended: list[str]) -> None:
    pages = walk()
    execute(f"DELETE FROM events WHERE operation_id = '{pages[0][1]}'")

    told = {item.told for page, _ in walk() for item in page if item.kind == "seq_gap"}
    assert len(told) == 2
