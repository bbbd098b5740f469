"""Operations: submit, read, cancel and rerun them."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import partial
from typing import Annotated, Any, Literal

from apiflask import APIBlueprint
from flask import request
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field
from sqlalchemy.orm import Session

from callboard import broker, events, history, idempotency, operations, waits
from callboard.agents import AgentService
from callboard.db import after_commit, transaction
from callboard.errors import InvalidError, OperationNotFoundError
from callboard.keys import Caller
from callboard.lifecycle import TERMINAL, Status, Verdict
from callboard.models import Operation
from callboard.operations import Request
from callboard.projects import ProjectService
from callboard.shapes import AgentOperationMessage, AgentProjectOperation
from web import auth
from web.paging import Answer, PageQuery, paged

blueprint = APIBlueprint("operations", __name__)

LONGEST_TIMEOUT = 86_400
LONGEST_WAIT = 60
Moment = Annotated[AwareDatetime, Field(ge=datetime(2000, 1, 1, tzinfo=UTC), lt=datetime(2200, 1, 1, tzinfo=UTC))]

Words = Annotated[
    str,
    Field(min_length=1, max_length=200, description="in error, summary, capability or ref, or an id's beginning"),
]
Parameter = Annotated[str, Field(min_length=3, max_length=400, description="`name:value`, or `outer.inner:value`")]


class Submit(BaseModel):
    """What an agent is to do."""

    model_config = ConfigDict(extra="forbid")

    agent_id: str
    capability: str
    parameters: dict[str, Any] = {}
    ref: str | None = Field(None, max_length=400, description="branch, tag or commit of a git source")
    run_at: Moment | None = Field(None, description="not before this time")
    timeout: float | None = Field(
        None, strict=True, gt=0, le=LONGEST_TIMEOUT, description="seconds; by default the capability's"
    )


class Filters(BaseModel):
    """What operations may be narrowed by."""

    model_config = ConfigDict(extra="forbid")

    project_id: str | None = None
    status: Status | None = None
    verdict: Verdict | None = None
    agent_id: str | None = None
    capability: str | None = None
    since: Moment | None = Field(None, description="created at this time or later")
    q: Words | None = None
    param: Parameter | None = None


class ListQuery(PageQuery):
    result: Literal["whole", "cut"] = Field("whole", description="`cut`: items as frames carry them, for lists")


class OperationListQuery(ListQuery, Filters): ...


class Wait(BaseModel):
    model_config = ConfigDict(extra="forbid")

    wait: float = Field(0, ge=0, le=LONGEST_WAIT, description="answer when it has ended, after these seconds at most")


class OperationPage(BaseModel):
    items: list[AgentProjectOperation]
    next: str | None


class OperationEvents(BaseModel):
    items: list[AgentOperationMessage]
    next: str | None


@blueprint.post("/projects/<project_id>/operations")
@blueprint.input(Submit, location="json", arg_name="body")
@blueprint.output(AgentProjectOperation, status_code=202)
@blueprint.doc(operation_id="submitOperation")
def submit(project_id: str, body: Submit) -> Any:
    """Submit an operation; with an Idempotency-Key the same request makes one, however often it is sent."""
    who = auth.require("submit", project_id)
    wanted = Request(project_id, requested_by=who.name, **body.model_dump())
    asked, key = body.model_dump(mode="json", exclude_unset=True), request.headers.get("Idempotency-Key")
    with transaction() as session:
        return _accepted(*once(session, key, project_id, asked, lambda: AgentService(session).submit(wanted)))


@blueprint.get("/operations")
@blueprint.input(OperationListQuery, location="query", arg_name="query")
@blueprint.output(OperationPage)
@blueprint.doc(operation_id="listOperations")
def list_operations(query: OperationListQuery) -> Answer:
    """List operations, newest first."""
    return _page(query, narrowing(query))


@blueprint.get("/projects/<project_id>/operations")
@blueprint.input(OperationListQuery, location="query", arg_name="query")
@blueprint.output(OperationPage)
@blueprint.doc(operation_id="listProjectOperations")
def list_project_operations(project_id: str, query: OperationListQuery) -> Answer:
    """List a project's operations, newest first."""
    auth.require("read", project_id)
    if query.project_id not in (None, project_id):
        raise InvalidError(
            f"project_id is {query.project_id!r}, but the address names {project_id!r}; leave it out",
            field="project_id",
        )
    with transaction() as session:
        ProjectService(session).get_by_id(project_id)
    return _page(query, narrowing(query, project_id=project_id))


@blueprint.get("/operations/<operation_id>")
@blueprint.input(Wait, location="query", arg_name="query")
@blueprint.output(AgentProjectOperation)
@blueprint.doc(operation_id="getOperation")
def get_operation(operation_id: str, query: Wait) -> AgentProjectOperation:
    """Read an operation; the waiting itself is done before, on the loop."""
    with transaction() as session:
        return _told(session, visible(session, auth.caller(), operation_id))


@blueprint.get("/operations/<operation_id>/events")
@blueprint.output(OperationEvents)
@blueprint.doc(operation_id="listOperationEvents")
def list_operation_events(operation_id: str) -> Answer:
    """List an operation's numbered frames that are still kept, oldest first."""
    with transaction() as session:
        return paged(events.of_operation(session, visible(session, auth.caller(), operation_id).id), None)


@blueprint.post("/operations/<operation_id>/cancel")
@blueprint.output(AgentProjectOperation)
@blueprint.doc(operation_id="cancelOperation", responses={202: "It runs, and stops as soon as its worker notices."})
def cancel(operation_id: str) -> Any:
    """Cancel an operation."""
    with transaction() as session:
        row = cancelled(session, operation_id)
        return _told(session, row), 200 if row.status in TERMINAL else 202


@blueprint.post("/operations/<operation_id>/rerun")
@blueprint.output(AgentProjectOperation, status_code=202)
@blueprint.doc(operation_id="rerunOperation")
def rerun(operation_id: str) -> Any:
    """Submit the same again, as a new operation; with an Idempotency-Key once, however often it is sent."""
    with transaction() as session:
        return _accepted(*repeated(session, operation_id, request.headers.get("Idempotency-Key")))


def cancelled(session: Session, operation_id: str) -> Operation:
    """The operation after its cancel by the caller; what was cancelled before it ran is also taken off the broker.

    Raises OperationNotFoundError, NotCancellableError or ForbiddenError.
    """
    auth.require("submit", visible(session, auth.caller(), operation_id).project_id)
    row = operations.cancel(session, operation_id)
    if row.status == Status.CANCELLED:
        after_commit(session, lambda: broker.revoke(operation_id, row.attempt + 1))
    return row


def repeated(session: Session, operation_id: str, key: str | None) -> tuple[Operation, bool]:
    """The new operation that repeats this one for the caller, and whether the key had made it before.

    Raises what a submit does, or OperationNotFoundError.
    """
    who = auth.require("submit", visible(session, auth.caller(), operation_id).project_id)
    rerun = partial(AgentService(session).rerun, operation_id, requested_by=who.name)
    return once(session, key, operation_id, {"rerun_of": operation_id}, rerun)


def once(
    session: Session, key: str | None, about: str, asked: Mapping[str, Any], make: Callable[[], Operation]
) -> tuple[Operation, bool]:
    """The operation that `make` accepts, or that the caller's key made before, and which of them it is."""
    if key is None:
        return make(), False
    return idempotency.once(session, idempotency.claim(auth.caller().id, key, about, asked), make)


def visible(session: Session, who: Caller, operation_id: str) -> Operation:
    """The operation. Raises OperationNotFoundError, also where its project is not the caller's to see."""
    row = operations.get(session, operation_id)
    if not who.sees(row.project_id):
        raise OperationNotFoundError.of(operation_id)
    return row


def narrowing(asked: Filters, **changes: Any) -> history.Filters:
    """The filters that were asked for, within what the caller sees. Raises ProjectNotFoundError."""
    filters = asked.model_dump(include=set(Filters.model_fields)) | changes
    if filters.get("project_id") is not None:
        auth.require("read", filters["project_id"])
    return history.Filters(**filters, visible_projects=auth.caller().projects)


def _page(query: ListQuery, filters: history.Filters) -> Answer:
    is_cut = query.result == "cut"
    with transaction() as session:
        page = history.page(session, filters, cursor=query.cursor, limit=query.limit, cut=is_cut)
        why = waits.reasons(session, page.items)
        items = [AgentProjectOperation.of(row, wait_reason=why.get(row.id)) for row in page.items]
    return paged([item.cut() for item in items] if is_cut else items, page.next)


def _told(session: Session, row: Operation) -> AgentProjectOperation:
    return AgentProjectOperation.of(row, **waits.explain(session, row))


def _accepted(row: Operation, is_replayed: bool) -> Any:
    headers = {"Location": f"/api/v1/operations/{row.id}"} | ({"Idempotent-Replayed": "true"} if is_replayed else {})
    # Without wait_reason: its query would hold the project's head longer.
    return AgentProjectOperation.of(row), 202, headers
