"""Workers that die, sleep or are told to go, in the middle of operations."""

from pathlib import Path

import pytest
from pytest_celery import CeleryTestWorker

from callboard.models import Operation
from tests.e2e.nodes import Start
from tests.e2e.stage import Stage, until

pytestmark = pytest.mark.usefixtures("celery_setup")


def run_on_all(stage: Stage, gate: Path, victim: CeleryTestWorker) -> Operation:
    """Fills the victim's slot and the other worker's two; answers what runs on the victim."""
    rows = [stage.until_status(stage.submit("slow", gate=str(gate)), "running") for _ in range(3)]
    (hers,) = [row for row in rows if str(row.worker).startswith(f"{victim.name()}@")]
    return hers


def test_an_attempt_that_slept_past_its_lease_writes_nothing(stage: Stage, start: Start, gate: Path) -> None:
    victim = start()
    hers = run_on_all(stage, gate, victim)

    victim.kill("SIGSTOP")
    gate.touch()
    ended = stage.until_ended(str(hers.id))
    victim.kill("SIGCONT")

    until("the stale end", lambda: "is no longer the current one" in victim.logs())
    assert ended.attempt >= 2
    assert ended.result
    assert ended.result["summary"] == f"attempt {ended.attempt} was let through"
    assert stage.operation(str(hers.id)).seq == ended.seq
    assert len(stage.records()) == 3


def test_a_worker_that_is_told_to_go_gives_back_what_it_runs(stage: Stage, start: Start, gate: Path) -> None:
    victim = start()
    hers = run_on_all(stage, gate, victim)
    stuck = [stage.submit("slow", gate=str(gate)) for _ in range(2)]

    victim.kill("SIGTERM")

    given_back = stage.until_status(str(hers.id), "pending", seconds=10)
    assert (given_back.attempt, given_back.tries) == (1, 0)
    until("the end of the worker", lambda: victim.container.status == "exited", 10)
    gate.touch()
    ended = [stage.until_ended(id) for id in [str(hers.id), *stuck]]
    assert [(row.status, row.tries) for row in ended] == [("completed", 0)] * 3


def test_a_handler_that_listens_to_nobody_does_not_keep_its_worker(stage: Stage, start: Start) -> None:
    victim = start()
    ids = [stage.submit("deaf") for _ in range(3)]
    rows = [stage.until_status(id, "running") for id in ids]

    victim.kill("SIGTERM")

    until("the end of the worker", lambda: victim.container.status == "exited", 10)
    hers = [stage.operation(str(row.id)) for row in rows if str(row.worker).startswith(victim.name())]
    assert [(row.status, row.tries) for row in hers] == [("pending", 0)]


def test_a_poison_operation_fails_after_its_tries_while_its_neighbours_complete(stage: Stage, tmp_path: Path) -> None:
    poison = stage.submit("crash", starts=str(tmp_path / "starts"))
    neighbours = [stage.submit("echo") for _ in range(6)]

    row = stage.until_ended(poison, seconds=30)

    assert (row.status, row.reason, row.tries) == ("failed", "worker_lost", 3)
    assert (tmp_path / "starts").read_text().split() == ["1", "2", "3"]
    assert {stage.until_ended(id).status for id in neighbours} == {"completed"}
