"""`callboard migrate`: the database's schema, brought up to date."""

from cli import migrations


def migrate() -> None:
    """Bring the schema of the database in CALLBOARD_DATABASE_URL up to date."""
    migrations.upgrade()
