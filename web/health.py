"""Tells whoever starts or balances this process whether it lives, and whether it can serve."""

from functools import lru_cache
from pathlib import Path
from typing import Any

import redis
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import text
from starlette.requests import Request
from starlette.responses import JSONResponse

import migrations
from callboard.db import transaction
from callboard.errors import UnavailableError
from callboard.settings import current
from web.threads import in_thread

OK, MISSING = "ok", "does not answer"


async def healthz(request: Request) -> JSONResponse:
    """The process lives."""
    return JSONResponse({"status": "alive"})


async def readyz(request: Request) -> JSONResponse:
    """Whether requests can be served: by a database that is migrated; without Redis all is slower, nothing lost."""
    checks = await in_thread(_checks)
    status = "ready" if checks["database"] == OK else "unavailable"
    if status == "ready" and checks["redis"] != OK:
        status = "degraded"
    return JSONResponse({"status": status, "checks": checks}, 503 if status == "unavailable" else 200)


def _checks() -> dict[str, Any]:
    return {"database": _database(), "redis": _redis()}


def _database() -> str:
    try:
        with transaction() as session:
            there = session.scalar(text("SELECT to_regclass('alembic_version') IS NOT NULL"))
            revision = session.scalar(text("SELECT version_num FROM alembic_version")) if there else None
    except UnavailableError:
        return MISSING
    newest, known = _revisions()
    if revision == newest or (revision is not None and revision not in known):
        return OK
    return "is not migrated; run `callboard migrate`"


def _redis() -> str:
    try:
        with redis.Redis.from_url(current().redis_url, socket_timeout=1, socket_connect_timeout=1) as client:
            client.ping()
    except redis.RedisError:
        return MISSING
    return OK


@lru_cache(maxsize=1)
def _revisions() -> tuple[str | None, frozenset[str]]:
    """The newest revision of this program, and all that it knows; a database beyond them is newer, and served."""
    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__path__[0])).replace("%", "%%"))
    scripts = ScriptDirectory.from_config(config)
    return scripts.get_current_head(), frozenset(script.revision for script in scripts.walk_revisions())
