"""Batches: many operations that are submitted together, all of them or none."""

from functools import partial
from typing import Annotated, Any

from apiflask import APIBlueprint
from flask import request
from pydantic import BaseModel, ConfigDict, Field

from callboard import idempotency
from callboard.agents import AgentService
from callboard.db import transaction
from callboard.errors import CallboardError
from callboard.operations import Request
from callboard.shapes import AgentProjectOperation
from web import auth
from web.api.operations import Submit, once

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
    whole = idempotency.fingerprint(body.model_dump(mode="json", exclude_unset=True))
    with transaction() as session:
        service = AgentService(session)
        made = []
        for place, one in enumerate(body.operations):
            wanted = Request(project_id, requested_by=who.name, **one.model_dump())
            about = (key and f"{key}/{place}", project_id, {"batch": whole, "place": place})
            try:
                made.append(once(session, *about, partial(service.submit, wanted)))
            except CallboardError as refusal:
                raise refusal.within(f"operations.{place}") from refusal.__cause__
        items = [AgentProjectOperation.of(row) for row, _ in made]
    replayed = all(is_replayed for _, is_replayed in made)
    return {"items": items}, 202, {"Idempotent-Replayed": "true"} if replayed else {}
