"""What the process says of itself."""

import httpx
import pytest
from sqlalchemy import text

from callboard.db import transaction
from callboard.settings import current
from web import health


def test_a_served_and_migrated_database_is_ready(stranger: httpx.Client) -> None:
    assert stranger.get("/healthz").json() == {"status": "alive"}
    answer = stranger.get("/readyz")
    assert answer.status_code == 200
    assert answer.json() == {"status": "ready", "checks": {"database": "ok", "redis": "ok"}}


def test_without_redis_it_is_degraded_but_serves(stranger: httpx.Client, monkeypatch: pytest.MonkeyPatch) -> None:
    dead = current().model_copy(update={"redis_url": "redis://127.0.0.1:1/0"})
    monkeypatch.setattr(health, "current", lambda: dead)
    answer = stranger.get("/readyz")
    assert (answer.status_code, answer.json()["status"]) == (200, "degraded")


def test_a_database_that_is_not_migrated_is_not_ready(stranger: httpx.Client) -> None:
    def revision(value: str) -> None:
        with transaction() as session:
            session.execute(text("UPDATE alembic_version SET version_num = :value"), {"value": value})

    with transaction() as session:
        newest = session.scalar(text("SELECT version_num FROM alembic_version"))
    revision("add_agent_metadata")
    answer = stranger.get("/readyz")
    revision(str(newest))
    assert answer.status_code == 503
    assert "callboard migrate" in answer.json()["checks"]["database"]
