"""Projects: what work is done on."""

from typing import Annotated, Any, Literal

from apiflask import APIBlueprint
from pydantic import BaseModel, ConfigDict, Field, SerializeAsAny, SkipValidation

from callboard.db import transaction
from callboard.errors import ForbiddenError
from callboard.projects import ProjectService
from callboard.shapes import HistoryRecord, Time
from callboard.slugs import slug
from web import auth
from web.paging import Answer, PageQuery, by_id

blueprint = APIBlueprint("projects", __name__)

Name = Annotated[str, Field(min_length=1, max_length=200)]
Description = Annotated[str | None, Field(max_length=2000)]


class Source(BaseModel):
    """Where the project's files are: `{path}`, or `{git, ref?, credential?}`."""

    model_config = ConfigDict(extra="forbid")

    path: str | None = None
    git: str | None = None
    ref: str | None = None
    credential: str | None = Field(None, description="the name of a credential that the server holds")


class Policy(BaseModel):
    """What the project allows."""

    model_config = ConfigDict(extra="forbid", strict=True)

    network_setup: bool = Field(False, description="whether its dependencies may be fetched before its tests run")
    max_running: int | None = Field(None, ge=1, description="how many of its operations may run at once")


class NewProject(BaseModel):
    model_config = ConfigDict(extra="forbid")

    id: str | None = Field(None, description="made of the name where it is left out")
    name: Name
    description: Description = None
    source: Source
    policy: Policy = Policy()


class ProjectChanges(BaseModel):
    """What is left out stays as it is."""

    model_config = ConfigDict(extra="forbid")

    name: Name = ""
    description: Description = None
    status: Literal["active", "paused", "archived"] = "active"
    source: Source = Source()
    policy: Policy = Policy()


class Membership(BaseModel):
    """Who works on the project, and the capabilities granted there."""

    model_config = ConfigDict(from_attributes=True)

    assigned_agents: list[str]
    capability_requirements: list[str]


class AgentMetadata(Membership):
    """With the newest 50 records of ended operations, oldest first."""

    # Not checked: a window that was written by hand is shown as it is.
    operation_history: list[SkipValidation[SerializeAsAny[HistoryRecord]]]


class ProjectSummary(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: str
    name: str
    description: str | None
    status: str
    source: dict[str, Any]
    policy: dict[str, Any]
    created_at: Time
    updated_at: Time
    agent_metadata: Membership


class ProjectAnswer(ProjectSummary):
    agent_metadata: AgentMetadata


class ProjectPage(BaseModel):
    items: list[ProjectSummary]
    next: str | None


@blueprint.post("/projects")
@blueprint.input(NewProject, location="json", arg_name="body")
@blueprint.output(ProjectAnswer, status_code=201)
@blueprint.doc(operation_id="createProject")
def create_project(body: NewProject) -> Any:
    """Create a project."""
    who = auth.require("admin")
    id = body.id or slug(body.name)
    if not who.sees(id):
        raise ForbiddenError(f"Key {who.name!r} is limited to other projects than {id!r}")
    with transaction() as session:
        made = ProjectService(session).create(
            body.name,
            body.source.model_dump(exclude_none=True),
            id=id,
            description=body.description,
            policy=body.policy.model_dump(exclude_none=True),
        )
        return ProjectAnswer.model_validate(made), 201, {"Location": f"/api/v1/projects/{made.id}"}


@blueprint.get("/projects")
@blueprint.input(PageQuery, location="query", arg_name="query")
@blueprint.output(ProjectPage)
@blueprint.doc(operation_id="listProjects")
def list_projects(query: PageQuery) -> Answer:
    """List projects by id, without their operation_history."""
    with transaction() as session:
        return by_id(ProjectService(session), query, seen=auth.caller().projects, shape=ProjectSummary)


@blueprint.get("/projects/<project_id>")
@blueprint.output(ProjectAnswer)
@blueprint.doc(operation_id="getProject")
def get_project(project_id: str) -> ProjectAnswer:
    """Read a project with its newest records."""
    auth.require("read", project_id)
    with transaction() as session:
        return ProjectAnswer.model_validate(ProjectService(session).get_by_id(project_id))


@blueprint.patch("/projects/<project_id>")
@blueprint.input(ProjectChanges, location="json", arg_name="body")
@blueprint.output(ProjectAnswer)
@blueprint.doc(operation_id="changeProject")
def change_project(project_id: str, body: ProjectChanges) -> ProjectAnswer:
    """Change a project."""
    auth.require("admin", project_id)
    with transaction() as session:
        changes = body.model_dump(exclude_unset=True)
        return ProjectAnswer.model_validate(ProjectService(session).update(project_id, changes))


@blueprint.delete("/projects/<project_id>")
@blueprint.output({}, status_code=204)
@blueprint.doc(operation_id="deleteProject")
def delete_project(project_id: str) -> str:
    """Delete a project with its history."""
    auth.require("admin", project_id)
    with transaction() as session:
        ProjectService(session).delete(project_id)
    return ""
