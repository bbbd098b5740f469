"""The lazy engine, and transaction(): the only place that commits."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, Engine, create_engine, event, func
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DisconnectionError, NotSupportedError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.orm import Session
from sqlalchemy.pool import ConnectionPoolEntry

from callboard.errands import Errands, rings
from callboard.errors import UnavailableError
from callboard.prepared import prepare_hot
from callboard.settings import current

AFTER_COMMIT = "after_commit"
IDLE_SECONDS = 1.0
# A process that is frozen, or whose host is gone, keeps its locks no longer than these.
SERVER_OPTIONS = (
    "-c statement_timeout=20s -c lock_timeout=10s -c idle_in_transaction_session_timeout=8s -c timezone=UTC"
    " -c plan_cache_mode=force_generic_plan"
)

now = func.clock_timestamp
"""The database's clock, the only one that is ever compared."""


def seconds(count: float) -> ColumnElement[Any]:
    """An interval of PostgreSQL."""
    return func.make_interval(0, 0, 0, 0, 0, 0, count)


@lru_cache(maxsize=1)
def engine() -> Engine:
    """This process's engine, made on first use so that no connection is open before a fork or spawn."""
    settings = current()
    made = create_engine(
        settings.database_url,
        pool_size=settings.database_pool,
        max_overflow=0,
        pool_timeout=10,
        connect_args={
            "connect_timeout": 5,
            "application_name": "callboard",
            "options": SERVER_OPTIONS,
            "keepalives_idle": 10,
            "keepalives_interval": 5,
            "keepalives_count": 3,
            "tcp_user_timeout": 20_000,
        },
    )
    event.listen(made, "checkin", _note_time)
    event.listen(made, "checkout", _look_after_idling)
    if settings.prepared_statements:
        prepare_hot(made)
    return made


@contextmanager
def transaction() -> Iterator[Session]:
    """One transaction: commits when the block ends, then runs what after_commit() registered.

    Raises UnavailableError when PostgreSQL does not answer; nothing is then committed as far as the caller knows.
    """
    session = Session(engine(), expire_on_commit=False, autoflush=False)
    try:
        yield session
        session.commit()
    except (OperationalError, NotSupportedError, PoolTimeoutError) as error:
        session.rollback()
        raise UnavailableError(f"The database does not answer: {_first_line(error)}") from error
    except BaseException:
        session.rollback()
        raise
    finally:
        session.close()
    for errands, action in session.info.pop(AFTER_COMMIT, ()):
        errands.add(action)


def after_commit(session: Session, action: Callable[[], Any], *, errands: Errands = rings) -> None:
    """Runs `action` on the errands' thread once the session has committed, and never if it rolls back."""
    session.info.setdefault(AFTER_COMMIT, []).append((errands, action))


def _note_time(connection: object, record: ConnectionPoolEntry) -> None:
    record.info["idle_since"] = time.monotonic()


def _look_after_idling(connection: DBAPIConnection, record: ConnectionPoolEntry, proxy: object) -> None:
    """Replaces a connection that died while nobody used it; one that was just used is taken at its word."""
    if time.monotonic() - record.info.get("idle_since", time.monotonic()) < IDLE_SECONDS:
        return
    try:
        engine().dialect.do_ping(connection)
    except engine().dialect.loaded_dbapi.Error as error:
        raise DisconnectionError from error


def _first_line(error: Exception) -> str:
    return str(getattr(error, "orig", None) or error).strip().partition("\n")[0]
