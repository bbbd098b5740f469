"""Real Celery workers, and a broker of their own that tests may kill; pytest-celery with local processes as nodes."""

import os
from collections.abc import Iterator
from contextlib import suppress
from itertools import count
from pathlib import Path

import pytest
from celery import Celery
from pytest_celery import CeleryBrokerCluster, CeleryTestWorker, CeleryWorkerCluster, RedisTestBroker
from pytest_docker_tools.utils import wait_for_callable
from sqlalchemy import text

from callboard import broker, db
from callboard.agents import AgentService
from callboard.errors import NotCancellableError
from callboard.projects import ProjectService
from cli.stack.embedded.valkey import Valkey
from tests.e2e.nodes import LocalProcess, LocalRedis, LocalWorker, Start
from tests.e2e.stage import CAPABILITIES, Frames, Stage, core

QUICK = {
    "CALLBOARD_LEASE_SECONDS": "3",
    "CALLBOARD_HEARTBEAT_SECONDS": "1",
    "CALLBOARD_CANCEL_POLL_SECONDS": "0.2",
    "CALLBOARD_SWEEP_SECONDS": "0.5",
    "CALLBOARD_DRAIN_SECONDS": "1",
}
_numbers = count(1)


@pytest.fixture(scope="package")
def celery_broker_cluster(
    servers: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[CeleryBrokerCluster]:
    """A Valkey that forgets all when it dies, which this process and every worker use as their broker."""
    valkey = Valkey(tmp_path_factory.mktemp("broker"))
    program = valkey.prepare()
    port = int(valkey.url.rpartition(":")[2])
    argv = (*program.argv, "--appendonly", "no")
    process = LocalProcess("broker", argv, env=program.env, folder=program.folder, port=port)
    container = LocalRedis(process, f"{valkey.url}/0")
    wait_for_callable("waiting for the broker", container.ready, timeout=30)
    before = broker.app.conf.broker_url
    _use(container.url)
    yield CeleryBrokerCluster(RedisTestBroker(container))
    _use(before)
    container.teardown()


@pytest.fixture(scope="package")
def worker_environment(servers: dict[str, str], celery_broker_cluster: CeleryBrokerCluster) -> dict[str, str]:
    """What a worker finds in its environment; the database holds nothing of other tests."""
    with db.transaction() as session:
        session.execute(text("TRUNCATE projects, agents, capabilities, workers CASCADE"))
    own = {
        "CALLBOARD_BROKER_URL": celery_broker_cluster[0].container.url,
        "CALLBOARD_CAPABILITIES": str(CAPABILITIES),
    }
    return {**os.environ, **servers, **own}


@pytest.fixture
def start(worker_environment: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Start]:
    """Starts a worker with quick settings, or with other ones, which ends with the test.

    Its coverage is not measured: what it runs, the standing one runs too, and most are killed before they could tell.
    """
    started: list[CeleryTestWorker] = []
    unmeasured = {name: value for name, value in worker_environment.items() if not name.startswith("COVERAGE_")}

    def start(settings: dict[str, str] = QUICK, *, slots: int = 1) -> CeleryTestWorker:
        started.append(_worker({**unmeasured, **settings}, tmp_path_factory.mktemp("worker"), slots))
        return started[-1]

    yield start
    for worker in started:
        worker.teardown()


@pytest.fixture(scope="package")
def standing() -> Iterator[list[CeleryTestWorker]]:
    """The worker that tests share while they leave it alive."""
    workers: list[CeleryTestWorker] = []
    yield workers
    for worker in workers:
        worker.teardown()


@pytest.fixture
def celery_worker_cluster(
    standing: list[CeleryTestWorker], worker_environment: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> CeleryWorkerCluster:
    """The shared worker, with quick settings and two slots; started anew where a test has ended it."""
    if not standing or standing[0].container.status != "running":
        standing[:] = [_worker({**worker_environment, **QUICK}, tmp_path_factory.mktemp("worker"), 2)]
    return CeleryWorkerCluster(*standing)


@pytest.fixture
def nobody(standing: list[CeleryTestWorker]) -> None:
    """No worker runs but those that the test starts."""
    for worker in standing:
        worker.teardown()


@pytest.fixture
def celery_backend_cluster() -> None:
    """The record in PostgreSQL is the result."""


@pytest.fixture
def celery_backend_cluster_config() -> None:
    """There is no backend to configure."""


@pytest.fixture
def celery_setup_app() -> Celery:
    """Tests send by the app that the service sends by."""
    return broker.app


@pytest.fixture
def stage(worker_environment: dict[str, str], servers: dict[str, str], tmp_path: Path) -> Iterator[Stage]:
    """A project of this test alone; what it leaves unended is cancelled."""
    source = tmp_path / "source"
    source.mkdir()
    (source / "main.py").write_text("print('hello')\n")
    stage = Stage(f"stage-{next(_numbers)}", servers["CALLBOARD_REDIS_URL"])
    names = list(core.capabilities)
    with db.transaction() as session:
        agents = AgentService(session, core)
        if not agents.page():
            agents.create("Actor", names, id="actor")
        ProjectService(session).create("Stage", {"path": str(source)}, id=stage.project_id)
        agents.assign_to_project("actor", stage.project_id, names)
    yield stage
    for id in stage.unended():
        with suppress(NotCancellableError):
            stage.cancel(id)


@pytest.fixture
def frames(stage: Stage) -> Iterator[Frames]:
    """What is published for the project from now on."""
    frames = Frames(stage)
    yield frames
    frames.close()


@pytest.fixture
def gate(tmp_path: Path) -> Path:
    """A file that opens for `slow` once it is touched."""
    return tmp_path / "gate"


def _worker(env: dict[str, str], folder: Path, slots: int) -> CeleryTestWorker:
    node = LocalWorker.start(f"worker{next(_numbers)}", folder=folder, env=env, concurrency=slots)
    return CeleryTestWorker(node, broker.app)


def _use(url: str) -> None:
    """Points this process's Celery app at a broker."""
    broker.app.conf.broker_url = url
    broker.app.close()
    broker.app.amqp._producer_pool = None
