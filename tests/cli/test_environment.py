from pathlib import Path

import pytest

from callboard.errors import SettingsError
from cli import environment


def test_children_see_only_what_is_theirs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    monkeypatch.setenv("CALLBOARD_LOG_LEVEL", "DEBUG")
    passed = environment.for_children()
    assert passed["CALLBOARD_LOG_LEVEL"] == "DEBUG"
    assert "PATH" in passed
    assert "AWS_SECRET_ACCESS_KEY" not in passed


def test_relative_module_paths_are_made_absolute(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", "src")
    assert environment.for_children()["PYTHONPATH"] == str(Path("src").absolute())


def test_a_setting_may_lie_in_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "url").write_text("postgresql://a\n")
    monkeypatch.delenv("CALLBOARD_DATABASE_URL", raising=False)
    monkeypatch.setenv("CALLBOARD_DATABASE_URL_FILE", str(tmp_path / "url"))
    assert environment.given("CALLBOARD_DATABASE_URL") == "postgresql://a"


def test_a_missing_file_of_a_setting_is_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CALLBOARD_DATABASE_URL", raising=False)
    monkeypatch.setenv("CALLBOARD_DATABASE_URL_FILE", "/nowhere/url")
    with pytest.raises(SettingsError, match="/nowhere/url named by CALLBOARD_DATABASE_URL_FILE cannot be read"):
        environment.given("CALLBOARD_DATABASE_URL")


def test_children_get_no_module_path_where_there_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PYTHONPATH", raising=False)
    assert "PYTHONPATH" not in environment.for_children()
