"""What is asked for while no worker runs."""

from pathlib import Path

import pytest

from tests.e2e.nodes import Start
from tests.e2e.stage import Stage

pytestmark = pytest.mark.usefixtures("nobody")


def test_what_is_cancelled_while_no_worker_runs_never_starts(stage: Stage, start: Start) -> None:
    cancelled, wanted = stage.submit("echo"), stage.submit("echo")

    stage.cancel(cancelled)
    start()

    assert stage.until_ended(wanted).status == "completed"
    assert (stage.operation(cancelled).status, stage.operation(cancelled).attempt) == ("cancelled", 0)


def test_a_cancel_outlives_the_worker_that_ran_the_operation(stage: Stage, start: Start, gate: Path) -> None:
    victim = start()
    id = stage.submit("slow", gate=str(gate))
    stage.until_status(id, "running")

    victim.kill()
    stage.cancel(id)
    start()

    row = stage.until_ended(id)
    assert (row.status, row.attempt) == ("cancelled", 1)
