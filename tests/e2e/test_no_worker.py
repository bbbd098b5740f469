"""What is asked for while no worker runs."""

from pathlib import Path

from pytest_celery import CeleryTestSetup

from tests.e2e.stage import Stage


def test_a_cancel_while_no_worker_runs_holds_when_one_comes(
    stage: Stage, celery_setup: CeleryTestSetup, gate: Path
) -> None:
    running = stage.submit("slow", gate=str(gate))
    stage.until_status(running, "running")

    celery_setup.worker.kill()
    waiting, wanted = stage.submit("echo"), stage.submit("echo")
    stage.cancel(running)
    stage.cancel(waiting)
    celery_setup.worker.restart()

    assert stage.until_ended(wanted).status == "completed"
    ended = [stage.until_ended(id) for id in (running, waiting)]
    assert [(row.status, row.attempt) for row in ended] == [("cancelled", 1), ("cancelled", 0)]
