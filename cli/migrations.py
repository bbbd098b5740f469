"""Brings the database's schema to the newest revision, and tells what it lacks."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.exc import OperationalError

from callboard import db
from callboard.errors import UnavailableError

_SCRIPTS = Path(__file__).resolve().parents[1] / "migrations"


def upgrade() -> None:
    """Runs the migrations that the settings' database lacks. Raises UnavailableError where it does not answer."""
    try:
        command.upgrade(_config(), "head")
    except OperationalError as error:
        raise UnavailableError(f"the database does not answer: {str(error.orig).strip()}") from error


def missing() -> list[str]:
    """The revisions that the settings' database lacks, oldest first. Raises UnavailableError."""
    scripts = ScriptDirectory.from_config(_config())
    with db.transaction() as session:
        done = MigrationContext.configure(session.connection()).get_current_heads()
    return [script.revision for script in scripts.iterate_revisions("heads", done)][::-1]


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(_SCRIPTS).replace("%", "%%"))
    return config
