"""The checks of `callboard doctor`: each answers one sentence, and a failed one says what to do."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Literal

import httpx
import redis
from kombu.exceptions import OperationalError as BrokerError

from callboard import broker, catalogue, db
from callboard.errors import CallboardError, SettingsError, UnavailableError
from callboard.settings import Settings, load_settings
from cli import environment, migrations
from cli.api import connection
from cli.api.client import Client, credentials, is_remote
from cli.doctor import bookkeeping

_NEEDED_BYTES = 1_000_000_000
_PATIENCE_SECONDS = 3


@dataclass(frozen=True)
class Check:
    """What one check found; `mended` is what was put right before it."""

    name: str
    state: Literal["ok", "failed", "skipped", "mended"]
    told: str


def examine() -> list[Check]:
    """Every check, in the order in which parts need each other; what only the servers' machine can tell is skipped."""
    on_server: dict[str, Callable[[Settings], str]] = {
        "database": _database,
        "redis": _redis,
        "broker": _broker,
        "workers": _workers,
        "account": _account,
        "records": _records,
        "sandbox": _sandbox,
        "disk": _disk,
    }
    here: dict[str, Callable[[], str]] = {"git": _git, "api": _api, "api key": _key}
    settings, told = _settings()
    findings = [told]
    for name, check in on_server.items():
        findings.append(_found(name, partial(check, settings)) if settings else _left_out(name, told))
    return findings + [_found(name, check) for name, check in here.items()]


def _found(name: str, check: Callable[[], str]) -> Check:
    try:
        return Check(name, "ok", check())
    except CallboardError as error:
        return Check(name, "failed", str(error))


def _left_out(name: str, settings: Check) -> Check:
    why = "needs the settings" if settings.state == "failed" else "only the servers' machine can tell"
    return Check(name, "skipped", why)


def _settings() -> tuple[Settings | None, Check]:
    try:
        settings = load_settings()
    except SettingsError as error:
        if environment.given("CALLBOARD_URL") and not environment.given("CALLBOARD_DATABASE_URL"):
            return None, Check("settings", "skipped", "only CALLBOARD_URL is set: the servers are elsewhere")
        return None, Check("settings", "failed", str(error))
    return settings, Check("settings", "ok", "all settings are there and make sense")


def _database(settings: Settings) -> str:
    missing = migrations.missing()
    if missing:
        raise CallboardError(f"the schema lacks {', '.join(missing)}; run `callboard migrate`")
    return "PostgreSQL answers, and its schema is up to date"


def _redis(settings: Settings) -> str:
    try:
        with redis.Redis.from_url(
            settings.redis_url, socket_timeout=_PATIENCE_SECONDS, socket_connect_timeout=_PATIENCE_SECONDS
        ) as client:
            client.ping()
    except (redis.RedisError, OSError, ValueError) as error:
        raise UnavailableError(f"Redis does not answer: {error}; start it, or correct CALLBOARD_REDIS_URL") from error
    return "Redis answers, so changes are shown live"


def _broker(settings: Settings) -> str:
    try:
        with broker.app.connection_for_write(connect_timeout=_PATIENCE_SECONDS) as link:
            link.ensure_connection(max_retries=1, timeout=_PATIENCE_SECONDS)
    except (BrokerError, OSError) as error:
        told = f"the broker does not answer: {error}; start it, or correct CALLBOARD_BROKER_URL"
        raise UnavailableError(told) from error
    return "the broker answers, so workers hear of new work at once"


def _workers(settings: Settings) -> str:
    with db.transaction() as session:
        alive = [(worker.name, worker.concurrency, worker.capabilities) for worker in catalogue.workers(session)]
        deaf = [worker.name for worker in catalogue.workers(session, alive=False) if worker.status == "deaf"]
    if deaf:
        told = "connected and does not hear its canary; it restarts its consumer by itself, else restart it"
        raise UnavailableError(f"{', '.join(deaf)} is {told}")
    if not alive:
        raise UnavailableError("no worker is alive: nothing runs; start one (`callboard up` does) or read its log")
    offers = (f"{name} ({count} at once) offers {', '.join(sorted(offered))}" for name, count, offered in alive)
    return "; ".join(offers)


def _account(settings: Settings) -> str:
    return bookkeeping.balance()


def _records(settings: Settings) -> str:
    return bookkeeping.records()


def _sandbox(settings: Settings) -> str:
    with db.transaction() as session:
        tiers = {worker.name: worker.sandbox for worker in catalogue.workers(session)}
    lacking = [name for name, tier in tiers.items() if not tier]
    if lacking:
        raise UnavailableError(
            f"{', '.join(lacking)} has no sandbox: install bubblewrap, or allow user namespaces or Landlock there"
        )
    if not tiers:
        raise UnavailableError("no worker is alive that could tell; start one")
    return "; ".join(f"{name} uses {tier}" for name, tier in tiers.items())


def _disk(settings: Settings) -> str:
    told = []
    for folder in {settings.data_dir.resolve(), settings.work_dir.resolve()}:
        there = next(place for place in (folder, *folder.parents) if place.exists())
        free = shutil.disk_usage(there).free
        if free < _NEEDED_BYTES:
            raise CallboardError(
                f"{there} has {free / 1e9:.1f} GB left; make room, at least {_NEEDED_BYTES / 1e9:g} GB"
            )
        told.append(f"{free / 1e9:.0f} GB are free at {there}")
    return "; ".join(sorted(told))


def _git() -> str:
    path = shutil.which("git")
    if path is None:
        raise CallboardError("git is not on the PATH: projects from git cannot be checked out; install the package git")
    return f"git is {path}"


def _api() -> str:
    where = connection.find()
    try:
        answer = httpx.get(f"{where.url}/readyz", timeout=_PATIENCE_SECONDS, trust_env=is_remote(where))
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise UnavailableError(f"nothing answers at {where.url} ({error}); start it with `callboard up`") from error
    if not answer.is_success:
        raise UnavailableError(f"{where.url} is not ready: {answer.text.strip()[:300]}")
    return f"{where.url} answers and is ready"


def _key() -> str:
    where = connection.find()
    if not credentials(where):
        raise SettingsError("there is no API key: set CALLBOARD_API_KEY, or be in the folder where `callboard up` runs")
    with Client(where) as api:
        api.get("projects", limit=1)
    return "the API takes the key"
