"""The same with RabbitMQ as the broker, where it is installed: only its URL differs."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from amqp.exceptions import AMQPError
from kombu import Connection
from pytest_docker_tools.utils import wait_for_callable

from cli.stack import ports
from tests.e2e.nodes import ROOT, LocalProcess, Start
from tests.e2e.stage import Stage

SERVER = shutil.which("rabbitmq-server", path="/usr/lib/rabbitmq/bin:/usr/sbin:/usr/bin")
SENDS = "import sys; from callboard import broker as b; b.send(b.Ring(sys.argv[1], 1, *['any'] * 2, *['echo'] * 2, 60))"

pytestmark = [
    pytest.mark.usefixtures("nobody"),
    pytest.mark.skipif(SERVER is None, reason="RabbitMQ is not installed: apt-get install rabbitmq-server"),
]


@pytest.fixture
def url(tmp_path: Path) -> Iterator[str]:
    """A RabbitMQ of this test's own."""
    folder, port, epmd = tmp_path / "rabbitmq", ports.pick(), str(ports.pick())
    folder.mkdir()
    (folder / "plugins").write_text("[].")
    names = {"PID_FILE": "pid", "MNESIA_BASE": "data", "LOG_BASE": "logs", "ENABLED_PLUGINS_FILE": "plugins"}
    own = {"NODENAME": "callboard@localhost", "NODE_IP_ADDRESS": "127.0.0.1", "NODE_PORT": str(port)}
    own |= {"DIST_PORT": str(ports.pick())} | {name: str(folder / file) for name, file in names.items()}
    env = {"PATH": os.environ["PATH"], "HOME": str(folder), "ERL_EPMD_PORT": epmd, "ERL_EPMD_ADDRESS": "127.0.0.1"}
    env["ERL_EPMD_RELAXED_COMMAND_CHECK"] = "1"
    env |= {f"RABBITMQ_{name}": value for name, value in own.items()}
    process = LocalProcess("rabbitmq", [str(SERVER)], env=env, folder=folder)
    url = f"amqp://guest:guest@127.0.0.1:{port}//"
    try:
        wait_for_callable("waiting for RabbitMQ", lambda: answers(url), timeout=60)
        yield url
    finally:
        process.remove()
        subprocess.run(["epmd", "-port", epmd, "-kill"], env=env, check=False, capture_output=True)


def answers(url: str) -> bool:
    try:
        with Connection(url, connect_timeout=2) as connection:
            connection.connect()
    except (OSError, AMQPError):
        return False
    return True


@pytest.fixture
def send(url: str, worker_environment: dict[str, str]) -> Callable[[str], None]:
    """Rings for an operation from a process that knows no queue yet, as the web application does."""
    env = worker_environment | {"CALLBOARD_BROKER_URL": url, "PYTHONPATH": str(ROOT)}
    return lambda id: subprocess.run([sys.executable, "-c", SENDS, id], env=env, check=True, timeout=30)


def test_rings_reach_the_worker_whoever_comes_first(
    stage: Stage, start: Start, url: str, send: Callable[[str], None]
) -> None:
    early = stage.submit_unrung("echo")
    send(early)
    start({"CALLBOARD_BROKER_URL": url, "CALLBOARD_SWEEP_SECONDS": "60"})
    late = stage.submit_unrung("echo")
    send(late)

    assert {stage.until_ended(id).status for id in (early, late)} == {"completed"}
