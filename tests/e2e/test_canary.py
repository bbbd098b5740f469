"""Each worker proves that it hears, and one that does not is shown and made to hear again."""

from pathlib import Path

import pytest
from sqlalchemy import func, select

from callboard import broker, catalogue
from callboard.db import transaction
from callboard.models import Operation, Worker
from tests.e2e.conftest import QUICK
from tests.e2e.nodes import Start
from tests.e2e.stage import Stage, until

pytestmark = pytest.mark.usefixtures("nobody")
LISTENING = {**QUICK, "CALLBOARD_CANARY_SECONDS": "1"}


def seen(prefix: str) -> Worker | None:
    """The worker whose name begins so."""
    with transaction() as session:
        workers = catalogue.workers(session, alive=False)
    return next((worker for worker in workers if worker.name.startswith(f"{prefix}@")), None)


def until_status(name: str, status: str) -> Worker:
    def look() -> Worker | None:
        worker = seen(name)
        return worker if worker and worker.status == status and worker.canary_at else None

    return until(f"{status} of {name}", look)


def test_an_idle_worker_proves_that_it_hears_without_an_operation(stage: Stage, start: Start) -> None:
    worker = until_status(start(LISTENING).name(), "online")
    first = worker.canary_at

    until("the next canary", lambda: (again := seen(worker.name.partition("@")[0])) and again.canary_at != first)
    with transaction() as session:
        here = Operation.project_id == stage.project_id
        assert session.scalar(select(func.count()).select_from(Operation).where(here)) == 0


def test_a_deaf_worker_is_shown_and_hears_again_while_its_operation_runs_on(
    stage: Stage, start: Start, gate: Path
) -> None:
    worker = start(LISTENING, slots=2)
    id = stage.submit("slow", gate=str(gate))
    stage.until_status(id, "running")
    name = until_status(worker.name(), "online").name

    broker.app.control.cancel_consumer(broker.canary_queue(name), destination=[name])

    until_status(worker.name(), "deaf")
    until_status(worker.name(), "online")
    gate.touch()
    row = stage.until_ended(id)
    assert (row.status, row.attempt, row.worker) == ("completed", 1, name)
    assert stage.until_ended(stage.submit("echo")).worker == name
