"""The schema: every way up and down on real databases, the trigger from any client, and models equal to migrations."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any
from uuid import RFC_4122, UUID, uuid4

import psycopg2
import pytest
from alembic import command
from alembic.config import Config
from psycopg2.extras import Json
from sqlalchemy import text

from callboard import db, errands, settings
from callboard.models import EMPTY_METADATA, Table
from cli import migrations

ROOT = Path(__file__).parents[1]
ORDER = [
    "0001",
    "add_agent_metadata",
    "0003",
    "0004",
    "0005",
    "0006",
    "0007",
    "0008",
    "0009",
    "0010",
    "0011",
    "0012",
    "0013",
]
WRONG_SHAPES = {
    "assigned_agents is missing": {"capability_requirements": [], "operation_history": []},
    "capability_requirements is missing": {"assigned_agents": [], "operation_history": []},
    "operation_history is missing": {"assigned_agents": [], "capability_requirements": []},
    "assigned_agents is not an array": {"assigned_agents": {}},
    "capability_requirements is not an array": {"capability_requirements": "testing"},
    "operation_history is not an array": {"operation_history": None},
    "assigned_agents holds something else than strings": {"assigned_agents": ["a", 1]},
    "capability_requirements holds something else than strings": {"capability_requirements": [["testing"]]},
    "operation_history holds something else than objects": {"operation_history": [[{}]]},
    "notes is not known": {"notes": []},
}
SEALS = "SELECT status, seal = seal_of(operations) FROM operations ORDER BY status"
CATALOG = {
    "columns": """
        SELECT c.relname, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull, pg_get_expr(d.adbin, d.adrelid)
        FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
        LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
        WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND c.relname <> 'alembic_version'""",
    "constraints": """
        SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint
        WHERE connamespace = 'public'::regnamespace AND contype NOT IN ('n', 't')
            AND conrelid::regclass::text <> 'alembic_version'""",
    "indexes": """
        SELECT tablename, indexname, indexdef FROM pg_indexes
        WHERE schemaname = 'public' AND tablename <> 'alembic_version'""",
}


@pytest.fixture
def new_database(servers: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], str]]:
    """Makes an empty database, names it in the settings, and answers its URL; all are dropped after the test."""
    made = []

    def make() -> str:
        made.append(f"fresh_{uuid4().hex}")
        run(servers["CALLBOARD_DATABASE_URL"], f"CREATE DATABASE {made[-1]}")
        url = servers["CALLBOARD_DATABASE_URL"].rpartition("/")[0] + f"/{made[-1]}"
        monkeypatch.setenv("CALLBOARD_DATABASE_URL", url)
        forget_engine()
        return url

    yield make
    monkeypatch.undo()
    forget_engine()
    for name in made:
        run(servers["CALLBOARD_DATABASE_URL"], f"DROP DATABASE {name}")


def forget_engine() -> None:
    errands.flush()
    db.engine().dispose()
    db.engine.cache_clear()
    settings.current.cache_clear()


def run(url: str, statement: str, values: Any = None) -> list[tuple[Any, ...]]:
    """One statement by plain psycopg2, as any client might send it."""
    with closing(psycopg2.connect(url)) as connection:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(statement, values)
            return cursor.fetchall() if cursor.description else []


def config() -> Config:
    made = Config(ROOT / "alembic.ini")
    made.set_main_option("script_location", str(ROOT / "migrations"))
    return made


def catalog(url: str) -> dict[str, list[tuple[Any, ...]]]:
    return {part: sorted(run(url, query), key=str) for part, query in CATALOG.items()}


def test_alembic_needs_the_database_alone_and_is_started_anywhere(
    new_database: Callable[[], str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    new_database()
    monkeypatch.delenv("CALLBOARD_REDIS_URL")
    monkeypatch.delenv("CALLBOARD_BROKER_URL")
    program = (Path(sys.executable).with_name("alembic"), "-c", ROOT / "alembic.ini")
    subprocess.run([*program, "upgrade", "head"], cwd=tmp_path, check=True)
    assert migrations.missing() == []


def test_up_down_up_ends_where_it_began(new_database: Callable[[], str]) -> None:
    url = new_database()
    migrations.upgrade()
    before = catalog(url)
    command.downgrade(config(), "base")
    assert catalog(url) == {"columns": [], "constraints": [], "indexes": []}
    assert run(url, "SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace") == []
    migrations.upgrade()
    assert catalog(url) == before


def test_each_step_down_can_be_taken_alone(new_database: Callable[[], str]) -> None:
    url = new_database()
    for revision in ORDER:
        command.upgrade(config(), revision)
        command.downgrade(config(), "-1")
        command.upgrade(config(), revision)
        assert run(url, "SELECT version_num FROM alembic_version") == [(revision,)]


def test_projects_from_before_get_the_default_metadata_and_a_head(new_database: Callable[[], str]) -> None:
    url = new_database()
    command.upgrade(config(), "0001")
    run(url, "INSERT INTO projects (id, name, source) VALUES ('old', 'Old', '{}')")
    migrations.upgrade()
    found = run(url, "SELECT agent_metadata, seq FROM projects JOIN project_heads ON project_id = id")
    assert found == [(json.loads(EMPTY_METADATA), 0)]


def test_operations_from_before_are_counted(new_database: Callable[[], str]) -> None:
    url = new_database()
    command.upgrade(config(), "0003")
    run(url, "INSERT INTO projects (id, name, source) VALUES ('old', 'Old', '{}'), ('idle', 'Idle', '{}')")
    run(url, "INSERT INTO project_heads (project_id, seq) VALUES ('old', 6), ('idle', 0)")
    put_operations(url, "pending", "completed", "completed", "failed")
    migrations.upgrade()
    counted = run(url, "SELECT accepted, completed, failed, cancelled FROM project_heads ORDER BY project_id DESC")
    assert counted == [(4, 2, 1, 0), (0, 0, 0, 0)]


def put_operations(url: str, *statuses: str) -> None:
    """Puts operations of the project `old` into a table of whichever revision."""
    run(url, "INSERT INTO agents (id, name, capabilities) VALUES ('a', 'A', '{testing}')")
    for status in statuses:
        run(
            url,
            "INSERT INTO operations (project_id, agent_id, capability, capability_version, task, queue, max_tries, "
            "retry_delay, retry_longest, timeout, requested_by, seq, status, reason, finished_at) "
            "VALUES ('old', 'a', 'testing', '1', 'testing', 'testing', 3, 1, 1, 1, 'me', 1, %s, "
            "CASE WHEN %s = 'failed' THEN 'error' END, CASE WHEN %s <> 'pending' THEN now() END)",
            [status] * 3,
        )


def test_operations_that_had_ended_are_sealed_as_they_are(new_database: Callable[[], str]) -> None:
    url = new_database()
    command.upgrade(config(), "0008")
    run(url, "INSERT INTO projects (id, name, source) VALUES ('old', 'Old', '{}')")
    put_operations(url, "pending", "completed", "failed")
    migrations.upgrade()
    assert run(url, SEALS) == [("completed", True), ("failed", True), ("pending", None)]


def test_an_operation_is_sealed_as_it_ends_and_keeps_a_seal_that_it_comes_with(new_database: Callable[[], str]) -> None:
    url = new_database()
    migrations.upgrade()
    run(url, "INSERT INTO projects (id, name, source) VALUES ('old', 'Old', '{}')")
    put_operations(url, "pending", "cancelled")
    assert run(url, SEALS) == [("cancelled", True), ("pending", None)]
    run(url, "UPDATE operations SET status = 'failed', reason = 'error', finished_at = now() WHERE status = 'pending'")
    assert run(url, SEALS) == [("cancelled", True), ("failed", True)]
    run(url, "CREATE TABLE backup AS SELECT * FROM operations; UPDATE backup SET error = 'edited'")
    run(url, "DELETE FROM operations; INSERT INTO operations SELECT * FROM backup")
    assert run(url, SEALS) == [("cancelled", False), ("failed", False)]


def test_models_and_migrations_make_the_same_tables(new_database: Callable[[], str]) -> None:
    migrated = new_database()
    migrations.upgrade()
    [(uuid7,)] = run(migrated, "SELECT pg_get_functiondef('uuid7'::regproc)")
    modelled = new_database()
    run(modelled, uuid7)
    Table.metadata.create_all(db.engine())
    for part, rows in catalog(migrated).items():
        assert catalog(modelled)[part] == rows, part


def test_two_upgrades_at_once_do_the_work_once(new_database: Callable[[], str]) -> None:
    url = new_database()
    upgrade = [sys.executable, "-c", "from cli import migrations; migrations.upgrade()"]
    both = [subprocess.Popen(upgrade, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}) for _ in range(2)]
    assert [process.wait(60) for process in both] == [0, 0]
    assert run(url, "SELECT version_num FROM alembic_version") == [(ORDER[-1],)]


def test_an_upgrade_waits_as_long_as_another_one_takes(new_database: Callable[[], str]) -> None:
    url = new_database()
    upgrade = [sys.executable, "-c", "from cli import migrations; migrations.upgrade()"]
    with closing(psycopg2.connect(url)) as other, other.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(x'63616C6C'::bigint)")
        waiting = subprocess.Popen(upgrade, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)})
        while not run(url, "SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"):
            assert waiting.poll() is None
        cursor.execute("SELECT pg_sleep(5.5)")  # longer than the migrations' lock_timeout
    assert waiting.wait(30) == 0


def test_an_upgrade_leaves_the_pools_connections_as_they_were(new_database: Callable[[], str]) -> None:
    new_database()
    migrations.upgrade()
    with db.transaction() as session:
        shown = [session.scalar(text(f"SHOW {name}")) for name in ("statement_timeout", "lock_timeout")]
    assert shown == ["20s", "10s"]


@pytest.mark.parametrize(("told", "part"), WRONG_SHAPES.items())
@pytest.mark.parametrize("verb", ["INSERT", "UPDATE"])
def test_the_trigger_refuses_a_wrong_shape_from_any_client(
    database: dict[str, str], verb: str, told: str, part: dict[str, Any]
) -> None:
    whole = {"assigned_agents": [], "capability_requirements": [], "operation_history": []}
    value = part if "missing" in told else {**whole, **part}
    with pytest.raises(psycopg2.errors.CheckViolation) as refused:
        write(database["CALLBOARD_DATABASE_URL"], verb, value)
    assert refused.value.diag.message_primary == f"Invalid agent_metadata structure: {told}"


@pytest.mark.parametrize("value", [[], "text", 1, None])
@pytest.mark.parametrize("verb", ["INSERT", "UPDATE"])
def test_the_trigger_refuses_what_is_no_object(database: dict[str, str], verb: str, value: Any) -> None:
    with pytest.raises(psycopg2.errors.CheckViolation) as refused:
        write(database["CALLBOARD_DATABASE_URL"], verb, value)
    assert refused.value.diag.message_primary == "Invalid agent_metadata structure: agent_metadata is not an object"


def test_the_trigger_refuses_null_and_takes_the_right_shape(database: dict[str, str]) -> None:
    url = database["CALLBOARD_DATABASE_URL"]
    right = {"assigned_agents": ["a"], "capability_requirements": ["b"], "operation_history": [{"id": 1}]}
    write(url, "INSERT", right)
    with pytest.raises(psycopg2.errors.CheckViolation, match="Invalid agent_metadata structure: "):
        run(url, "UPDATE projects SET agent_metadata = NULL")
    assert run(url, "SELECT agent_metadata FROM projects") == [(right,)]


def write(url: str, verb: str, value: Any) -> None:
    if verb == "INSERT":
        run(url, "INSERT INTO projects (id, name, source, agent_metadata) VALUES ('p', 'P', '{}', %s)", [Json(value)])
    else:
        run(url, "INSERT INTO projects (id, name, source) VALUES ('p', 'P', '{}')")
        run(url, "UPDATE projects SET agent_metadata = %s", [Json(value)])


def test_ids_of_operations_are_uuids_of_version_7_in_order_of_time_also_within_a_millisecond(
    database: dict[str, str],
) -> None:
    made = """
        CREATE TEMP TABLE made (n serial, id uuid);
        DO $$ DECLARE at timestamptz; BEGIN
            FOR n IN 1..500 LOOP
                INSERT INTO made (id) VALUES (uuid7());
                at := clock_timestamp();
                WHILE clock_timestamp() = at LOOP END LOOP;
            END LOOP;
        END $$"""
    ids = [UUID(id) for (id,) in run(database["CALLBOARD_DATABASE_URL"], f"{made}; SELECT id FROM made ORDER BY n")]

    assert sorted(ids) == ids
    assert {(id.version, id.variant) for id in ids} == {(7, RFC_4122)}
    assert len({id.int >> 80 for id in ids}) < len(ids)
