"""What in the records contradicts itself, each damage found by its own kind, and nothing in sound ones."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Column, func, select, text

from callboard import attempts, db, history, operations
from callboard.attempts import Outcome
from callboard.contradictions import Contradiction, Rings, reconcile
from callboard.history import WINDOW
from callboard.models import AS_SEALED, OPERATION, Operation

Run = Callable[..., str]
SEAL_ANEW = "UPDATE operations SET seal = seal_of(operations) WHERE finished_at IS NOT NULL"
ALTERED = {
    str: "concat({0}, 'x')",
    int: "{0} + 1",
    float: "{0} + 1e-9",
    bool: "{0} IS NOT TRUE",
    UUID: "uuid7()",
    datetime: "coalesce({0}, now()) + interval '1 microsecond'",
    object: "jsonb_build_array({0})",
    bytes: "'x'",
}
"""How to change a column a little, by its type."""


def execute(statement: str, **values: Any) -> None:
    with db.transaction() as session:
        session.execute(text(statement), values)


def complete(id: str) -> str:
    with db.transaction() as session:
        attempts.complete(session, id, 1, Outcome("pass", {"summary": "well"}))
    return id


def found(rings: Rings = (), also: Sequence[str] = ()) -> list[Contradiction]:
    with db.transaction() as session:
        return reconcile(session, "shop", also=map(UUID, also), rings=rings)[0]


def only(statement: str, **values: Any) -> Any:
    with db.transaction() as session:
        return session.scalar(text(statement), values)


def kinds(**looked: Any) -> set[str]:
    return {str(item.kind) for item in found(**looked)}


@pytest.fixture
def unchecked(database: dict[str, str]) -> Any:
    """Lets a test damage rows as no client could: without the table's constraints, which come back after it."""
    with db.transaction() as session:
        checks = session.execute(
            text(
                "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint "
                "WHERE conrelid = 'operations'::regclass AND contype IN ('c', 'f')"
            )
        ).all()
    for name, _ in checks:
        execute(f"ALTER TABLE operations DROP CONSTRAINT {name}")
    yield
    execute("TRUNCATE operations CASCADE")
    for name, definition in checks:
        execute(f"ALTER TABLE operations ADD CONSTRAINT {name} {definition}")


def test_sound_records_are_found_sound(submitted: Run, running: Run) -> None:
    submitted()
    running()
    for _ in range(WINDOW + 3):
        complete(running())
    with db.transaction() as session:
        operations.cancel(session, submitted())

    assert found() == []


@pytest.mark.parametrize(
    "window",
    [
        "[]",
        '[{"id": "019a0000-0000-7000-8000-000000000000"}]',
        '[{"id": "x"}]',
        "(agent_metadata -> 'operation_history') || '[{\"id\": 7}]'::jsonb",
    ],
)
def test_a_window_that_is_not_the_newest_records_is_found(running: Run, window: str) -> None:
    for _ in range(2):
        complete(running())
    value = window if window.startswith("(") else f"'{window}'::jsonb"
    execute(f"UPDATE projects SET agent_metadata = agent_metadata || jsonb_build_object('operation_history', {value})")

    assert kinds() == {"window_differs"}


@pytest.mark.parametrize("field", ["verdict", "result,summary", "error", "timestamp", "duration_ms", "unknown"])
def test_a_record_that_says_something_else_than_its_row_is_found(running: Run, field: str) -> None:
    complete(running())
    path = f"'{{operation_history,0,{field}}}'"
    execute(f"""UPDATE projects SET agent_metadata = jsonb_set(agent_metadata, {path}, '"fail"')""")

    assert kinds() == {"window_differs"}


def test_records_in_another_order_are_found(running: Run) -> None:
    for _ in range(3):
        complete(running())
    turned = (
        "(SELECT jsonb_agg(e ORDER BY n DESC) FROM jsonb_array_elements(agent_metadata->'operation_history') "
        " WITH ORDINALITY AS each (e, n))"
    )
    execute(f"UPDATE projects SET agent_metadata = jsonb_set(agent_metadata, '{{operation_history}}', {turned})")

    assert kinds() == {"window_differs"}


def test_an_ended_row_that_is_gone_is_found(running: Run) -> None:
    id = complete(running())
    execute("DELETE FROM operations")

    assert [(item.kind, item.operation_id) for item in found()] == [("row_missing", id)]


def test_records_whose_rows_retention_deleted_may_stay_in_the_window(running: Run) -> None:
    ids = [complete(running()) for _ in range(3)]
    execute("UPDATE events SET created_at = now() - interval '8 days'")
    execute("DELETE FROM operations WHERE id = :id", id=ids[0])

    assert found() == []


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ("finished_at = now()", "has ended without a time, or has a time without an end"),
        ("reason = 'error'", "failed without a reason, or has one without having failed"),
        ("lease_until = NULL", "runs without a lease, or has one without running"),
        ("worker = NULL", "runs without worker, start or deadline"),
        ("status = 'pending', lease_until = NULL, cancel_requested_at = now()", "waits although it is cancelled"),
        ("status = 'pending', lease_until = NULL", "waits and is yet held by a worker"),
        ("verdict = 'pass'", "is judged without having completed"),
        ("tries = 5", "counts more tries than attempts"),
        ("seq = 1000", "has a number beyond its project's newest one"),
    ],
)
def test_a_row_whose_fields_disagree_is_found(unchecked: None, running: Run, change: str, told: str) -> None:
    id = running()
    execute(f"UPDATE operations SET {change}")

    assert (id, f"{id} {told}") in {(item.operation_id, item.told) for item in found()}


@pytest.mark.parametrize(
    ("change", "told"),
    [("result = NULL", "completed without a result"), ("deadline_at = now()", "has ended and still has a deadline")],
)
def test_an_ended_row_whose_fields_disagree_is_found(running: Run, change: str, told: str) -> None:
    id = complete(running())
    execute(f"UPDATE operations SET {change}")
    execute(SEAL_ANEW)

    assert f"{id} {told}" in [item.told for item in found()]


@pytest.mark.parametrize("column", [column for column in OPERATION if column.key != "rerun_of"], ids=str)
def test_an_edit_of_any_column_of_an_ended_row_is_found(unchecked: None, running: Run, column: Column[Any]) -> None:
    id = complete(running())
    value = ALTERED[column.type.python_type].format(f'"{column.key}"')
    execute(f'UPDATE operations SET "{column.key}" = {value}')
    if column.key == "id":
        id = str(only("SELECT id FROM operations"))

    altered = [(item.operation_id, item.told) for item in found(also=[id]) if item.kind == "record_altered"]

    told = "was altered after its end, for its seal does not fit: restore its row from a backup"
    assert altered == [(id, f"{id} {told}")]


def test_rows_that_have_swapped_their_numbers_are_found(running: Run) -> None:
    ids = {complete(running()) for _ in range(2)}
    execute("UPDATE operations SET seq = (SELECT sum(seq) FROM operations) - seq")

    assert {item.operation_id for item in found() if item.kind == "record_altered"} == ids


def test_a_seal_fits_whatever_the_settings_of_the_session(running: Run) -> None:
    complete(running(timeout=0.1 + 0.2))
    foreign = {"timezone": "Asia/Kathmandu", "datestyle": "German", "extra_float_digits": "-15"}
    with db.transaction() as session:
        for name, value in foreign.items():
            session.execute(text(f"SET LOCAL {name} = '{value}'"))
        assert session.scalar(select(func.bool_and(AS_SEALED)).select_from(Operation))


def test_what_retention_empties_is_no_edit(running: Run) -> None:
    old = complete(running())
    new = complete(running(rerun_of=UUID(old)))
    execute("UPDATE events SET created_at = now() - interval '8 days'")
    execute("DELETE FROM operations WHERE id = :id", id=old)

    assert only("SELECT rerun_of FROM operations WHERE id = :id", id=new) is None
    assert found() == []


def test_an_operation_with_two_terminal_events_is_found(running: Run) -> None:
    complete(running())
    execute(
        "INSERT INTO events (project_id, seq, operation_id, type, frame) "
        "SELECT project_id, seq + 1, operation_id, type, frame FROM events ORDER BY seq DESC LIMIT 1"
    )
    execute("UPDATE project_heads SET seq = seq + 1")

    assert kinds() == {"ended_twice"}


def test_an_operation_that_is_open_again_after_its_end_is_found(running: Run) -> None:
    complete(running())
    execute(
        "UPDATE operations SET status = 'pending', finished_at = NULL, verdict = NULL, worker = NULL, started_at = NULL"
    )
    execute("""UPDATE projects SET agent_metadata = agent_metadata || '{"operation_history": []}'""")

    assert kinds() == {"ended_twice", "record_altered"}


def test_an_end_without_its_event_is_found_with_the_gap(running: Run) -> None:
    complete(running())
    execute("DELETE FROM events WHERE seq = (SELECT max(seq) FROM events)")

    assert kinds() == {"end_untold", "seq_gap"}


def test_a_gap_between_events_is_found(running: Run) -> None:
    complete(running())
    execute("DELETE FROM events WHERE seq = 3")

    assert [item.told for item in found()] == ["shop has no event between 2 and 4"]


def test_events_past_their_keeping_may_be_missing(running: Run) -> None:
    complete(running())
    execute("UPDATE events SET created_at = now() - interval '8 days'")
    execute("UPDATE operations SET finished_at = now() - interval '8 days'")
    execute(SEAL_ANEW)
    with db.transaction() as session:
        history.rebuild(session, "shop")
    execute("DELETE FROM events WHERE seq IN (2, 4)")

    assert found() == []


def test_a_message_for_what_does_not_wait_is_found_after_a_while(submitted: Run, running: Run) -> None:
    waits, runs = submitted(), running()
    rings = [(waits, 1), (runs, 1), (str(uuid4()), 1), ("junk", 1)]
    assert found(rings) == []

    execute("UPDATE operations SET timestamp = now() - interval '1 min'")

    assert [(item.kind, item.operation_id) for item in found(rings)] == [("stray_message", runs)]


def test_a_page_of_rows_says_where_the_next_one_begins(submitted: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("callboard.contradictions.SAMPLE", 2)
    ids = [submitted() for _ in range(3)]
    with db.transaction() as session:
        _, before = reconcile(session, "shop")
        _, end = reconcile(session, "shop", before=before)

    assert (str(before), end) == (ids[1], None)
