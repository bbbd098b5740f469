import subprocess
import sys
from pathlib import Path

import pytest

from callboard.errors import StartError
from cli.stack.data_folder import DataFolder


def test_it_is_private(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path / "data")
    folder.close()
    assert (tmp_path / "data").stat().st_mode & 0o777 == 0o700


def test_a_second_up_is_refused_in_a_sentence(tmp_path: Path) -> None:
    first = DataFolder(tmp_path / "data")
    with pytest.raises(StartError, match=r"already runs on .*data: end it, or use --data"):
        DataFolder(tmp_path / "data")
    first.close()
    DataFolder(tmp_path / "data").close()


def test_a_folder_with_other_files_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    (tmp_path / "letter.txt").write_text("dear")
    with pytest.raises(StartError, match="holds other files"):
        DataFolder(tmp_path)
    assert tmp_path.stat().st_mode & 0o777 == 0o755


def test_a_folder_that_cannot_be_made_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StartError, match="cannot be the data folder: Not a directory"):
        DataFolder(tmp_path / "file" / "data")


def test_the_environment_file_is_private_and_safe_for_a_shell(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path / "data")
    folder.write_environment({"CALLBOARD_URL": "it's $HOME; `x`"})
    folder.close()
    file = tmp_path / "data" / "env"
    assert file.stat().st_mode & 0o777 == 0o600
    shown = subprocess.run(
        ("sh", "-c", '. "$1"; printf %s "$CALLBOARD_URL"', "sh", file), capture_output=True, text=True
    )
    assert shown.stdout == "it's $HOME; `x`"


def test_the_next_up_waits_for_what_a_killed_one_left(tmp_path: Path) -> None:
    holder = (
        "import fcntl, sys; f = open(sys.argv[1]); fcntl.flock(f, fcntl.LOCK_EX); print('held', flush=True); input()"
    )
    DataFolder(tmp_path / "data").close()
    lock = tmp_path / "data" / "up.lock"
    gone = subprocess.Popen((sys.executable, "-c", ""))
    gone.wait()
    lock.write_text(f"{gone.pid}\n")
    command = (
        sys.executable,
        "-c",
        f"import threading, os; threading.Timer(1, os._exit, [0]).start(); {holder}",
        str(lock),
    )
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as watcher:
        assert watcher.stdout is not None
        assert watcher.stdout.readline() == b"held\n"
        DataFolder(tmp_path / "data").close()
