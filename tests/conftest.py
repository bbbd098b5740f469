"""Real servers for all tests: one PostgreSQL and one Valkey a run, schema by Alembic, empty tables for each test."""

import os
import sys
import threading
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import redis
from celery import Celery
from sqlalchemy import text
from sqlalchemy.orm import Session
from xdist.scheduler import LoadScopeScheduling

from callboard import attempts, broker, catalogue, db, errands, events, operations, settings
from callboard.agents import AgentService
from callboard.capabilities import Capability, NoParameters, Result, capability
from callboard.errors import CallboardError
from callboard.models import Operation
from callboard.operations import Request
from callboard.projects import ProjectService
from cli import migrations
from cli.stack.embedded.postgres import Postgres
from cli.stack.embedded.serving import serving
from cli.stack.embedded.valkey import Valkey
from faults.proxy import Proxy

# Nothing here outlives the machine's power; waiting for its disk would triple the time of the tests.
UNSYNCED = ("--fsync=off", "--full-page-writes=off")
LONGEST_FIRST = ("e2e", "cli", "dashboard", "faults", "worker", "web")
SHARING = {
    "up": ("tests/cli/api/", "tests/cli/commands/", "tests/cli/stack/test_local_stack.py"),
    "worker": ("tests/e2e/",),
}
"""What a test process starts once for all tests of these folders."""
TABLES = ("projects", "agents", "capabilities", "workers", "api_keys", "blobs")
"""Those that no other hangs on are emptied with these."""


def pytest_configure(config: pytest.Config) -> None:
    """Commands under test know of no `up` but those of tests, and of these only where a test says so."""
    os.environ["XDG_STATE_HOME"] = os.devnull


def pytest_xdist_auto_num_workers() -> int:
    """`make test` runs two processes a core, each with servers of its own, for most tests wait most of their time."""
    return 2 * (os.cpu_count() or 1)


class Neighbours(LoadScopeScheduling):
    """Gives whole files to a process, and to one of them all those that share what is slow to start."""

    def _split_scope(self, nodeid: str) -> str:
        shared = (name for name, folders in SHARING.items() if nodeid.startswith(folders))
        return next(shared, nodeid.partition("::")[0])


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> LoadScopeScheduling:
    """Tests that share what is slow to start stay in one process."""
    return Neighbours(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest begin first."""
    items.sort(key=_place)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """What a test has written goes to another process, and so must be text that can be encoded."""
    report = yield
    report.sections = [(title, text.encode(errors="backslashreplace").decode()) for title, text in report.sections]
    return report


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Tells what tests have measured."""
    for report in terminalreporter.getreports("passed"):
        for name, measured in report.user_properties:
            terminalreporter.write_line(f"{name}: {measured}")


def _place(item: pytest.Item) -> int:
    folder = item.path.relative_to(Path(__file__).parent).parts[0]
    return LONGEST_FIRST.index(folder) if folder in LONGEST_FIRST else len(LONGEST_FIRST)


@pytest.fixture
def unmeasured() -> Iterator[None]:
    """Coverage looks away from the test's own thread: a walk by chance takes twice its time and reaches nothing new."""
    tracer = sys.gettrace()
    sys.settrace(None)
    yield
    sys.settrace(tracer)


@pytest.fixture(scope="session")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """PostgreSQL and Valkey of this run, named in the environment as an operator would."""
    folder = tmp_path_factory.mktemp("servers")
    postgres, valkey = Postgres(folder / "postgres"), Valkey(folder / "valkey")
    with serving(postgres, *UNSYNCED), serving(valkey):
        environment = {
            "CALLBOARD_DATABASE_URL": postgres.url,
            "CALLBOARD_REDIS_URL": f"{valkey.url}/0",
            "CALLBOARD_BROKER_URL": f"{valkey.url}/1",
            "CALLBOARD_DATABASE_POOL": "20",
            "CALLBOARD_DATA_DIR": str(folder / "data"),
            "CALLBOARD_WORK_DIR": str(folder / "work"),
            "CALLBOARD_WORKSPACE_ROOTS": f"{Path(__file__).parents[1]}{os.pathsep}{tmp_path_factory.getbasetemp()}",
        }
        os.environ.update(environment)
        migrations.upgrade()
        yield environment
        errands.flush()
        db.engine().dispose()
        broker.app.close()
        events.close()
        for name in environment:
            del os.environ[name]
        settings.current.cache_clear()


@pytest.fixture(scope="session")
def valkeys(servers: dict[str, str]) -> Iterator[list[redis.Redis]]:
    """The two databases of Valkey that the service uses."""
    clients = [redis.Redis.from_url(servers[name]) for name in ("CALLBOARD_REDIS_URL", "CALLBOARD_BROKER_URL")]
    yield clients
    for client in clients:
        client.close()


@pytest.fixture
def database(servers: dict[str, str], valkeys: list[redis.Redis]) -> dict[str, str]:
    """The migrated database with empty tables, and an empty Valkey."""
    errands.flush()
    with db.transaction() as session:
        # In the order of the house: a worker that still sweeps must not wait for us while we wait for it.
        session.execute(text("LOCK TABLE operations, projects, project_heads IN ACCESS EXCLUSIVE MODE"))
        for table in TABLES:
            session.execute(text(f"DELETE FROM {table}"))
    for client in valkeys:
        client.flushdb()
    return servers


@pytest.fixture
def broker_proxy(database: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Iterator[Proxy]:
    """Stands between the service and its broker, and does to their connections what a test asks of it."""
    url = database["CALLBOARD_BROKER_URL"]
    server = urlsplit(url)
    assert server.port is not None
    proxy = Proxy(server.port)
    with Celery("proxied") as app:
        app.config_from_object("celeryconfig")
        app.conf.broker_url = url.replace(f":{server.port}/", f":{proxy.port}/")
        monkeypatch.setattr(broker, "app", app)
        yield proxy
    proxy.close()


@pytest.fixture
def session(database: dict[str, str]) -> Iterator[Session]:
    """One transaction of the service, committed when the test ends well."""
    with db.transaction() as session:
        yield session


@capability("code_review", version="1")
def reviewing(workspace: Any, parameters: NoParameters, context: Any) -> Result:
    """Looks at the code."""
    return Result(summary="looked")


@capability("testing", version="1", risk="execute")
def testing(workspace: Any, parameters: NoParameters, context: Any) -> Result:
    """Runs the tests."""
    return Result(summary="ran")


class OfferedCore:
    """Stands for a worker's CoreIntelligence where only what it offers matters."""

    capabilities: dict[str, Capability] = {"code_review": reviewing, "testing": testing}  # noqa: RUF012


@pytest.fixture
def core() -> OfferedCore:
    return OfferedCore()


@pytest.fixture
def shop_project(database: dict[str, str], core: OfferedCore) -> str:
    """A project `shop` with the agent `reviewer`, who may review and test there; answers the project's id."""
    with db.transaction() as session:
        catalogue.offer(session, core.capabilities.values())
        ProjectService(session).create("Shop", {"path": "/shop"}, id="shop")
        AgentService(session).create("Reviewer", ["code_review", "testing"], id="reviewer")
        AgentService(session).assign_to_project("reviewer", "shop", ["code_review", "testing"])
    return "shop"


@pytest.fixture
def shop(shop_project: str) -> str:
    """The same by the name that tests of the command line give to their folder."""
    return shop_project


@pytest.fixture
def submitted(shop_project: str) -> Callable[..., str]:
    """Submits an operation of `reviewer` on `shop`, as the keywords of Request say; answers its id."""

    def submit(capability: str = "code_review", **asked: Any) -> str:
        with db.transaction() as session:
            return str(AgentService(session).submit(Request(shop_project, "reviewer", capability, **asked)).id)

    return submit


@pytest.fixture
def running(submitted: Callable[..., str]) -> Callable[..., str]:
    """Submits an operation and claims its first attempt; answers its id."""

    def start(capability: str = "code_review", **asked: Any) -> str:
        id = submitted(capability, **asked)
        with db.transaction() as session:
            assert attempts.claim(session, id, attempt=1, worker="one@test", version="1")
        return id

    return start


@pytest.fixture
def stored(database: dict[str, str]) -> Callable[[str], Operation]:
    """Reads an operation in a transaction of its own."""

    def read(id: str) -> Operation:
        with db.transaction() as session:
            return operations.get(session, id)

    return read


@pytest.fixture
def race() -> Callable[..., list[Any]]:
    """Starts the given calls at the same moment, each in a thread; answers what each returned or refused."""

    def run(*calls: Callable[[], Any]) -> list[Any]:
        barrier = threading.Barrier(len(calls))

        def one(call: Callable[[], Any]) -> Any:
            barrier.wait()
            try:
                return call()
            except CallboardError as error:
                return error

        with ThreadPoolExecutor(len(calls)) as threads:
            return list(threads.map(one, calls))

    return run


@pytest.fixture
def behind_a_lock(database: dict[str, str]) -> Callable[..., Any]:
    """Runs `call` in a thread until it waits for a lock, then `release` here; answers how `call` ended."""

    def run(call: Callable[[], Any], release: Callable[[], Any]) -> Any:
        with ThreadPoolExecutor(1) as thread, db.engine().connect() as watch:
            future = thread.submit(call)
            waiting = (
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
            )
            while not watch.scalar(text(waiting)) and not future.done():
                watch.rollback()
            release()
            error = future.exception()
            return error if error else future.result()

    return run
