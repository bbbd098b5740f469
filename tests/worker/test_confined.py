"""Tests of reading what hostile code may have left."""

import os
from pathlib import Path

import pytest

from worker.confined import project_path, read_confined


def test_a_file_inside_is_read(tmp_path: Path) -> None:
    (tmp_path / "report").write_bytes(b"fine")
    assert read_confined(tmp_path, "report") == b"fine"


def test_a_file_above_the_limit_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "report").write_bytes(b"12345")
    assert read_confined(tmp_path, "report", 4) is None


def test_a_link_out_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("secret")
    folder = tmp_path / "scratch"
    folder.mkdir()
    (folder / "report").symlink_to(tmp_path / "key")
    assert read_confined(folder, "report") is None
    assert read_confined(folder, "../key") is None


def test_a_pipe_does_not_block(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "report")
    assert read_confined(tmp_path, "report") is None


@pytest.mark.parametrize("name", ["missing", ".", "loop", "a\0b", "x" * 5000])
def test_what_is_no_file_is_nothing(tmp_path: Path, name: str) -> None:
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    assert read_confined(tmp_path, name) is None


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("a b/ü.py", "a b/ü.py"),
        ("./a/../b.py", "b.py"),
        ("/srv/shop/a.py", "a.py"),
        ("/etc/passwd", ""),
        ("../shop2/a.py", ""),
        ("..a/b.py", "..a/b.py"),
        (".", ""),
        ("caf\udce9.py", "caf?.py"),
    ],
)
def test_tools_paths_become_relative_or_nothing(name: str, path: str) -> None:
    assert project_path(name, Path("/srv/shop")) == path
