"""What is asked for while no worker runs."""

from pathlib import Path

from pytest_celery import CeleryTestSetup

from tests.e2e.stage import Stage


def test_what_is_cancelled_while_no_worker_runs_never_starts(stage: Stage, celery_setup: CeleryTestSetup) -> None:
    celery_setup.worker.kill()
    cancelled, wanted = stage.submit("echo"), stage.submit("echo")

    stage.cancel(cancelled)
    celery_setup.worker.restart()

    assert stage.until_ended(wanted).status == "completed"
    assert (stage.operation(cancelled).status, stage.operation(cancelled).attempt) == ("cancelled", 0)


def test_a_cancel_outlives_the_worker_that_ran_the_operation(
    stage: Stage, celery_setup: CeleryTestSetup, gate: Path
) -> None:
    id = stage.submit("slow", gate=str(gate))
    stage.until_status(id, "running")

    celery_setup.worker.kill()
    stage.cancel(id)
    celery_setup.worker.restart()

    row = stage.until_ended(id)
    assert (row.status, row.attempt) == ("cancelled", 1)
