"""Workers: the processes that perform operations."""

from apiflask import APIBlueprint
from pydantic import BaseModel, ConfigDict

from callboard import catalogue
from callboard.db import transaction
from callboard.shapes import Time
from web.paging import Answer, paged

blueprint = APIBlueprint("workers", __name__)


class WorkerAnswer(BaseModel):
    """A worker as it was at `seen_at`; `sandbox` is the tier that it runs tools in.

    A `deaf` one lives and has not answered its canary; `canary_at` is when it last did.
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
        return paged([WorkerAnswer.model_validate(row) for row in catalogue.workers(session, alive=False)], None)
