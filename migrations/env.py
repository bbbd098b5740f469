"""Runs the migrations on the database of the settings, each in a transaction that never waits long for a lock."""

from alembic import context
from sqlalchemy import text

from callboard.db import engine
from callboard.models import Table

LOCK_KEY = 0x63616C6C  # "call": one migration at a time, however many start


def run() -> None:
    with engine().connect() as connection:
        connection.detach()  # closed at the end, so the pool never sees its limits, and its lock ends with it
        # Another migration may take long: waiting for it has no limit, unlike waiting for the tables' users.
        connection.execute(text("SET statement_timeout = 0"))
        connection.execute(text("SET lock_timeout = 0"))
        connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": LOCK_KEY})
        connection.execute(text("SET lock_timeout = '5s'"))
        connection.commit()
        context.configure(connection=connection, target_metadata=Table.metadata, transaction_per_migration=True)
        with context.begin_transaction():
            context.run_migrations()


run()
