"""What is wrong on the broker delays operations at most, and never hurts the worker."""

import uuid
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from kombu import Connection
from pytest_celery import CeleryTestSetup

from callboard import broker
from callboard.broker import Ring
from tests.e2e.stage import Stage, until

pytestmark = pytest.mark.usefixtures("celery_setup")


class Trap:
    """Makes a file when it is unpickled."""

    def __init__(self, path: str) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return open, (self.path, "w")


def forged(operation_id: str, attempt: int = 1, *, task: str = "echo") -> Ring:
    return Ring(operation_id, attempt, "any", "any", task, "echo", 60)


def test_a_repeated_message_changes_nothing(stage: Stage, celery_setup: CeleryTestSetup) -> None:
    id = stage.submit("echo", text="once")
    first = stage.until_ended(id)

    for _ in range(20):
        broker.send(forged(id))
        broker.send(forged(id, 2))

    assert stage.until_ended(stage.submit("echo")).status == "completed"
    assert stage.operation(id).seq == first.seq
    assert len(stage.records(id)) == 1


@pytest.mark.parametrize("id", ["0199aaaa-0000-7000-8000-000000000001", "not-an-id", ""])
def test_a_message_for_an_unknown_operation_is_dropped(stage: Stage, id: str) -> None:
    broker.send(forged(id))

    assert stage.until_ended(stage.submit("echo")).status == "completed"


def test_a_message_for_an_attempt_that_is_not_next_is_dropped(stage: Stage) -> None:
    waiting = stage.submit_unrung("echo")

    for attempt in (-1, 0, 2, 99):
        broker.send(forged(waiting, attempt))

    row = stage.until_ended(waiting)
    assert (row.status, row.attempt) == ("completed", 1)


def test_junk_on_the_queue_leaves_the_worker_alive(stage: Stage, celery_setup: CeleryTestSetup) -> None:
    client = celery_setup.broker.container.client
    with client:
        client.lpush("echo", b"\x80\x04junk", "{}", '{"body": 1}', "[]", "null")
        until("the end of the junk", lambda: client.llen("echo") == 0)

    assert stage.until_ended(stage.submit("echo"), seconds=30).status == "completed"


def test_an_unknown_task_leaves_the_worker_alive(stage: Stage, celery_setup: CeleryTestSetup) -> None:
    broker.send(forged(str(uuid.uuid4()), task="nonsense"))
    broker.app.send_task("callboard.nonsense", queue="echo")

    celery_setup.worker.wait_for_log("Received unregistered task", timeout=10)
    assert stage.until_ended(stage.submit("echo")).status == "completed"


def test_a_message_that_names_another_capability_does_not_start_an_operation(stage: Stage, gate: Path) -> None:
    busy = [stage.submit("slow", gate=str(gate)) for _ in range(2)]
    for id in busy:
        stage.until_status(id, "running")
    waiting = stage.submit_unrung("echo")

    broker.send(replace(forged(waiting, task="raising"), queue="echo"))
    gate.touch()

    row = stage.until_ended(waiting)
    assert (row.status, row.attempt, row.capability) == ("completed", 1, "echo")


def test_a_pickled_message_is_never_unpacked(stage: Stage, celery_setup: CeleryTestSetup, tmp_path: Path) -> None:
    trap = tmp_path / "unpacked"
    with Connection(celery_setup.broker.container.url) as connection:
        connection.Producer(serializer="pickle").publish(
            [[], {"x": Trap(str(trap))}, {}],
            routing_key="echo",
            headers={"task": "capability.echo", "id": str(uuid.uuid4()), "lang": "py"},
        )

    celery_setup.worker.wait_for_log("Refusing to deserialize", timeout=10)
    assert stage.until_ended(stage.submit("echo")).status == "completed"
    assert not trap.exists()


def test_wrong_arguments_leave_the_worker_alive(stage: Stage) -> None:
    broker.app.send_task("capability.echo", args=[1, 2, 3], kwargs={"attempt": "x"}, queue="echo")

    assert stage.until_ended(stage.submit("echo")).status == "completed"


def test_operations_outlive_a_wiped_broker(stage: Stage, celery_setup: CeleryTestSetup, gate: Path) -> None:
    ids = [stage.submit("slow", gate=str(gate)) for _ in range(2)]
    for id in ids:
        stage.until_status(id, "running")
    ids += [stage.submit("slow", gate=str(gate)) for _ in range(3)]

    with celery_setup.broker.container.client as client:
        client.flushall()
    gate.touch()

    assert {stage.until_ended(id, seconds=30).status for id in ids} == {"completed"}


def test_operations_outlive_a_broker_that_dies_and_returns_empty(
    stage: Stage, celery_setup: CeleryTestSetup, gate: Path
) -> None:
    running = stage.submit("slow", gate=str(gate))
    stage.until_status(running, "running")
    waiting = [stage.submit("slow", gate=str(gate)) for _ in range(3)]

    celery_setup.broker.kill()
    unheard = stage.submit("echo", text="accepted without a broker")
    gate.touch()
    assert stage.until_ended(running).status == "completed"
    celery_setup.broker.restart()

    ids = [*waiting, unheard]
    assert {stage.until_ended(id, seconds=30).status for id in ids} == {"completed"}
    assert {stage.operation(id).attempt for id in ids} == {1}


def test_an_operation_whose_ring_was_never_sent_starts_by_itself(stage: Stage) -> None:
    id = stage.submit_unrung("echo")

    assert stage.until_ended(id, seconds=10).status == "completed"
