"""Limits: never more run at once than a project, an agent or a capability may, and each end lets the next one start."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import event, text, update
from sqlalchemy.orm import Session

from callboard import attempts, catalogue, db, limits
from callboard.agents import AgentService
from callboard.attempts import Claim, Outcome
from callboard.errors import HeldBackError
from callboard.models import CapabilityRow, Operation
from callboard.operations import Request
from callboard.projects import ProjectService

KINDS = ("project", "agent", "capability")
LINES = {"project": "project:shop", "agent": "agent:reviewer", "capability": "capability:code_review"}


def limit(kind: str, most: int | None) -> None:
    with db.transaction() as session:
        if kind == "project":
            ProjectService(session).update("shop", {"policy": {"max_running": most}})
        elif kind == "agent":
            AgentService(session).update("reviewer", {"settings": {"max_running": most}})
        else:
            session.execute(update(CapabilityRow).values(max_running=most))


def claim(id: str, attempt: int = 1) -> Claim | None:
    with db.transaction() as session:
        return attempts.claim(session, id, attempt=attempt, worker="one@test", version="1")


def refused(id: str) -> str:
    """Claims as a worker does, and answers the line that the operation was put into."""
    with pytest.raises(HeldBackError) as error:
        claim(id)
    with db.transaction() as session:
        attempts.hold_back(session, id, attempt=1, line=error.value.line)
    return error.value.line


def complete(id: str) -> None:
    with db.transaction() as session:
        attempts.complete(session, id, 1, Outcome(None, {}))


@pytest.fixture
def elsewhere(shop: str) -> Callable[[], str]:
    """Submits an operation of the same agent and capability on another project."""
    with db.transaction() as session:
        ProjectService(session).create("Site", {"path": "/site"}, id="site")
        AgentService(session).assign_to_project("reviewer", "site", ["code_review"])

    def submit() -> str:
        with db.transaction() as session:
            return str(AgentService(session).submit(Request("site", "reviewer", "code_review")).id)

    return submit


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("most", [1, 3])
def test_of_sixteen_racing_claims_only_as_many_start_as_may_run(
    submitted: Callable[..., str],
    elsewhere: Callable[[], str],
    race: Callable[..., list[Any]],
    kind: str,
    most: int,
) -> None:
    ids = [submitted() if kind == "project" or number % 2 else elsewhere() for number in range(16)]
    limit(kind, most)
    claims = race(*[lambda id=id: claim(id) for id in ids])
    assert sum(isinstance(each, Claim) for each in claims) == most
    assert {each.line for each in claims if isinstance(each, HeldBackError)} == {LINES[kind]}


def test_a_refused_claim_changes_nothing(submitted: Callable[..., str], stored: Callable[[str], Operation]) -> None:
    limit("project", 1)
    claim(submitted())
    id = submitted()
    before = stored(id)
    with pytest.raises(HeldBackError, match="project shop"):
        claim(id)
    after = stored(id)
    assert (after.status, after.attempt, after.seq) == ("pending", 0, before.seq)


@pytest.mark.parametrize("kind", KINDS)
def test_the_end_of_one_calls_the_next_that_the_limit_kept_waiting(
    submitted: Callable[..., str], stored: Callable[[str], Operation], kind: str
) -> None:
    limit(kind, 1)
    first, second = submitted(), submitted()
    claim(first)
    assert refused(second) == LINES[kind]
    third = submitted()
    assert (stored(second).rung_at, stored(third).rung_at) == (None, None)
    assert stored(third).blocked_by == LINES[kind], "it stands behind the second without a try"
    complete(first)
    assert stored(second).rung_at is not None
    assert stored(third).rung_at is None
    assert claim(second) is not None


def test_an_end_elsewhere_calls_what_waits_for_the_same_agent(
    submitted: Callable[..., str], elsewhere: Callable[[], str], stored: Callable[[str], Operation]
) -> None:
    limit("agent", 1)
    here, there = submitted(), elsewhere()
    claim(here)
    refused(there)
    complete(here)
    assert stored(there).rung_at is not None


def test_an_end_between_refusal_and_waiting_is_not_missed(
    submitted: Callable[..., str], stored: Callable[[str], Operation]
) -> None:
    limit("project", 1)
    first, second = submitted(), submitted()
    claim(first)
    with pytest.raises(HeldBackError) as error:
        claim(second)
    complete(first)
    with db.transaction() as session:
        attempts.hold_back(session, second, attempt=1, line=error.value.line)
    assert stored(second).blocked_by is None
    assert claim(second) is not None


def test_what_was_claimed_or_cancelled_meanwhile_is_not_held_back(
    running: Callable[..., str], stored: Callable[[str], Operation]
) -> None:
    id = running()
    with db.transaction() as session:
        attempts.hold_back(session, id, attempt=1, line="project:shop")
    assert (stored(id).status, stored(id).blocked_by) == ("running", None)


def test_one_agents_limit_does_not_keep_the_others_of_the_queue_waiting(
    submitted: Callable[..., str], stored: Callable[[str], Operation]
) -> None:
    limit("agent", 1)
    with db.transaction() as session:
        AgentService(session).create("Other", ["code_review"], id="other")
        AgentService(session).assign_to_project("other", "shop", ["code_review"])
    first, second = submitted(), submitted()
    with db.transaction() as session:
        other = str(AgentService(session).submit(Request("shop", "other", "code_review")).id)
    assert stored(other).rung_at is None
    claim(first)
    refused(second)
    assert stored(other).rung_at is not None


def test_a_line_that_nothing_limits_has_room_without_end(session: Session) -> None:
    assert limits.room(session, "code_review") is None


@pytest.mark.parametrize("kind", KINDS)
def test_the_room_in_a_line_is_what_the_limit_leaves(submitted: Callable[..., str], kind: str) -> None:
    ids = [submitted() for _ in range(2)]
    for most, left in ((None, None), (1, 1), (3, 3)):
        limit(kind, most)
        with db.transaction() as session:
            assert limits.room(session, LINES[kind]) == left
    for id in ids:
        claim(id)
    limit(kind, 1)
    with db.transaction() as session:
        assert limits.room(session, LINES[kind]) == 0


def test_a_paused_project_starts_nothing_until_it_is_active_again(
    submitted: Callable[..., str], stored: Callable[[str], Operation]
) -> None:
    before = submitted()
    with db.transaction() as session:
        ProjectService(session).update("shop", {"status": "paused"})
    during = submitted()
    assert refused(before) == "paused:shop"
    assert stored(during).blocked_by == "paused:shop"
    with db.transaction() as session:
        ProjectService(session).update("shop", {"status": "active"})
    assert stored(before).rung_at is not None
    assert claim(before) is not None


@pytest.mark.parametrize("junk", ["2", 0, -1, True, 1.5, [], None])
def test_a_setting_that_is_no_limit_limits_nothing(junk: Any) -> None:
    assert limits.most({"max_running": junk}) is None


def test_operations_without_limits_cost_no_further_statement(submitted: Callable[..., str]) -> None:
    id = submitted()
    with db.transaction() as session:
        session.execute(text("SELECT 1"))
        counted = _statements(lambda: attempts.claim(session, id, attempt=1, worker="one@test", version="1"))
    assert len(counted) == 2, counted
    limit("agent", 5)
    id = submitted()
    with db.transaction() as session:
        assert len(_statements(lambda: attempts.claim(session, id, attempt=1, worker="w", version="1"))) == 4


def _statements(call: Callable[[], Any]) -> list[str]:
    seen: list[str] = []

    def note(*told: Any) -> None:
        seen.append(told[2])

    event.listen(db.engine(), "before_cursor_execute", note)
    call()
    event.remove(db.engine(), "before_cursor_execute", note)
    return seen


def test_a_capability_enters_its_limit_in_the_catalogue(core: Any, shop: str) -> None:
    with db.transaction() as session:
        catalogue.offer(session, [replace(core.capabilities["testing"], max_running=2)])
        assert limits.room(session, "capability:testing") == 2
