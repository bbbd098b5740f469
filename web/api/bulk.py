"""Many operations at once: what would be touched, and doing it."""

from typing import Annotated, Any, Literal
from uuid import UUID

from apiflask import APIBlueprint
from flask import request
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.orm import Session

from callboard import selection
from callboard.db import transaction
from callboard.errors import CallboardError, NotCancellableError
from callboard.models import Operation
from callboard.selection import MOST_IDS, Action
from callboard.shapes import AgentProjectOperation
from web import auth
from web.api.operations import Filters, cancelled, narrowing, repeated

blueprint = APIBlueprint("bulk", __name__)

MOST_AT_ONCE = 200
SERVER_TROUBLE = 500


class Wanted(BaseModel):
    """What is to be done with which operations: those of these ids, or all that the filters match."""

    model_config = ConfigDict(extra="forbid")

    action: Action
    ids: Annotated[list[UUID], Field(max_length=MOST_IDS)] | None = None
    filters: Filters = Filters()


class Preview(BaseModel):
    """What would be touched: `ids`, newest first, of which `sample` are the first; `skipped` counts the others."""

    ids: list[UUID]
    more: bool = Field(description=f"there are more than these {MOST_IDS}")
    sample: list[AgentProjectOperation]
    skipped: dict[str, int] = Field(description="by status, or `cancelling`; 10,000 may be more")


class Bulk(BaseModel):
    """Operations that are to be cancelled or rerun."""

    model_config = ConfigDict(extra="forbid")

    action: Action
    ids: Annotated[list[UUID], Field(min_length=1, max_length=MOST_AT_ONCE)]


class Outcome(BaseModel):
    """How it went with one; `operation_id` is the new one of a rerun, `detail` the sentence of a refusal."""

    id: UUID
    outcome: Literal["done", "skipped", "refused"]
    operation_id: UUID | None = None
    code: str | None = None
    detail: str | None = None


class Outcomes(BaseModel):
    items: list[Outcome]


@blueprint.post("/operations/bulk/preview")
@blueprint.input(Wanted, location="json", arg_name="body")
@blueprint.output(Preview)
@blueprint.doc(operation_id="previewBulk")
def preview(body: Wanted) -> dict[str, Any]:
    """Tell what an action on many operations would touch; nothing is changed."""
    auth.require("submit")
    with transaction() as session:
        found = selection.selected(session, body.action, narrowing(body.filters), body.ids)
        sample = [AgentProjectOperation.of(row).cut() for row in selection.sample(session, found)]
        return {**vars(found), "sample": sample}


@blueprint.post("/operations/bulk")
@blueprint.input(Bulk, location="json", arg_name="body")
@blueprint.output(Outcomes)
@blueprint.doc(operation_id="bulk")
def bulk(body: Bulk) -> dict[str, Any]:
    """Cancel or rerun up to 200 operations, each by itself; with an Idempotency-Key each is rerun once."""
    auth.require("submit")
    return {"items": [_outcome(body.action, str(id)) for id in dict.fromkeys(body.ids)]}


def _outcome(action: Action, id: str) -> Outcome:
    try:
        with transaction() as session:
            row = cancelled(session, id) if action is Action.CANCEL else _rerun(session, id)
            return Outcome(id=UUID(id), outcome="done", operation_id=row.id)
    except CallboardError as refusal:
        if refusal.status >= SERVER_TROUBLE:
            raise
        outcome = "skipped" if isinstance(refusal, NotCancellableError) else "refused"
        return Outcome(id=UUID(id), outcome=outcome, code=refusal.code, detail=str(refusal))


def _rerun(session: Session, id: str) -> Operation:
    key = request.headers.get("Idempotency-Key")
    row, _ = repeated(session, id, key and f"{key}/{id}")
    return row
