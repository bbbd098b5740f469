"""Cancels are durable: before, during and without any worker."""

import time
from pathlib import Path

import psutil
import pytest

from tests.e2e.stage import Stage, until

pytestmark = [pytest.mark.usefixtures("celery_setup"), pytest.mark.quiet]
NAPS = (f"86{number}.25" for number in range(100, 200))


def sleeping(seconds: str) -> list[psutil.Process]:
    """The processes of this host that sleep for exactly so long."""
    return [process for process in psutil.process_iter(["cmdline"]) if process.info["cmdline"] == ["sleep", seconds]]


def test_cancelling_a_running_operation_stops_it(stage: Stage, gate: Path) -> None:
    id = stage.submit("slow", gate=str(gate))
    stage.until_status(id, "running")

    stage.cancel(id)

    row = stage.until_ended(id, seconds=5)
    assert (row.status, row.result) == ("cancelled", None)
    assert [record["status"] for record in stage.records(id)] == ["cancelled"]


def test_a_handler_that_listens_to_nobody_is_cancelled_too(stage: Stage) -> None:
    id = stage.submit("deaf")
    stage.until_status(id, "running")

    stage.cancel(id)

    assert stage.until_ended(id, seconds=5).status == "cancelled"


def test_cancelling_ends_every_process_of_the_sandbox_within_five_seconds(stage: Stage) -> None:
    nap = next(NAPS)
    id = stage.submit("sleeping_in_sandbox", seconds=nap)
    until("the sandbox's two sleepers", lambda: len(sleeping(nap)) == 2)
    begun = time.monotonic()

    stage.cancel(id)

    assert stage.until_ended(id, seconds=5).status == "cancelled"
    until("the end of the sleepers", lambda: not sleeping(nap), 5 - (time.monotonic() - begun))


def test_cancelling_a_pending_operation_ends_it_before_it_starts(stage: Stage, gate: Path) -> None:
    busy = [stage.submit("slow", gate=str(gate)) for _ in range(2)]
    for id in busy:
        stage.until_status(id, "running")
    waiting = stage.submit("slow", gate=str(gate))

    stage.cancel(waiting)
    gate.touch()

    assert [stage.until_ended(id).status for id in busy] == ["completed", "completed"]
    row = stage.until_ended(waiting)
    assert (row.status, row.attempt) == ("cancelled", 0)
