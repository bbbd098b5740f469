"""Brings the database's schema to the newest revision."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy.exc import OperationalError

from callboard.errors import UnavailableError

_SCRIPTS = Path(__file__).resolve().parents[1] / "migrations"


def upgrade() -> None:
    """Runs the migrations that the settings' database lacks. Raises UnavailableError where it does not answer."""
    config = Config()
    config.set_main_option("script_location", str(_SCRIPTS).replace("%", "%%"))
    try:
        command.upgrade(config, "head")
    except OperationalError as error:
        raise UnavailableError(f"the database does not answer: {str(error.orig).strip()}") from error
