"""What each check of `callboard doctor` says where something is wrong, on the servers themselves."""

import http
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import text

from callboard import catalogue, db
from cli.doctor import checkup
from tests.cli.scripted import scripted

Found = Callable[[str], tuple[str, str]]


@pytest.fixture
def found(database: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Found:
    """The state of one check and its sentence, where nothing answers as the API."""
    monkeypatch.setenv("CALLBOARD_URL", "http://127.0.0.1:1")

    def look(name: str) -> tuple[str, str]:
        return next((check.state, check.told) for check in checkup.examine() if check.name == name)

    return look


def test_without_a_worker_nothing_runs_and_no_sandbox_is_known(found: Found) -> None:
    assert found("workers")[0] == found("sandbox")[0] == "failed"
    assert "no worker is alive: nothing runs" in found("workers")[1]


def test_a_worker_says_what_it_offers_and_in_which_sandbox(found: Found) -> None:
    with db.transaction() as session:
        catalogue.worker_seen(session, "one@host", capabilities=["testing"], concurrency=2, sandbox="landlock")
    assert found("workers") == ("ok", "one@host (2 at once) offers testing")
    assert found("sandbox") == ("ok", "one@host uses landlock")


def test_a_deaf_worker_and_one_without_a_sandbox_are_named(found: Found) -> None:
    with db.transaction() as session:
        catalogue.worker_seen(session, "one@host", deaf=True, capabilities=["testing"], concurrency=2, sandbox=None)
    assert found("workers")[1].startswith("one@host is connected and does not hear its canary")
    with db.transaction() as session:
        catalogue.worker_seen(session, "one@host", capabilities=["testing"], concurrency=2, sandbox=None)
    assert found("sandbox")[1].startswith("one@host has no sandbox: install bubblewrap")


def test_a_schema_that_lacks_a_migration_names_the_way(found: Found) -> None:
    with db.transaction() as session:
        newest = session.scalar(text("DELETE FROM alembic_version RETURNING version_num"))
    try:
        assert found("database")[1].endswith("run `callboard migrate`")
    finally:
        with db.transaction() as session:
            session.execute(text("INSERT INTO alembic_version VALUES (:newest)"), {"newest": newest})
    assert found("database")[0] == "ok"


def test_a_full_disk_says_how_much_to_clear(found: Found, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checkup, "_NEEDED_BYTES", 1 << 60)
    assert "GB left; make room" in found("disk")[1]


def test_a_machine_without_git_says_what_to_install(
    found: Found, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert found("git")[1].endswith("install the package git")


def test_an_api_that_is_not_ready_is_told_in_its_own_words(found: Found, monkeypatch: pytest.MonkeyPatch) -> None:
    with scripted(lambda path: (http.HTTPStatus.SERVICE_UNAVAILABLE, "text/plain", b"the schema is old")) as api:
        monkeypatch.setenv("CALLBOARD_URL", api.where.url)
        assert found("api") == ("failed", f"{api.where.url} is not ready: the schema is old")
