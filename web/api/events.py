"""Events: a project's numbered frames, for those who cannot keep a socket."""

from apiflask import APIBlueprint
from pydantic import BaseModel, ConfigDict, Field

from callboard import events
from callboard.db import transaction
from callboard.projects import ProjectService
from callboard.shapes import AgentOperationMessage, ProjectUpdateMessage, ResetMessage, ResetPayload
from web import auth
from web.paging import Answer, link, paged

blueprint = APIBlueprint("events", __name__)

LARGEST_SEQ = 2**63 - 1


class Since(BaseModel):
    model_config = ConfigDict(extra="forbid")

    since: int | None = Field(None, ge=0, le=LARGEST_SEQ, description="the frames after this number, else all")
    limit: int = Field(100, ge=1, le=500)


class FramePage(BaseModel):
    items: list[AgentOperationMessage | ProjectUpdateMessage | ResetMessage]
    next: int | None = Field(description="`since` of the next page; null where this is the last")


@blueprint.get("/projects/<project_id>/events")
@blueprint.input(Since, location="query", arg_name="query")
@blueprint.output(FramePage)
@blueprint.doc(operation_id="listEvents")
def list_events(project_id: str, query: Since) -> Answer:
    """List a project's frames, oldest first; with `Accept: text/event-stream` they come as they happen.

    A `reset` alone where `since` is older than what is kept, or beyond the head.
    """
    auth.require("read", project_id)
    with transaction() as session:
        ProjectService(session).get_by_id(project_id)
        oldest, head = events.bounds(session, project_id)
        since = oldest - 1 if query.since is None else query.since
        if not oldest - 1 <= since <= head:
            payload = ResetPayload(oldest=oldest, head=head)
            return paged([ResetMessage(project_id=project_id, payload=payload)], None)
        frames = events.since(session, project_id, since, query.limit + 1)
    more = len(frames) > query.limit
    next = frames[query.limit - 1]["seq"] if more else None
    return {"items": frames[: query.limit], "next": next}, 200, link(since=next) if more else {}
