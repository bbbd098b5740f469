"""The history: the window in the project's metadata, and pages through the table behind it."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from benchmarks.history import fill
from callboard import attempts, db, history
from callboard.attempts import Outcome
from callboard.errors import InvalidError
from callboard.history import WINDOW, Filters
from callboard.lifecycle import TERMINAL, Verdict
from callboard.models import Operation
from callboard.projects import ProjectService
from callboard.shapes import RECORD_RESULT_BYTES, AgentProjectOperation

RECORD = {
    *("id", "agent_id", "capability", "timestamp", "status", "reason", "error", "verdict", "result", "attempt"),
    *("duration_ms", "seq"),
}


def window() -> list[dict[str, Any]]:
    with db.transaction() as session:
        return list(ProjectService(session).get_by_id("shop").agent_metadata["operation_history"])


def finish(id: str, **result: Any) -> None:
    with db.transaction() as session:
        attempts.complete(session, id, 1, Outcome(Verdict.PASS, result))


def pages(filters: Filters, limit: int, between: Callable[[], Any] = lambda: None) -> list[list[UUID]]:
    found, cursor = [], None
    while True:
        with db.transaction() as session:
            page = history.page(session, filters, cursor=cursor, limit=limit)
        found.append([row.id for row in page.items])
        between()
        if (cursor := page.next) is None:
            return found


def test_the_window_is_the_newest_fifty_of_the_table_oldest_first(running: Callable[..., str]) -> None:
    ids = [running() for _ in range(WINDOW + 5)]
    for id in reversed(ids):
        finish(id, summary="fine", findings=[{"rule": "left out"}])
    with db.transaction() as session:
        ended = select(Operation).where(Operation.status.in_(TERMINAL)).order_by(Operation.seq.desc()).limit(WINDOW)
        newest = [AgentProjectOperation.of(row).record().model_dump(mode="json") for row in session.scalars(ended)]
    assert window() == newest[::-1]
    assert [record["id"] for record in window()] == ids[::-1][-WINDOW:]


def test_a_record_has_the_contracts_fields_and_a_small_result(running: Callable[..., str]) -> None:
    id = running()
    finish(id, summary="é" * 5000, metrics={f"n{n}": n for n in range(100)}, findings=[{}] * 1000)
    [record] = window()
    assert set(record) == RECORD
    assert (record["status"], record["verdict"], record["attempt"]) == ("completed", "pass", 1)
    assert len(json.dumps(record["result"], ensure_ascii=False).encode()) <= RECORD_RESULT_BYTES
    assert record["result"]["summary"].endswith("é…")
    assert record["result"]["delta"] == {"new": 0, "fixed": 0, "known": 0}


def test_every_end_leaves_one_record(submitted: Callable[..., str], running: Callable[..., str]) -> None:
    failed = running()
    with db.transaction() as session:
        attempts.fail(session, failed, 1, reason="not_granted", error="x" * 1000)
    [record] = window()
    assert (record["status"], record["reason"], len(record["error"])) == ("failed", "not_granted", 300)


@pytest.mark.parametrize("limit", [1, 3, 7, 10])
def test_pages_cover_all_exactly_once_while_rows_are_inserted(submitted: Callable[..., str], limit: int) -> None:
    ids = [submitted() for _ in range(7)]
    found = [str(id) for page in pages(Filters(project_id="shop"), limit, between=submitted) for id in page]
    assert found == ids[::-1]


def test_a_list_can_be_narrowed(submitted: Callable[..., str], running: Callable[..., str]) -> None:
    waiting, done = submitted("testing"), running()
    finish(done)

    def found(**by: Any) -> list[str]:
        return [str(id) for page in pages(Filters(**by), 10) for id in page]

    assert found(status="pending") == found(capability="testing") == [waiting]
    assert found(verdict="pass") == [done]
    assert found(agent_id="reviewer", visible_projects=["shop", "other"]) == [done, waiting]
    assert found(agent_id="nobody") == found(visible_projects=[]) == found(project_id="other") == []


@pytest.mark.parametrize("cursor", ["nonsense", "é", "AAAA"])
def test_a_strange_cursor_is_refused(session: Session, cursor: str) -> None:
    with pytest.raises(InvalidError, match="cursor"):
        history.page(session, Filters(), cursor=cursor)


@pytest.mark.parametrize("limit", [0, -1, 201])
def test_a_limit_out_of_bounds_is_refused(session: Session, limit: int) -> None:
    with pytest.raises(InvalidError, match=f"limit is {limit}"):
        history.page(session, Filters(), limit=limit)
    with pytest.raises(InvalidError, match=f"limit is {limit}"):
        ProjectService(session).get_agent_operations("shop", limit=limit)


def test_a_cut_page_holds_what_frames_do(running: Callable[..., str], submitted: Callable[..., str]) -> None:
    finish(running(), summary="fine", metrics={"findings": 2, "nothing": None}, findings=[{"rule": "F401"}] * 1000)
    finish(running())
    with db.transaction() as session:
        attempts.complete(session, running(), 1, Outcome(None, {}))
    submitted(parameters={})
    with db.transaction() as session:
        whole = [AgentProjectOperation.of(row).cut() for row in history.page(session, Filters()).items]
    with db.transaction() as session:
        cut = [AgentProjectOperation.of(row).cut() for row in history.page(session, Filters(), cut=True).items]
    assert cut == whole
    assert cut[3].result == {"summary": "fine", "delta": cut[3].result["delta"], "metrics": cut[3].result["metrics"]}


def test_a_page_can_begin_at_a_time_of_creation(
    submitted: Callable[..., str], stored: Callable[..., Operation]
) -> None:
    submitted()
    second, third = submitted(), submitted()
    since = stored(second).created_at
    assert [str(id) for page in pages(Filters(since=since), 1) for id in page] == [third, second]
    assert pages(Filters(since=since + timedelta(hours=1)), 5) == [[]]


@pytest.mark.parametrize(
    ("filters", "index"),
    [
        (Filters("shop", status="pending"), "operations_open"),
        (Filters("shop", status="cancelled"), "operations_cancelled"),
        (Filters("shop", verdict="inconclusive"), "operations_inconclusive"),
    ],
)
def test_what_is_rare_is_found_without_reading_through_a_long_history(shop: str, filters: Filters, index: str) -> None:
    fill(shop, 20_000)
    query = history.narrowed(select(Operation.id), filters).order_by(Operation.id.desc()).limit(101)
    with db.transaction() as session:
        asked = query.compile(db.engine(), compile_kwargs={"literal_binds": True})
        plan = "\n".join(session.scalars(text(f"EXPLAIN {asked}")))
    assert f" {index} " in plan
