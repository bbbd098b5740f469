"""Workers: the processes that perform operations."""

from datetime import datetime

from apiflask import APIBlueprint
from pydantic import BaseModel, ConfigDict
from sqlalchemy import select

from callboard import catalogue
from callboard.db import now, seconds, transaction
from callboard.models import Worker
from callboard.shapes import Time
from web.paging import Answer, paged

blueprint = APIBlueprint("workers", __name__)


class WorkerAnswer(BaseModel):
    """A worker as it was at `seen_at`; `sandbox` is the tier that it runs tools in.

    A `deaf` one lives and has not answered its canary; `canary_at` is when it last did. A `lost` one was not heard for
    30 s, and never said that it leaves.
    """

    model_config = ConfigDict(from_attributes=True)

    name: str
    status: str
    capabilities: list[str]
    concurrency: int
    sandbox: str | None
    started_at: Time
    seen_at: Time
    canary_at: Time | None


class WorkerList(BaseModel):
    items: list[WorkerAnswer]
    next: str | None


@blueprint.get("/workers")
@blueprint.output(WorkerList)
@blueprint.doc(operation_id="listWorkers")
def list_workers() -> Answer:
    """List every worker that was ever seen, also those that are gone."""
    with transaction() as session:
        heard_after = session.scalars(select(now() - seconds(catalogue.ALIVE_SECONDS))).one()
        return paged([_told(row, heard_after) for row in catalogue.workers(session, alive=False)], None)


def _told(row: Worker, heard_after: datetime) -> WorkerAnswer:
    """The worker; one that neither left nor was heard after that time is `lost`."""
    answer = WorkerAnswer.model_validate(row)
    if row.status != "offline" and row.seen_at <= heard_after:
        answer.status = "lost"
    return answer
