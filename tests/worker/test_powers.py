"""What an unprivileged user of a sandbox could reach, by the permissions of real files."""

import os
import subprocess
from pathlib import Path

import pytest

from worker.confinement import powers

SOMEBODY = 61234
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    (tmp_path / "open").mkdir(mode=0o755)
    (tmp_path / "open" / "file").write_text("")
    return tmp_path / "open" / "file"


def test_the_worker_itself_reaches_whatever_it_reaches(file: Path) -> None:
    file.chmod(0)
    assert powers.reaches(None, [file], whole_path=True)


def test_a_user_reaches_what_is_open_to_all_and_nothing_else(file: Path) -> None:
    file.chmod(0o644)
    assert powers.reaches(SOMEBODY, [file], whole_path=False)
    file.chmod(0o640)
    assert not powers.reaches(SOMEBODY, [file], whole_path=False)


def test_a_closed_folder_above_closes_the_way(file: Path) -> None:
    file.chmod(0o644)
    file.parents[1].chmod(0o700)
    assert not powers.reaches(SOMEBODY, [file], whole_path=True)


def test_what_is_not_there_is_no_obstacle(file: Path) -> None:
    assert powers.reaches(SOMEBODY, [file.with_name("gone")], whole_path=False)


def test_a_worker_that_is_no_root_lends_no_user(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert powers.spare_user() is None


@as_root
def test_the_tasks_of_a_user_are_counted() -> None:
    assert powers.tasks_of(SOMEBODY) == 0
    with subprocess.Popen(["sleep", "60"], user=SOMEBODY) as sleeper:
        assert powers.tasks_of(SOMEBODY) == 1
        sleeper.kill()
