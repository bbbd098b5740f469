"""Settings: from the environment or a file, frozen, silent about secrets, wrong ones told in sentences."""

import os
import re
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from callboard.errors import SettingsError
from callboard.settings import Settings, load_settings

URLS = {"CALLBOARD_DATABASE_URL": "postgresql://me:hush1@host:5432/db", "CALLBOARD_REDIS_URL": "redis://:hush2@host/0"}
PAGE = Path(__file__).parents[2] / "docs" / "configuration.md"
ROW = re.compile(r"^\| `(CALLBOARD_[A-Z_]+)` \| (.+?) \| (.+?) \|$", re.MULTILINE)


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    for name in os.environ:
        if name.startswith("CALLBOARD_"):
            monkeypatch.delenv(name)
    for name, value in URLS.items():
        monkeypatch.setenv(name, value)
    return monkeypatch


def refusal() -> str:
    with pytest.raises(SettingsError) as refused:
        load_settings()
    return str(refused.value)


def test_a_missing_setting_is_named_with_a_way_out(environment: pytest.MonkeyPatch) -> None:
    environment.delenv("CALLBOARD_DATABASE_URL")
    assert refusal() == ("CALLBOARD_DATABASE_URL is not set; `callboard up` sets it, or point it at your own server")


def test_redis_is_where_it_usually_is_unless_named(environment: pytest.MonkeyPatch) -> None:
    environment.delenv("CALLBOARD_REDIS_URL")
    assert load_settings().redis_url == load_settings().broker_url == "redis://127.0.0.1:6379/0"


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("DATABASE_URL", "mysql://me:hush1@host/db", "is wrong: it must look like postgresql://"),
        ("DATABASE_URL", "nonsense", "is wrong: it must look like postgresql://"),
        ("REDIS_URL", "host:6379", "is wrong: it must look like redis://"),
        ("CREDENTIALS", "hush", "is wrong: it must be a JSON object of credentials by name"),
        ("CREDENTIALS", '["hush"]', "is wrong: it must be a JSON object of credentials by name"),
        ("SANDBOX", "none", "'none' is wrong: Input should be 'auto', 'bubblewrap' or 'landlock'"),
        ("LEASE_SECONDS", "-1", "'-1' is wrong: Input should be greater than 0"),
        ("LEASE_SECONDS", "long", "'long' is wrong: Input should be a valid number"),
        ("HEARTBEAT_SECONDS", "30", "'30' is wrong: it must be less than CALLBOARD_LEASE_SECONDS"),
        ("LOG_LEVEL", "LOUD", "'LOUD' is wrong: Input should be 'DEBUG'"),
    ],
)
def test_a_wrong_value_is_told_in_a_sentence(environment: pytest.MonkeyPatch, name: str, value: str, told: str) -> None:
    environment.setenv(f"CALLBOARD_{name}", value)
    assert refusal().startswith(f"CALLBOARD_{name} {told}")


@pytest.mark.parametrize("name", ["DATABASE_URL", "LEASE_SECONDS"])
def test_no_secret_stands_in_an_error_or_its_traceback(environment: pytest.MonkeyPatch, name: str) -> None:
    environment.setenv("CALLBOARD_DATABASE_URL", "mysql://me:hush1@host/db")
    environment.delenv("CALLBOARD_REDIS_URL")
    environment.setenv(f"CALLBOARD_{name}_FILE", "")
    with pytest.raises(SettingsError) as refused:
        load_settings()
    assert "hush" not in "".join(traceback.format_exception(refused.value))


def test_no_secret_stands_in_the_repr(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("CALLBOARD_CREDENTIALS", '{"ours": {"secret": "hush3"}}')
    assert "hush" not in repr(load_settings())
    assert "hush" not in str(load_settings())


def test_a_secret_may_stand_in_a_file(environment: pytest.MonkeyPatch, tmp_path: Path) -> None:
    secret = tmp_path / "url"
    secret.write_text("redis://:fromfile@host/0\n")
    environment.setenv("CALLBOARD_REDIS_URL_FILE", str(secret))
    assert load_settings().redis_url == URLS["CALLBOARD_REDIS_URL"]
    environment.delenv("CALLBOARD_REDIS_URL")
    assert load_settings().redis_url == "redis://:fromfile@host/0"


@pytest.mark.parametrize("content", [None, b"\xff\xfe"])
def test_a_file_that_cannot_be_read_is_named(
    environment: pytest.MonkeyPatch, tmp_path: Path, content: bytes | None
) -> None:
    path = tmp_path / "url"
    if content:
        path.write_bytes(content)
    environment.setenv("CALLBOARD_BROKER_URL_FILE", str(path))
    assert refusal().startswith(f"the file {path} named by CALLBOARD_BROKER_URL_FILE cannot be read")


def test_settings_are_frozen() -> None:
    with pytest.raises(ValidationError):
        load_settings().port = 1  # type: ignore[attr-defined]
    with pytest.raises(ValidationError):
        load_settings().lease_seconds = 1


def test_the_driver_is_named_and_the_broker_is_redis_unless_set(environment: pytest.MonkeyPatch) -> None:
    assert load_settings().database_url == "postgresql+psycopg2://me:hush1@host:5432/db"
    assert load_settings().broker_url == URLS["CALLBOARD_REDIS_URL"]
    environment.setenv("CALLBOARD_BROKER_URL", "amqp://broker")
    assert load_settings().broker_url == "amqp://broker"


def test_workspace_roots_are_folders_separated_by_colons(environment: pytest.MonkeyPatch, tmp_path: Path) -> None:
    environment.setenv("CALLBOARD_WORKSPACE_ROOTS", f"{tmp_path}::{tmp_path}/a b")
    assert load_settings().workspace_roots == (tmp_path.resolve(), tmp_path.resolve() / "a b")


def test_the_page_lists_every_setting_with_its_default_and_meaning() -> None:
    listed = {name: (default, meaning) for name, default, meaning in ROW.findall(PAGE.read_text(encoding="utf-8"))}
    assert listed == {
        f"CALLBOARD_{name.upper()}": (default_of(name, field), field.description)
        for name, field in Settings.model_fields.items()
    }


def default_of(name: str, field: Any) -> str:
    if field.is_required():
        return "required"
    if name == "work_dir":
        return "`callboard-<uid>` in the system's temporary folder"
    return f"`{field.default}`" if field.default not in ("", (), None) else "none"
