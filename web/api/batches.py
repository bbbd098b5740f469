"""Batches: many operations that are submitted together, all of them or none."""

from functools import partial
from typing import Annotated, Any

from apiflask import APIBlueprint
from flask import request
from pydantic import BaseModel, ConfigDict, Field

from callboard import idempotency
from callboard.agents import AgentService
from callboard.db import transaction
from callboard.operations import Request
from callboard.shapes import AgentProjectOperation
from web import auth
from web.api.operations import Submit

blueprint = APIBlueprint("batches", __name__)

MOST_AT_ONCE = 200


class Batch(BaseModel):
    """What agents are to do, in any number of operations up to 200."""

    model_config = ConfigDict(extra="forbid")

    operations: Annotated[list[Submit], Field(min_length=1, max_length=MOST_AT_ONCE)]


class Accepted(BaseModel):
    """The operations of a batch, in the order in which they were asked for."""

    items: list[AgentProjectOperation]


@blueprint.post("/projects/<project_id>/operations/batch")
@blueprint.input(Batch, location="json", arg_name="body")
@blueprint.output(Accepted, status_code=202)
@blueprint.doc(operation_id="submitBatch")
def submit_batch(project_id: str, body: Batch) -> Any:
    """Submit up to 200 operations together, or none; with an Idempotency-Key once, however often it is sent."""
    who, key = auth.require("submit", project_id), request.headers.get("Idempotency-Key")
    wanted = [Request(project_id, requested_by=who.name, **one.model_dump()) for one in body.operations]
    with transaction() as session:
        submit = partial(AgentService(session).submit_all, wanted)
        if key is None:
            rows, replayed = submit(), False
        else:
            claim = idempotency.claim(who.id, key, project_id, body.model_dump(mode="json", exclude_unset=True))
            rows, replayed = idempotency.batch_once(session, claim, len(wanted), submit)
        items = [AgentProjectOperation.of(row) for row in rows]
    return {"items": items}, 202, {"Idempotent-Replayed": "true"} if replayed else {}
