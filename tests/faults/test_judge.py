"""The judge finds what it is there to find, in a real database that was damaged by hand."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, text

from callboard import attempts, db
from callboard.attempts import Outcome
from callboard.models import IdempotencyKey
from faults.judge import Judgement, judge


def query(statement: str, *values: Any) -> list[tuple[Any, ...]]:
    with db.engine().connect() as connection:
        return [tuple(row) for row in connection.exec_driver_sql(statement, values or None)]


@pytest.fixture
def ended(running: Callable[..., str], tmp_path: Path) -> list[str]:
    """Three operations that were accepted, as the clients' log says, and are completed."""
    ids = [running() for _ in range(3)]
    log = tmp_path / "log"
    with db.transaction() as session, log.open("w") as file:
        for id in ids:
            attempts.complete(session, id, 1, Outcome(None, {}))
            session.execute(insert(IdempotencyKey).values(caller="c", key=id, fingerprint="", operation_id=id))
            file.write(json.dumps({"at": 0, "key": id, "status": 202, "id": id, "seconds": 0.1}) + "\n")
    return ids


def judged(tmp_path: Path, damage: str = "", **values: Any) -> Judgement:
    if damage:
        with db.transaction() as session:
            session.execute(text(damage), values)
    return judge(tmp_path / "log", query)


def test_what_is_whole_is_found_whole(ended: list[str], tmp_path: Path) -> None:
    found = judged(tmp_path)
    assert (found.accepted, found.terminal, found.lost, found.doubled) == (3, 3, [], [])


def test_an_operation_that_is_gone_is_lost(ended: list[str], tmp_path: Path) -> None:
    found = judged(tmp_path, "DELETE FROM operations WHERE id = :id", id=ended[0])
    assert found.lost == [f"{ended[0]} was accepted and is not in the table"]
    assert found.terminal == 2


def test_an_operation_that_never_ended_is_lost(ended: list[str], submitted: Callable[..., str], tmp_path: Path) -> None:
    id = submitted()
    with (tmp_path / "log").open("a") as file:
        file.write(json.dumps({"at": 0, "key": "k", "status": 202, "id": id}) + "\n")
    assert f"{id} was accepted and is pending" in judged(tmp_path).lost


def test_a_second_terminal_event_is_a_double(ended: list[str], tmp_path: Path) -> None:
    again = """INSERT INTO events (project_id, seq, operation_id, type, frame)
        SELECT project_id, 1000, operation_id, type, frame FROM events
        WHERE frame #>> '{payload,operation,status}' = 'completed' LIMIT 1"""
    told = " ".join(judged(tmp_path, again).doubled)
    assert "has 2 terminal events" in told
    assert "the numbers of shop have a gap" in told


def test_a_record_twice_in_the_window_is_a_double(ended: list[str], tmp_path: Path) -> None:
    twice = """UPDATE projects SET agent_metadata = jsonb_set(agent_metadata, '{operation_history}',
        (agent_metadata -> 'operation_history') || (agent_metadata #> '{operation_history,0}'))"""
    assert judged(tmp_path, twice).doubled == ["the window of shop is not the newest 50 of its table"]


def test_an_operation_that_nobody_asked_for_is_a_double(
    ended: list[str], running: Callable[..., str], tmp_path: Path
) -> None:
    id = running()
    assert judged(tmp_path).doubled == [f"{id} was made for the key None, which nobody sent"]


def test_one_key_with_two_operations_is_a_double(ended: list[str], tmp_path: Path) -> None:
    with (tmp_path / "log").open("a") as file:
        file.write(json.dumps({"at": 0, "key": ended[0], "status": 202, "id": ended[1]}) + "\n")
    assert judged(tmp_path).doubled == [f"the key {ended[0]} was answered with 2 operations"]
