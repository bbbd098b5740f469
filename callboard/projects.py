"""ProjectService: projects, their sources and policies, and what was done on them."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import delete, func, insert, select, text, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from callboard import cursors, events, history, limits, turns
from callboard.errors import AlreadyExistsError, ConflictError, InvalidError, InvalidSourceError, ProjectNotFoundError
from callboard.lifecycle import TERMINAL, Status
from callboard.models import Agent, Assignment, Operation, Project, ProjectHead
from callboard.shapes import AgentProjectOperation
from callboard.slugs import checked_slug, slug

USER_INFO = re.compile(r"https?://[^/?#]*@", re.IGNORECASE)
SOURCE_KEYS = {"path": {"path"}, "git": {"git", "ref", "credential"}}
STATUSES = ("active", "paused", "archived")
POLICY = "network_setup (true or false), max_running (a whole number from 1, or null)"
DELETE_MINUTES = 10
"""How long a delete may take: the whole history goes with it, 200,000 operations without events in 4 s."""
CHANGEABLE = {"name", "description", "status", "source", "policy"}


class ProjectService:
    """The verbs on projects, within one session; nothing here commits."""

    def __init__(self, session: Session) -> None:
        self.session = session

    def create(
        self,
        name: str,
        source: Mapping[str, Any],
        *,
        id: str | None = None,
        description: str | None = None,
        policy: Mapping[str, Any] | None = None,
    ) -> Project:
        """Makes a project; its id is made of the name where none is given. Raises AlreadyExistsError."""
        values = {
            "id": checked_slug(id) if id else slug(name),
            "name": name,
            "description": description,
            "source": checked_source(source),
            "policy": checked_policy(policy or {}),
        }
        try:
            with self.session.begin_nested():
                project = self.session.scalars(insert(Project).values(values).returning(Project)).one()
                self.session.execute(insert(ProjectHead).values(project_id=project.id))
        except IntegrityError as error:
            raise AlreadyExistsError(f"Project {values['id']!r} exists already; choose another id") from error
        return project

    def get_by_id(self, project_id: str, *, lock: bool = False) -> Project:
        """The project. Raises ProjectNotFoundError."""
        query = select(Project).where(Project.id == project_id).execution_options(populate_existing=True)
        if lock:
            query = query.with_for_update(key_share=True)
        project = self.session.scalars(query).one_or_none()
        if project is None:
            raise ProjectNotFoundError.of(project_id)
        return project

    def page(self, *, after: str | None = None, limit: int = 50) -> list[Project]:
        """Projects by id, from the one after `after`."""
        query = select(Project).order_by(Project.id).limit(limit)
        return list(self.session.scalars(query.where(Project.id > after) if after else query))

    def update(self, project_id: str, changes: Mapping[str, Any]) -> Project:
        """Changes name, description, status, source or policy, and tells the viewers."""
        if unknown := set(changes) - CHANGEABLE:
            raise InvalidError(f"{min(unknown)!r} of a project cannot be changed; {', '.join(sorted(CHANGEABLE))} can")
        checks: dict[str, Callable[[Any], Any]] = {
            "source": checked_source,
            "policy": checked_policy,
            "status": _checked_status,
        }
        values = {name: checks[name](value) if name in checks else value for name, value in changes.items()}
        self.get_by_id(project_id, lock=True)
        statement = update(Project).where(Project.id == project_id).values(**values, updated_at=func.now())
        project = self.session.scalars(
            statement.returning(Project).execution_options(populate_existing=True, synchronize_session=False)
        ).one()
        events.project_changed(self.session, project_id, project.agent_metadata)
        turns.call_next(self.session, [limits.paused(project_id), f"project:{project_id}"])
        return project

    def delete(self, project_id: str) -> None:
        """Deletes a project with its history. Raises ConflictError while operations wait or run."""
        locked = select(Project.id).where(Project.id == project_id).with_for_update()
        if self.session.scalar(locked) is None:
            raise ProjectNotFoundError(f"There is no project {project_id!r}; nothing to delete")
        open_ones = select(func.count()).where(
            Operation.project_id == project_id, Operation.status.not_in([str(status) for status in TERMINAL])
        )
        count = self.session.scalar(open_ones)
        if count:
            raise ConflictError(f"Project {project_id!r} has {count} pending or running operations; cancel them first")
        self.session.execute(text(f"SET LOCAL statement_timeout = '{DELETE_MINUTES}min'"))
        self.session.execute(delete(Project).where(Project.id == project_id))

    def get_agent_operations(
        self, project_id: str, status: str | None = None, limit: int = 50
    ) -> list[AgentProjectOperation]:
        """The newest `limit` operations of the project, oldest first, from the table. Raises ProjectNotFoundError."""
        cursors.check_limit(limit)
        self.get_by_id(project_id)
        if status is not None and status not in set(Status):
            raise InvalidError(f"status {status!r} is none of {', '.join(Status)}", field="status")
        rows = history.oldest_first(self.session, history.Filters(project_id=project_id, status=status), limit)
        return [AgentProjectOperation.of(row) for row in rows]

    def get_project_agents(self, project_id: str) -> list[dict[str, Any]]:
        """The assigned agents as `{id, name, capabilities}`, the capabilities being those granted here."""
        self.get_by_id(project_id)
        query = (
            select(Agent.id, Agent.name, Assignment.capabilities)
            .join(Assignment, Assignment.agent_id == Agent.id)
            .where(Assignment.project_id == project_id)
            .order_by(Assignment.created_at, Agent.id)
        )
        rows = self.session.execute(query)
        return [{"id": id, "name": name, "capabilities": capabilities} for id, name, capabilities in rows]


def checked_source(source: Mapping[str, Any]) -> dict[str, Any]:
    """`{path}` or `{git, ref?, credential?}`. Raises InvalidSourceError; the worker checks again what it may read."""
    kinds = [kind for kind in SOURCE_KEYS if source.get(kind)]
    if len(kinds) != 1:
        raise InvalidSourceError(
            "A source is {path: FOLDER} or {git: URL, ref?, credential?}; give one of the two", field="source"
        )
    unknown = set(source) - SOURCE_KEYS[kinds[0]]
    wrong = [name for name, value in source.items() if value is not None and not isinstance(value, str)]
    if unknown or wrong:
        name = sorted(unknown or wrong)[0]
        raise InvalidSourceError(
            f"The source's {name!r} does not belong to a {kinds[0]} source; leave it out", field=f"source.{name}"
        )
    if USER_INFO.match(source.get("git") or ""):
        raise InvalidSourceError("A git URL must hold no user name or password: name a credential", field="source.git")
    return {name: value for name, value in source.items() if value is not None}


def checked_policy(policy: Mapping[str, Any]) -> dict[str, Any]:
    """What a project allows. Raises InvalidError for what no worker reads."""
    for name, value in policy.items():
        if not (_fits(value) if name == "max_running" else name == "network_setup" and isinstance(value, bool)):
            raise InvalidError(f"policy {name!r} = {value!r} is not known; known: {POLICY}", field=f"policy.{name}")
    return {name: value for name, value in policy.items() if value is not None}


def _fits(max_running: Any) -> bool:
    return max_running is None or limits.most({"max_running": max_running}) is not None


def _checked_status(status: str) -> str:
    if status not in STATUSES:
        raise InvalidError(f"status {status!r} of a project is none of {', '.join(STATUSES)}", field="status")
    return status
