"""Agents: who works."""

from typing import Annotated, Any, Literal

from apiflask import APIBlueprint
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.orm import Session

from callboard.agents import AgentService
from callboard.db import transaction
from callboard.errors import AgentNotFoundError, ProjectNotFoundError
from callboard.projects import ProjectService
from callboard.shapes import Time
from web import auth
from web.paging import Answer, PageQuery, by_id

blueprint = APIBlueprint("agents", __name__)

Name = Annotated[str, Field(min_length=1, max_length=200)]
Capabilities = Annotated[list[str], Field(max_length=200)]


class NewAgent(BaseModel):
    model_config = ConfigDict(extra="forbid")

    id: str | None = Field(None, description="made of the name where it is left out")
    name: Name
    kind: Literal["tool", "command"] = "tool"
    capabilities: Capabilities
    settings: dict[str, Any] = {}


class AgentChanges(BaseModel):
    """What is left out stays as it is."""

    model_config = ConfigDict(extra="forbid")

    name: Name = ""
    capabilities: Capabilities = []
    settings: dict[str, Any] = {}


class AgentAnswer(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: str
    name: str
    kind: str
    capabilities: list[str]
    settings: dict[str, Any]
    created_at: Time


class AgentPage(BaseModel):
    items: list[AgentAnswer]
    next: str | None


@blueprint.post("/agents")
@blueprint.input(NewAgent, location="json", arg_name="body")
@blueprint.output(AgentAnswer, status_code=201)
@blueprint.doc(operation_id="createAgent")
def create_agent(body: NewAgent) -> Any:
    """Create an agent."""
    auth.require_everywhere("admin")
    with transaction() as session:
        made = AgentService(session).create(
            body.name, body.capabilities, id=body.id, kind=body.kind, settings=body.settings
        )
        return AgentAnswer.model_validate(made), 201, {"Location": f"/api/v1/agents/{made.id}"}


@blueprint.get("/agents")
@blueprint.input(PageQuery, location="query", arg_name="query")
@blueprint.output(AgentPage)
@blueprint.doc(operation_id="listAgents")
def list_agents(query: PageQuery) -> Answer:
    """List agents by id; a key that is limited to projects sees those that are assigned there."""
    with transaction() as session:
        return by_id(AgentService(session), query, seen=_seen(session), shape=AgentAnswer)


@blueprint.get("/agents/<agent_id>")
@blueprint.output(AgentAnswer)
@blueprint.doc(operation_id="getAgent")
def get_agent(agent_id: str) -> AgentAnswer:
    """Read an agent."""
    with transaction() as session:
        seen = _seen(session)
        if seen is not None and agent_id not in seen:
            raise AgentNotFoundError.of(agent_id)
        return AgentAnswer.model_validate(AgentService(session).get_by_id(agent_id))


@blueprint.patch("/agents/<agent_id>")
@blueprint.input(AgentChanges, location="json", arg_name="body")
@blueprint.output(AgentAnswer)
@blueprint.doc(operation_id="changeAgent")
def change_agent(agent_id: str, body: AgentChanges) -> AgentAnswer:
    """Change an agent; what is granted to it in projects stays granted."""
    auth.require_everywhere("admin")
    changes = body.model_dump(exclude_unset=True)
    with transaction() as session:
        service = AgentService(session)
        changed = service.update(agent_id, changes) if changes else service.get_by_id(agent_id)
        return AgentAnswer.model_validate(changed)


@blueprint.delete("/agents/<agent_id>")
@blueprint.output({}, status_code=204)
@blueprint.doc(operation_id="deleteAgent")
def delete_agent(agent_id: str) -> str:
    """Unassign an agent everywhere and delete it; one with history is archived and keeps its id."""
    auth.require_everywhere("admin")
    with transaction() as session:
        AgentService(session).delete(agent_id)
    return ""


def _seen(session: Session) -> set[str] | None:
    """The ids of the agents that the caller sees; None for all."""
    projects = auth.caller().projects
    if projects is None:
        return None
    seen: set[str] = set()
    for project_id in projects:
        try:
            seen |= {agent["id"] for agent in ProjectService(session).get_project_agents(project_id)}
        except ProjectNotFoundError:
            continue
    return seen
