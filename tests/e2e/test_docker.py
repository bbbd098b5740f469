"""The same with a broker in a container of pytest-celery's own, where a container engine answers."""

import os
import socket
from urllib.parse import urlsplit

import pytest

from tests.e2e.nodes import Start
from tests.e2e.stage import Stage


def engine_answers() -> bool:
    host = urlsplit(os.environ.get("DOCKER_HOST", "unix:///var/run/docker.sock"))
    try:
        if host.scheme == "unix":
            with socket.socket(socket.AF_UNIX) as client:
                client.connect(host.path)
        else:
            socket.create_connection((host.hostname, host.port or 2375), timeout=2).close()
    except OSError:
        return False
    return True


@pytest.mark.docker
@pytest.mark.skipif(not engine_answers(), reason="no container engine answers; DOCKER_HOST names one")
def test_operations_run_through_a_broker_in_a_container(
    stage: Stage, start: Start, request: pytest.FixtureRequest
) -> None:
    container = request.getfixturevalue("default_redis_broker")
    host, port = container.get_addr("6379/tcp")
    start({"CALLBOARD_BROKER_URL": f"redis://{host}:{port}/0", "CALLBOARD_SWEEP_SECONDS": "0.5"})

    assert stage.until_ended(stage.submit_unrung("echo")).status == "completed"
