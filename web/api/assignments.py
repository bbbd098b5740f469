"""Assignments: which agents may do what on a project."""

from typing import Annotated, Any

from apiflask import APIBlueprint
from pydantic import BaseModel, ConfigDict, Field

from callboard.agents import AgentService
from callboard.db import transaction
from callboard.projects import ProjectService
from web import auth
from web.paging import Answer, paged

blueprint = APIBlueprint("assignments", __name__)


class Grant(BaseModel):
    """The capabilities to grant, besides those that are granted already."""

    model_config = ConfigDict(extra="forbid")

    capabilities: Annotated[list[str], Field(min_length=1, max_length=200)]


class Assigned(BaseModel):
    status: str
    message: str


class AssignedAgent(BaseModel):
    """An agent with the capabilities granted on the project."""

    id: str
    name: str
    capabilities: list[str]


class AssignedAgents(BaseModel):
    items: list[AssignedAgent]
    next: str | None


@blueprint.get("/projects/<project_id>/agents")
@blueprint.output(AssignedAgents)
@blueprint.doc(operation_id="listAssignedAgents")
def list_assigned(project_id: str) -> Answer:
    """List the agents of a project with what is granted to each."""
    auth.require("read", project_id)
    with transaction() as session:
        return paged(ProjectService(session).get_project_agents(project_id), None)


@blueprint.put("/projects/<project_id>/agents/<agent_id>")
@blueprint.input(Grant, location="json", arg_name="body")
@blueprint.output(Assigned)
@blueprint.doc(operation_id="assignAgent")
def assign(project_id: str, agent_id: str, body: Grant) -> dict[str, Any]:
    """Assign an agent to a project."""
    auth.require("admin", project_id)
    with transaction() as session:
        return dict(AgentService(session).assign_to_project(agent_id, project_id, body.capabilities))


@blueprint.delete("/projects/<project_id>/agents/<agent_id>")
@blueprint.output({}, status_code=204)
@blueprint.doc(operation_id="unassignAgent")
def unassign(project_id: str, agent_id: str) -> str:
    """Take an agent off a project."""
    auth.require("admin", project_id)
    with transaction() as session:
        AgentService(session).unassign(agent_id, project_id)
    return ""
