"""The account of what was accepted, and the findings that contradict it, kept and mended."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import func, select, text, update

from callboard import account, attempts, contradictions, db, operations
from callboard.account import Balance
from callboard.attempts import Outcome
from callboard.contradictions import Contradiction, Kind
from callboard.lifecycle import Reason
from callboard.models import Operation, Project, Reconciliation
from callboard.projects import ProjectService


def execute(statement: str, **values: Any) -> None:
    with db.transaction() as session:
        session.execute(text(statement), values)


def balance() -> Balance:
    with db.transaction() as session:
        [found] = account.balances(session)
        return found


def look() -> str | None:
    with db.transaction() as session:
        return account.reconcile_next(session)


def kept() -> dict[str, int]:
    with db.transaction() as session:
        return {str(kind): count for kind, count in account.findings_by_kind(session).items() if count}


def complete(id: str) -> None:
    with db.transaction() as session:
        attempts.complete(session, id, 1, Outcome(None, {}))


def test_accepted_is_what_waits_runs_and_has_ended(submitted: Callable[..., str], running: Callable[..., str]) -> None:
    submitted()
    running()
    complete(running())
    with db.transaction() as session:
        attempts.fail(session, running(), 1, reason=Reason.SANDBOX_UNAVAILABLE, error="none")
    with db.transaction() as session:
        operations.cancel(session, submitted())

    found = balance()

    assert found == Balance("shop", 12, accepted=5, pending=1, running=1, completed=1, failed=1, cancelled=1)
    assert (found.ended, found.lost, found.doubled) == (3, 0, 0)


def test_a_refused_submit_and_a_late_end_count_nothing(running: Callable[..., str]) -> None:
    id = running()
    complete(id)
    with pytest.raises(Exception, match="no longer the current one"):
        complete(id)

    assert (balance().accepted, balance().ended) == (1, 1)


def test_an_operation_that_vanished_is_lost_and_one_too_many_is_doubled(submitted: Callable[..., str]) -> None:
    ids = [submitted() for _ in range(3)]
    execute("DELETE FROM operations WHERE id = :id", id=ids[0])
    assert (balance().lost, balance().doubled) == (1, 0)

    execute("UPDATE project_heads SET accepted = 1")
    assert (balance().lost, balance().doubled) == (0, 1)


def test_what_retention_deletes_stays_in_the_account(running: Callable[..., str]) -> None:
    complete(running())
    execute("DELETE FROM operations")

    assert (balance().accepted, balance().ended, balance().lost) == (1, 1, 0)


def test_the_account_scans_nothing_that_has_ended(running: Callable[..., str]) -> None:
    complete(running())
    with db.transaction() as session:
        session.execute(text("SET LOCAL enable_seqscan = off"))
        held = select(func.count()).where(Operation.finished_at.is_(None)).group_by(Operation.project_id)
        plan = "\n".join(session.scalars(text(f"EXPLAIN {held.compile(db.engine())}")))

    assert "operations_open" in plan


def test_keepers_take_turns_over_the_projects_and_keep_what_they_find(submitted: Callable[..., str]) -> None:
    submitted()
    with db.transaction() as session:
        ProjectService(session).create("Other", {"path": "/other"}, id="other")
    execute("""UPDATE projects SET agent_metadata = agent_metadata || '{"operation_history": [{"id": "x"}]}'""")

    assert {look(), look()} == {"shop", "other"}
    assert kept() == {"window_differs": 2}


def test_a_finding_stands_until_it_is_mended(
    running: Callable[..., str], submitted: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("callboard.contradictions.SAMPLE", 2)
    id = running()
    for _ in range(5):
        submitted()
    execute("UPDATE operations SET worker = NULL WHERE id = :id", id=id)

    for _ in range(4):
        look()
    assert kept() == {"row_disagrees": 1}
    look()
    assert kept() == {"row_disagrees": 1}

    execute("UPDATE operations SET worker = 'one@test' WHERE id = :id", id=id)
    look()
    assert kept() == {}


def test_the_longest_time_without_a_look_is_told(submitted: Callable[..., str]) -> None:
    submitted()
    look()
    with db.transaction() as session:
        session.execute(update(Reconciliation).values(checked_at=db.now() - db.seconds(100)))
    with db.transaction() as session:
        assert 100 <= account.unchecked_seconds(session) < 110


def test_a_window_is_made_anew_from_the_table(running: Callable[..., str]) -> None:
    for _ in range(3):
        complete(running())
    with db.transaction() as session:
        before = session.scalars(select(Project.agent_metadata)).one()
    execute("""UPDATE projects SET agent_metadata = agent_metadata || '{"operation_history": []}'""")

    with db.transaction() as session:
        told = account.mend(session, Contradiction(Kind.WINDOW_DIFFERS, "shop", ""))

    with db.transaction() as session:
        assert session.scalars(select(Project.agent_metadata)).one() == before
    assert told == "the window of shop was made anew from the table"


def test_an_overdue_ring_is_rung_and_an_overdue_lease_is_ended(
    submitted: Callable[..., str], running: Callable[..., str], stored: Callable[[str], Operation]
) -> None:
    waits, runs = submitted(), running()
    execute("UPDATE operations SET ring_at = ring_at - interval '2 min', lease_until = lease_until - interval '2 min'")
    with db.transaction() as session:
        found = contradictions.overdue(session)
    assert {(item.kind, item.operation_id) for item in found} == {("ring_overdue", waits), ("lease_overdue", runs)}

    for item in found:
        with db.transaction() as session:
            assert account.mend(session, item)

    assert stored(waits).rings == 1
    assert (stored(runs).status, stored(runs).tries) == ("pending", 1)
    with db.transaction() as session:
        assert contradictions.overdue(session) == []


def test_who_stands_in_line_is_overdue_only_where_nobody_is_before_it(submitted: Callable[..., str]) -> None:
    ids = [submitted() for _ in range(4)]
    execute("UPDATE operations SET ring_at = ring_at - interval '2 min', run_at = run_at - interval '2 min'")
    execute("UPDATE operations SET timestamp = timestamp - interval '2 min', ring_at = now(), rung_at = NULL")
    execute("UPDATE operations SET rung_at = now() WHERE id = :id", id=ids[0])
    with db.transaction() as session:
        assert contradictions.overdue(session) == []

    execute("UPDATE operations SET rung_at = NULL")
    with db.transaction() as session:
        [found] = contradictions.overdue(session)
        assert account.mend(session, found) == f"{ids[0]} was rung for again"
    with db.transaction() as session:
        assert contradictions.overdue(session) == []


def test_what_the_table_cannot_tell_is_not_mended(submitted: Callable[..., str]) -> None:
    finding = Contradiction(Kind.ROW_DISAGREES, "shop", "", submitted())
    with db.transaction() as session:
        assert account.mend(session, finding) is None
