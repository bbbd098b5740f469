"""transaction(): the only commit, what follows it, and what a dead database is told as."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from callboard import db, errands, settings
from callboard.errors import ConflictError, UnavailableError

INSERT = text("INSERT INTO projects (id, name, source) VALUES ('p', 'P', '{}')")


def count() -> Any:
    with db.transaction() as session:
        return session.scalar(text("SELECT count(*) FROM projects"))


@pytest.fixture
def dead_server(servers: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Settings whose database is a port that nobody listens on."""
    errands.flush()
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        monkeypatch.setenv("CALLBOARD_DATABASE_URL", f"postgresql://x:hush@127.0.0.1:{unused.getsockname()[1]}/x")
    _forget()
    yield
    monkeypatch.undo()
    _forget()


def _forget() -> None:
    db.engine().dispose()
    db.engine.cache_clear()
    settings.current.cache_clear()


def test_a_transaction_commits_and_then_runs_what_was_registered(database: dict[str, str]) -> None:
    seen: list[Any] = []
    with db.transaction() as session:
        session.execute(INSERT)
        db.after_commit(session, lambda: seen.append(count()))
        assert seen == []
    assert errands.flush()
    assert seen == [1]


@pytest.mark.parametrize("error", [ConflictError, ZeroDivisionError, KeyboardInterrupt])
def test_a_transaction_that_fails_writes_nothing_and_runs_nothing(
    database: dict[str, str], error: type[BaseException]
) -> None:
    seen: list[Any] = []

    def fail(session: Session) -> None:
        session.execute(INSERT)
        db.after_commit(session, lambda: seen.append("ran"))
        raise error

    with pytest.raises(error), db.transaction() as session:
        fail(session)
    assert errands.flush()
    assert (seen, count()) == ([], 0)


@pytest.mark.usefixtures("dead_server")
def test_a_database_that_does_not_answer_is_unavailable() -> None:
    with (
        pytest.raises(UnavailableError, match="The database does not answer: ") as refused,
        db.transaction() as session,
    ):
        session.execute(text("SELECT 1"))
    assert "hush" not in str(refused.value)
    assert refused.value.status == 503


def test_a_connection_that_dies_in_the_middle_is_unavailable_and_the_next_one_works(database: dict[str, str]) -> None:
    with pytest.raises(UnavailableError), db.transaction() as session:
        session.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))
    assert count() == 0


FREEZES = """
import os, signal
from sqlalchemy import text
from callboard import db
with db.transaction() as session:
    session.execute(text("SELECT pg_advisory_xact_lock(42)"))
    print("held", flush=True)
    os.kill(os.getpid(), signal.SIGSTOP)
"""


def test_a_process_that_freezes_in_a_transaction_keeps_its_locks_for_seconds_only(database: dict[str, str]) -> None:
    command, here = [sys.executable, "-c", FREEZES], os.getcwd()
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=os.environ | {"PYTHONPATH": here}) as frozen:
        assert frozen.stdout is not None
        assert frozen.stdout.readline() == b"held\n"
        try:
            with db.transaction() as session:
                session.execute(text("SET lock_timeout = '15s'"))
                session.execute(text("SELECT pg_advisory_xact_lock(42)"))
        finally:
            frozen.kill()


def test_a_pool_that_is_used_up_is_unavailable(database: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(db.engine().pool, "_timeout", 0.01)
    held = [db.engine().connect() for _ in range(settings.current().database_pool)]
    with pytest.raises(UnavailableError):
        count()
    for connection in held:
        connection.close()


def test_the_clock_and_intervals_are_the_databases(session: Session) -> None:
    began, later = session.execute(select(db.now(), db.now() + db.seconds(90.5))).one()
    assert 90.5 <= (later - began).total_seconds() < 91
    assert began.utcoffset().total_seconds() == 0
