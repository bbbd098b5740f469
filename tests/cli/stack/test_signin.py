from pathlib import Path

from callboard import keys
from callboard.db import transaction
from cli.stack import signin


def test_the_key_is_kept_while_it_opens_the_database(database: dict[str, str], tmp_path: Path) -> None:
    first = signin.admin_key(tmp_path / "api-key")
    assert (tmp_path / "api-key").stat().st_mode & 0o777 == 0o600
    assert signin.admin_key(tmp_path / "api-key") == first
    with transaction() as session:
        assert keys.authenticate(session, first).role == "admin"


def test_a_key_of_another_database_is_replaced(database: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "api-key").write_text("cb_of_another_database\n")
    assert (
        signin.admin_key(tmp_path / "api-key") == (tmp_path / "api-key").read_text().strip() != "cb_of_another_database"
    )
