"""The same with a broker in a container of pytest-celery's own, where a container engine answers."""

from contextlib import closing

import docker
import pytest
from docker.errors import DockerException

from tests.e2e.nodes import Start
from tests.e2e.stage import Stage


def engine_answers() -> bool:
    try:
        with closing(docker.from_env(timeout=2)) as client:
            return bool(client.ping())
    except DockerException:
        return False


@pytest.mark.docker
@pytest.mark.skipif(not engine_answers(), reason="no container engine answers; DOCKER_HOST names one")
def test_operations_run_through_a_broker_in_a_container(
    stage: Stage, start: Start, request: pytest.FixtureRequest
) -> None:
    container = request.getfixturevalue("default_redis_broker")
    url = container.config()["host_url"]
    start({"CALLBOARD_BROKER_URL": url, "CALLBOARD_SWEEP_SECONDS": "0.5"})

    assert stage.until_ended(stage.submit_unrung("echo")).status == "completed"
