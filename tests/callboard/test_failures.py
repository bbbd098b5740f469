"""Failures grouped by what went wrong."""

from collections.abc import Callable

import pytest
from sqlalchemy import text

from callboard import attempts, db, failures
from callboard.errors import InvalidError
from callboard.failures import Failure
from callboard.lifecycle import Reason


@pytest.fixture
def failed(running: Callable[..., str]) -> Callable[..., str]:
    """Makes an operation that failed with this error; answers its id."""

    def fail(error: str, capability: str = "code_review", reason: Reason = Reason.INVALID_RESULT) -> str:
        id = running(capability)
        with db.transaction() as session:
            attempts.fail(session, id, 1, reason=reason, error=error)
        return id

    return fail


def told(*projects: str) -> list[Failure]:
    with db.transaction() as session:
        return failures.page(session, projects=projects or None)[0]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("took 3 s", "took 17.5 s"),
        ("no 0198c2e0-1111-7abc-8def-0123456789ab", "no 0198c2e0-2222-7abc-8def-ba9876543210"),
        ("at 0x7f3a9c00", "at 0x55d01a10"),
        ("commit deadbeef12 is gone", "commit 01234abcde is gone"),
    ],
)
def test_numbers_and_ids_do_not_tell_failures_apart(failed: Callable[..., str], one: str, other: str) -> None:
    failed(one)
    newest = failed(other)
    (group,) = told()
    assert (group.count, str(group.newest_id), group.error) == (2, newest, other)


def test_another_error_reason_or_capability_is_another_failure(failed: Callable[..., str]) -> None:
    failed("broken")
    failed("defaced")
    failed("broken", reason=Reason.SOURCE_UNAVAILABLE)
    failed("broken", capability="testing")
    assert [group.count for group in told()] == [1, 1, 1, 1]
    assert len({group.fingerprint for group in told()}) == 4


def test_a_group_tells_who_when_and_how_often_each_day(failed: Callable[..., str]) -> None:
    first = failed("broken")
    failed("broken")
    with db.transaction() as session:
        session.execute(
            text("UPDATE operations SET finished_at = now() - interval '73 hours' WHERE id = :id"), {"id": first}
        )
    (group,) = told()
    assert (group.agents, group.projects, group.by_day) == (["reviewer"], ["shop"], [0, 0, 0, 1, 0, 0, 1])
    assert (group.last_seen - group.first_seen).days == 3


def test_what_failed_more_than_a_week_ago_is_left_out(failed: Callable[..., str]) -> None:
    failed("broken")
    with db.transaction() as session:
        session.execute(text("UPDATE operations SET finished_at = now() - interval '8 days'"))
    assert told() == []


def test_only_the_asked_projects_are_looked_at(failed: Callable[..., str]) -> None:
    failed("broken")
    assert (len(told("shop")), told("other")) == (1, [])


def test_groups_come_in_pages(failed: Callable[..., str]) -> None:
    for error in ("one", "two", "three"):
        failed(error)
    with db.transaction() as session:
        first, cursor = failures.page(session, limit=2)
        rest, end = failures.page(session, limit=2, cursor=cursor)
    assert ([group.error for group in first], [group.error for group in rest], end) == (["three", "two"], ["one"], None)
    with pytest.raises(InvalidError, match="cursor 'x' is not one"):
        failures.page(session, cursor="x")
