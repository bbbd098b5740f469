"""Flower sees the same truth, and what is revoked there is cancelled here."""

import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from pytest_celery import CeleryTestSetup
from sqlalchemy import update

from callboard import attempts, rescue
from callboard.db import transaction
from callboard.models import Operation
from cli.stack import ports
from tests.e2e.nodes import ROOT, LocalProcess
from tests.e2e.stage import Stage, until


class Flower:
    """Flower's HTTP API."""

    def __init__(self, url: str) -> None:
        self.client = httpx.Client(base_url=url, auth=("admin", "secret"), timeout=10, trust_env=False)

    def answers(self) -> bool:
        try:
            return self.client.get("/api/workers").status_code == 200
        except httpx.TransportError:
            return False

    def hears(self) -> bool:
        """Whether a worker's event has come in; it answers before it listens."""
        return bool(self.client.get("/workers", params={"json": "1"}).json()["data"])

    def task(self, id: str) -> dict[str, Any]:
        """What Flower knows of a task; empty where it knows nothing yet."""
        answer = self.client.get(f"/api/task/info/{id}")
        return answer.json() if answer.status_code == 200 else {}

    def until_state(self, id: str, state: str) -> dict[str, Any]:
        return until(f"{state} of {id} in Flower", lambda: (t := self.task(id)).get("state") == state and t)

    def revoke(self, id: str, *, terminate: bool) -> None:
        self.client.post(f"/api/task/revoke/{id}", params={"terminate": str(terminate).lower()}).raise_for_status()


@pytest.fixture(scope="module")
def served(worker_environment: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flower]:
    port = ports.pick()
    argv = (sys.executable, "-m", "celery", "-A", "callboard.broker", "flower", "--address=127.0.0.1", f"--port={port}")
    env = {**worker_environment, "FLOWER_BASIC_AUTH": "admin:secret", "PYTHONPATH": str(ROOT)}
    process = LocalProcess("flower", argv, env=env, folder=tmp_path_factory.mktemp("flower"))
    flower = Flower(f"http://127.0.0.1:{port}")
    until("Flower's answer", flower.answers)
    yield flower
    flower.client.close()
    process.remove()


@pytest.fixture
def flower(served: Flower, celery_setup: CeleryTestSetup) -> Flower:
    """Flower, once it hears the worker: what was told before it listened it never learns."""
    until("a worker's event in Flower", served.hears)
    return served


def test_flower_asks_for_a_password(flower: Flower) -> None:
    assert httpx.get(flower.client.base_url.join("/api/workers"), trust_env=False).status_code == 401


def test_a_completed_operation_is_a_success(stage: Stage, flower: Flower) -> None:
    id = stage.submit("echo")

    task = flower.until_state(id, "SUCCESS")
    assert (task["name"], task["result"]) == ("capability.echo", "'pass'")


def test_a_failed_operation_is_a_failure_with_its_reason(stage: Stage, flower: Flower) -> None:
    id = stage.submit("raising")

    task = flower.until_state(f"{id}.2", "FAILURE")
    assert "error: RuntimeError: attempt 2 went wrong" in task["exception"]


def test_an_attempt_that_is_tried_again_is_a_retry_and_the_next_one_a_task_of_its_own(
    stage: Stage, flower: Flower
) -> None:
    id = stage.submit("raising", times=1)

    assert "attempt 1 went wrong" in flower.until_state(id, "RETRY")["exception"]
    flower.until_state(f"{id}.2", "SUCCESS")


@pytest.mark.parametrize(("tries", "state"), [(2, "RETRY"), (1, "FAILURE")])
def test_an_attempt_whose_worker_is_gone_is_told_by_another_one(
    stage: Stage, flower: Flower, tries: int, state: str
) -> None:
    id = stage.submit_unrung("echo")
    with transaction() as session:
        session.execute(update(Operation).where(Operation.id == id).values(max_tries=tries, retry_delay=0))
        assert attempts.claim(session, id, attempt=1, worker="gone@nowhere", version="1")
        rescue.forget_lease(session, id, 1)

    task = flower.until_state(id, state)
    assert task["exception"] == "Worker gone@nowhere stopped answering during attempt 1"


def test_a_cancelled_operation_is_revoked(stage: Stage, flower: Flower, gate: Path) -> None:
    id = stage.submit("slow", gate=str(gate))
    stage.until_status(id, "running")

    stage.cancel(id)

    flower.until_state(id, "REVOKED")


def test_an_operation_that_was_cancelled_while_it_waited_is_revoked(stage: Stage, flower: Flower, gate: Path) -> None:
    busy = [stage.submit("slow", gate=str(gate)) for _ in range(2)]
    for id in busy:
        stage.until_status(id, "running")
    waiting = stage.submit("slow", gate=str(gate))

    stage.cancel(waiting)
    gate.touch()

    flower.until_state(waiting, "REVOKED")


def test_terminate_in_flower_cancels_for_good(stage: Stage, flower: Flower, gate: Path) -> None:
    id = stage.submit("slow", gate=str(gate))
    stage.until_status(id, "running")
    flower.until_state(id, "STARTED")

    flower.revoke(id, terminate=True)

    row = stage.until_ended(id, seconds=5)
    assert (row.status, row.attempt) == ("cancelled", 1)
    flower.until_state(id, "REVOKED")
    assert stage.until_ended(stage.submit("echo")).status == "completed"
    assert [record["status"] for record in stage.records(id)] == ["cancelled"]


def test_revoke_in_flower_cancels_what_runs(stage: Stage, flower: Flower, gate: Path) -> None:
    id = stage.submit("slow", gate=str(gate))
    stage.until_status(id, "running")

    flower.revoke(id, terminate=False)

    assert stage.until_ended(id, seconds=5).status == "cancelled"
    flower.until_state(id, "REVOKED")


def test_revoke_in_flower_cancels_what_no_worker_has_taken(stage: Stage, flower: Flower) -> None:
    id = stage.submit_unrung("echo", run_at=datetime(2100, 1, 1, tzinfo=UTC))

    flower.revoke(id, terminate=False)

    assert (stage.until_ended(id, seconds=5).status, stage.operation(id).attempt) == ("cancelled", 0)


def test_revoke_in_flower_cancels_what_waits(stage: Stage, flower: Flower, gate: Path) -> None:
    busy = [stage.submit("slow", gate=str(gate)) for _ in range(2)]
    for id in busy:
        stage.until_status(id, "running")
    waiting = stage.submit("slow", gate=str(gate))

    flower.revoke(waiting, terminate=False)
    gate.touch()

    row = stage.until_ended(waiting)
    assert (row.status, row.attempt) == ("cancelled", 0)
    assert {stage.until_ended(id).status for id in busy} == {"completed"}
