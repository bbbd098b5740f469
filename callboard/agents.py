"""AgentService: agents, their assignments to projects, and the execution of their capabilities there."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal, Protocol

from sqlalchemy import bindparam, delete, func, insert, select, update
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from callboard import catalogue, events, limits, operations, turns
from callboard.capabilities import NAME, Capability
from callboard.errors import (
    AgentNotAssignedError,
    AgentNotFoundError,
    AlreadyExistsError,
    CallboardError,
    ConflictError,
    InvalidCapabilityError,
    InvalidError,
)
from callboard.models import Agent, Assignment, Operation, Project
from callboard.operations import Request
from callboard.prepared import hot
from callboard.projects import ProjectService
from callboard.shapes import AgentProjectOperation
from callboard.slugs import checked_slug, slug

KINDS = ("tool", "command")
CHANGEABLE = {"name", "capabilities", "settings"}


# Built once: most of what a submit costs is building statements.
_THERE = Project.id == bindparam("project_id")
_ACTIVE = (Agent.id == bindparam("agent_id"), Agent.archived_at.is_(None))
_ASSIGNED = (Assignment.project_id == bindparam("project_id"), Assignment.agent_id == bindparam("agent_id"))
_STANDING = hot(
    select(
        select(Project.status).where(_THERE).scalar_subquery().label("project"),
        select(Agent.kind).where(*_ACTIVE).scalar_subquery().label("kind"),
        select(Assignment.capabilities).where(*_ASSIGNED).scalar_subquery().label("granted"),
    )
)


class Core(Protocol):
    """What the service needs of CoreIntelligence: the capabilities whose handlers it has."""

    @property
    def capabilities(self) -> Mapping[str, Capability]: ...


class AgentService:
    """The verbs on agents, within one session; nothing here commits.

    With a `core`, its capabilities are entered in the catalogue where one is missing there, as a starting worker
    does; without one, the catalogue is what workers have entered.
    """

    def __init__(self, session: Session, core: Core | None = None) -> None:
        self.session = session
        self.core = core

    def create(
        self,
        name: str,
        capabilities: Sequence[str],
        *,
        id: str | None = None,
        kind: str = "tool",
        settings: Mapping[str, Any] | None = None,
    ) -> Agent:
        """Makes an agent; its id is made of the name where none is given. Raises AlreadyExistsError."""
        values = {
            "id": checked_slug(id) if id else slug(name),
            "name": name,
            "kind": _checked_kind(kind),
            "capabilities": _checked_names(capabilities),
            "settings": _checked_settings(settings or {}),
        }
        try:
            with self.session.begin_nested():
                return self.session.scalars(insert(Agent).values(values).returning(Agent)).one()
        except IntegrityError as error:
            raise AlreadyExistsError(f"Agent {values['id']!r} exists already; choose another id") from error

    def get_by_id(self, agent_id: str, *, lock: Literal["share", "update"] | None = None) -> Agent:
        """The agent, unless archived. Raises AgentNotFoundError."""
        query = select(Agent).where(Agent.id == agent_id, Agent.archived_at.is_(None))
        if lock:
            query = query.with_for_update(read=lock == "share", key_share=lock == "update")
        agent = self.session.scalars(query.execution_options(populate_existing=True)).one_or_none()
        if agent is None:
            raise AgentNotFoundError.of(agent_id)
        return agent

    def page(self, *, after: str | None = None, limit: int = 50) -> list[Agent]:
        """Agents by id, without the archived ones, from the one after `after`."""
        query = select(Agent).where(Agent.archived_at.is_(None)).order_by(Agent.id).limit(limit)
        return list(self.session.scalars(query.where(Agent.id > after) if after else query))

    def update(self, agent_id: str, changes: Mapping[str, Any]) -> Agent:
        """Changes name, capabilities or settings; what is granted in projects stays granted."""
        agent = self.get_by_id(agent_id, lock="update")
        if unknown := set(changes) - CHANGEABLE:
            raise InvalidError(f"{min(unknown)!r} of an agent cannot be changed; {', '.join(sorted(CHANGEABLE))} can")
        if not changes:
            return agent
        values = dict(changes)
        if "capabilities" in values:
            values["capabilities"] = _checked_names(values["capabilities"])
        if "settings" in values:
            values["settings"] = _checked_settings(values["settings"])
            turns.call_next(self.session, [f"agent:{agent_id}"])
        statement = update(Agent).where(Agent.id == agent_id).values(values).returning(Agent)
        return self.session.scalars(statement.execution_options(populate_existing=True)).one()

    def delete(self, agent_id: str) -> None:
        """Unassigns the agent everywhere and deletes it; one with history is archived and keeps its id."""
        self.get_by_id(agent_id, lock="update")
        assigned = select(Assignment.project_id).where(Assignment.agent_id == agent_id).order_by(Assignment.project_id)
        for project_id in self.session.scalars(assigned).all():
            self.unassign(agent_id, project_id)
        try:
            with self.session.begin_nested():
                self.session.execute(delete(Agent).where(Agent.id == agent_id))
        except IntegrityError:
            self.session.execute(update(Agent).where(Agent.id == agent_id).values(archived_at=func.now()))

    def assign_to_project(self, agent_id: str, project_id: str, capabilities: Sequence[str]) -> dict[str, str]:
        """Grants the agent these capabilities on the project, besides those that it has there already.

        Raises AgentNotFoundError, ProjectNotFoundError, or InvalidCapabilityError for one that the agent lacks.
        """
        agent = self.get_by_id(agent_id, lock="share")
        ProjectService(self.session).get_by_id(project_id, lock=True)
        lacking = [name for name in capabilities if name not in agent.capabilities]
        if lacking or not capabilities:
            able = ", ".join(agent.capabilities) or "nothing"
            told = f"cannot perform {lacking[0]!r}" if lacking else "must be granted at least one capability"
            raise InvalidCapabilityError(f"Agent {agent_id!r} {told}; it can perform: {able}", field="capabilities")
        held = self._granted(agent_id, project_id) or []
        merged = list(dict.fromkeys([*held, *capabilities]))
        grant = upsert(Assignment).values(project_id=project_id, agent_id=agent_id, capabilities=merged)
        keys = ["project_id", "agent_id"]
        self.session.execute(grant.on_conflict_do_update(index_elements=keys, set_={"capabilities": merged}))
        self._tell(project_id)
        return {"status": "success", "message": f"Agent {agent_id} is assigned to project {project_id}"}

    def unassign(self, agent_id: str, project_id: str) -> None:
        """Takes the agent off the project. Raises AgentNotFoundError, ProjectNotFoundError or AgentNotAssignedError."""
        self.get_by_id(agent_id)
        ProjectService(self.session).get_by_id(project_id, lock=True)
        statement = delete(Assignment).where(Assignment.project_id == project_id, Assignment.agent_id == agent_id)
        if self.session.execute(statement.returning(Assignment.agent_id)).one_or_none() is None:
            raise AgentNotAssignedError(f"Agent {agent_id!r} is not assigned to project {project_id!r}")
        self._tell(project_id)

    def execute_capability(
        self, agent_id: str, project_id: str, capability: str, params: Mapping[str, Any] | None = None
    ) -> AgentProjectOperation:
        """Submits an operation with the capability's own limits, and answers it as it was accepted."""
        request = Request(project_id, agent_id, capability, parameters=params or {})
        return AgentProjectOperation.of(self.submit(request))

    def submit(self, request: Request) -> Operation:
        """Checks agent, assignment, grant, capability and parameters, then accepts the operation.

        Raises ProjectNotFoundError, ConflictError where it is archived, AgentNotFoundError, AgentNotAssignedError,
        InvalidCapabilityError or InvalidParametersError; nothing is then written.
        """
        definition = self._checked(request)
        definition.check(request.parameters)
        return operations.submit(self.session, request, definition)

    def submit_all(self, requests: Sequence[Request]) -> list[Operation]:
        """Accepts a project's operations in their order, after all of them were checked.

        Raises what `submit` does, telling of which by `operations.N`; nothing is then written.
        """
        known: dict[tuple[str, str, str], catalogue.Definition] = {}
        definitions = []
        for place, request in enumerate(requests):
            asked = (request.project_id, request.agent_id, request.capability)
            try:
                known[asked] = known.get(asked) or self._checked(request)
                known[asked].check(request.parameters)
            except CallboardError as refusal:
                raise refusal.within(f"operations.{place}") from refusal.__cause__
            definitions.append(known[asked])
        pairs = zip(requests, definitions, strict=True)
        return [operations.submit(self.session, request, definition) for request, definition in pairs]

    def rerun(self, operation_id: str, *, requested_by: str) -> Operation:
        """Submits an operation anew under today's grants and schema; the new one names the old as `rerun_of`."""
        request = operations.again(operations.get(self.session, operation_id), requested_by=requested_by)
        return self.submit(request)

    def _checked(self, request: Request) -> catalogue.Definition:
        project_id, agent_id = request.project_id, request.agent_id
        standing = self.session.connection().execute(_STANDING, {"project_id": project_id, "agent_id": agent_id}).one()
        if standing.project is None:
            ProjectService(self.session).get_by_id(project_id)
        if standing.project == "archived":
            raise ConflictError(f"Project {project_id!r} is archived and takes no work; set its status to active first")
        if standing.kind is None:
            self.get_by_id(agent_id)
        if standing.granted is None:
            raise AgentNotAssignedError(
                f"Agent {agent_id!r} is not assigned to project {project_id!r}; "
                f"assign it with PUT /api/v1/projects/{project_id}/agents/{agent_id}"
            )
        if request.capability not in standing.granted:
            raise InvalidCapabilityError(
                f"Agent {agent_id!r} may not perform {request.capability!r} on project {project_id!r}; "
                f"granted there: {', '.join(standing.granted)}",
                field="capability",
            )
        try:
            return catalogue.find(self.session, request.capability, agent_kind=standing.kind)
        except InvalidCapabilityError:
            if self.core is None:
                raise
        catalogue.offer(self.session, self.core.capabilities.values())
        return catalogue.find(self.session, request.capability, agent_kind=standing.kind)

    def _granted(self, agent_id: str, project_id: str) -> list[str] | None:
        here = (Assignment.project_id == project_id, Assignment.agent_id == agent_id)
        return self.session.scalar(select(Assignment.capabilities).where(*here))

    def _tell(self, project_id: str) -> None:
        """Derives the project's metadata from its assignments, whose project row is locked, and tells the viewers."""
        here = Assignment.project_id == project_id
        in_order = aggregate_order_by(Assignment.agent_id, Assignment.created_at, Assignment.agent_id)
        agents = select(func.jsonb_agg(in_order)).where(here)
        granted = select(func.unnest(Assignment.capabilities).label("name")).where(here).distinct().subquery()
        names = select(func.jsonb_agg(aggregate_order_by(granted.c.name, granted.c.name)))
        derived = func.jsonb_build_object(
            "assigned_agents",
            func.coalesce(agents.scalar_subquery(), func.jsonb_build_array()),
            "capability_requirements",
            func.coalesce(names.scalar_subquery(), func.jsonb_build_array()),
        )
        statement = update(Project).where(Project.id == project_id)
        metadata = self.session.execute(
            statement.values(agent_metadata=Project.agent_metadata.op("||")(derived), updated_at=func.now())
            .returning(Project.agent_metadata)
            .execution_options(synchronize_session=False)
        ).scalar_one()
        events.project_changed(self.session, project_id, metadata)


def _checked_kind(kind: str) -> str:
    if kind not in KINDS:
        raise InvalidError(f"kind {kind!r} is none of {', '.join(KINDS)}", field="kind")
    return kind


def _checked_settings(settings: Mapping[str, Any]) -> dict[str, Any]:
    value = settings.get("max_running")
    if value is not None and limits.most(settings) is None:
        raise InvalidError(
            f"The setting max_running is {value!r}; give a whole number from 1, or leave it out",
            field="settings.max_running",
        )
    return dict(settings)


def _checked_names(capabilities: Sequence[str]) -> list[str]:
    for name in capabilities:
        if not NAME.fullmatch(name):
            raise InvalidCapabilityError(
                f"{name!r} is no capability's name; they are lower-case letters, digits and _", field="capabilities"
            )
    return list(dict.fromkeys(capabilities))
