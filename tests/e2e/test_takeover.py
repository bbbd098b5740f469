"""With the settings that Callboard ships: a worker that is killed is replaced within 45 s."""

import time
from pathlib import Path

import pytest

from tests.e2e.nodes import Start
from tests.e2e.stage import Stage

pytestmark = pytest.mark.usefixtures("nobody")


def test_a_killed_workers_operation_is_taken_over_within_45_seconds(stage: Stage, start: Start, gate: Path) -> None:
    workers = [start({}), start({})]
    id = stage.submit("slow", gate=str(gate))
    row = stage.until_status(id, "running")
    victim = next(worker for worker in workers if str(row.worker).startswith(f"{worker.name()}@"))

    victim.kill()
    killed = time.monotonic()
    stage.until_status(id, "running", attempt=2, seconds=45 - (time.monotonic() - killed))
    gate.touch()
    row = stage.until_ended(id, seconds=45 - (time.monotonic() - killed))

    assert (row.status, row.attempt, row.tries) == ("completed", 2, 1)
    assert [record["attempt"] for record in stage.records(id)] == [2]
