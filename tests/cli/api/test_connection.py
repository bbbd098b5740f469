from pathlib import Path

import pytest

from cli.api import connection
from cli.api.connection import Connection
from cli.stack import private

LOCAL = "http://127.0.0.1:9999"


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("CALLBOARD_URL", "CALLBOARD_API_KEY", "CALLBOARD_DATA_DIR", "CALLBOARD_DATABASE_URL"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder as `up` writes it, two folders above the current one."""
    folder = private.folder(tmp_path / ".callboard")
    private.write(folder / "env", f"CALLBOARD_URL={LOCAL}\nCALLBOARD_DATABASE_URL='postgresql://u:a b@h/n'\n")
    private.write(folder / "api-key", "cb_own_key\n")
    (tmp_path / "a" / "b").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "a" / "b")
    return folder


def test_a_running_up_is_found_from_the_folders_below_it(data: Path) -> None:
    assert connection.find() == Connection(LOCAL, "cb_own_key")


def test_what_is_set_by_hand_comes_first(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CALLBOARD_URL", f"{LOCAL}/")
    monkeypatch.setenv("CALLBOARD_API_KEY", "cb_mine")
    assert connection.find() == Connection(LOCAL, "cb_mine")


def test_the_key_of_up_goes_to_no_other_address(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CALLBOARD_URL", "https://elsewhere.example")
    assert connection.find() == Connection("https://elsewhere.example", None)


def test_a_folder_that_others_may_enter_is_not_believed(data: Path) -> None:
    data.chmod(0o755)
    assert connection.find() == Connection(connection.DEFAULT_URL, None)


def test_the_data_folder_may_be_named(data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir("/")
    assert connection.data_folder() is None
    monkeypatch.setenv("CALLBOARD_DATA_DIR", str(data))
    assert connection.find().key == "cb_own_key"


def test_the_newest_up_is_found_wherever_its_data_lies(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir("/")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    assert connection.data_folder() is None
    connection.note(tmp_path / "gone")
    assert connection.data_folder() is None
    connection.note(data)
    assert connection.find() == Connection(LOCAL, "cb_own_key")


def test_without_a_key_file_there_is_no_key(data: Path) -> None:
    (data / "api-key").unlink()
    assert connection.find() == Connection(LOCAL, None)


def test_a_key_is_never_shown(data: Path) -> None:
    assert "cb_own_key" not in repr(connection.find())


def test_settings_of_up_are_adopted_where_none_are_set(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CALLBOARD_URL", "http://127.0.0.1:1")
    adopted: dict[str, str] = {}
    monkeypatch.setattr("cli.environment.adopt", adopted.update)
    connection.adopt_running()
    assert adopted == {"CALLBOARD_DATABASE_URL": "postgresql://u:a b@h/n"}
