"""Whose worker and whose Valkey a drill may touch."""

from pathlib import Path

import pytest

from callboard.errors import StartError
from cli.stack import local_stack
from tests.cli.conftest import Up


@pytest.fixture
def beside(up: Up, monkeypatch: pytest.MonkeyPatch) -> Up:
    """This process stands in the folder of `up`, with nothing of Callboard in its environment."""
    for name in ("CALLBOARD_URL", "CALLBOARD_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("CALLBOARD_DATA_DIR", str(up.data))
    return up


def test_the_worker_and_the_valkey_of_a_running_up_are_found(beside: Up) -> None:
    stack = local_stack.find()
    assert stack.folder == beside.data.resolve()
    assert stack.valkey_url.startswith("redis://:")


@pytest.mark.parametrize("name", ["CALLBOARD_BROKER_URL", "CALLBOARD_REDIS_URL"])
def test_servers_that_are_not_the_embedded_ones_are_refused(
    beside: Up, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    written = local_stack.connection.written(beside.data) | {name: "redis://127.0.0.1:1/0"}
    monkeypatch.setattr(local_stack.connection, "written", lambda folder: written)

    with pytest.raises(StartError, match="is not its embedded Valkey"):
        local_stack.find()


def test_a_folder_whose_up_has_ended_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tmp_path.chmod(0o700)
    (tmp_path / "env").write_text("CALLBOARD_URL=http://127.0.0.1:1\n")
    monkeypatch.setenv("CALLBOARD_DATA_DIR", str(tmp_path))

    with pytest.raises(StartError, match="no `callboard up` runs here"):
        local_stack.find()
