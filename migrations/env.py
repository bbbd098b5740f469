"""Runs the migrations on the database of the settings, each in a transaction that never waits long for a lock."""

from alembic import context
from sqlalchemy import text

from callboard.db import engine
from callboard.models import Table

LOCK_KEY = 0x63616C6C  # "call": one migration at a time, however many start


def run() -> None:
    with engine().connect() as connection:
        connection.execute(text("SET lock_timeout = '5s'"))
        connection.execute(text("SET statement_timeout = 0"))
        connection.commit()
        context.configure(connection=connection, target_metadata=Table.metadata, transaction_per_migration=True)
        connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": LOCK_KEY})
        connection.commit()
        try:
            with context.begin_transaction():
                context.run_migrations()
        finally:
            connection.rollback()
            connection.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": LOCK_KEY})
            connection.commit()


run()
