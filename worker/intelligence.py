"""CoreIntelligence: finds the handler of a capability and runs it."""

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from threading import Event
from typing import Any

from callboard.agents import AgentService
from callboard.capabilities import Capability, Result
from callboard.db import transaction
from callboard.errors import CapabilityError, InvalidCapabilityError
from callboard.projects import ProjectService
from callboard.settings import current
from worker.catalogue import configured
from worker.context import Context, WorkingAgent
from worker.excerpts import with_excerpts
from worker.sandbox import Sandbox, find_tier
from worker.workspace import Workspace, checkout


class CoreIntelligence:
    """The capabilities that this process can perform, and the one way to perform them."""

    def __init__(self, capabilities: Mapping[str, Capability] | None = None) -> None:
        self.capabilities = configured() if capabilities is None else capabilities

    def find(self, name: str) -> Capability:
        """The capability. Raises InvalidCapabilityError naming those that there are."""
        if name not in self.capabilities:
            known = ", ".join(sorted(self.capabilities))
            raise InvalidCapabilityError(f"No handler for {name!r} here; there are: {known}")
        return self.capabilities[name]

    def execute_capability(self, capability: str, context: Mapping[str, Any]) -> dict[str, Any]:
        """Runs a capability with `{agent_id, project_id, parameters}` and answers its result as JSON.

        An attempt also hands its `workspace` and `run`; without them the project's source is checked out here.
        Raises InvalidCapabilityError, InvalidParametersError, CapabilityError, and whatever the handler raises.
        """
        found = self.find(capability)
        parameters = found.parse(dict(context.get("parameters") or {}))
        with _place(capability, context) as (workspace, run):
            result = found(workspace, parameters, run)
            if not isinstance(result, Result):
                told = type(result).__name__
                raise CapabilityError(f"The handler of {capability} answered {told} instead of a Result")
            return with_excerpts(workspace, result).model_dump(mode="json")


@contextmanager
def _place(capability: str, context: Mapping[str, Any]) -> Iterator[tuple[Workspace, Context]]:
    """The attempt's own workspace and context, or ones made for a call outside of any attempt."""
    if "workspace" in context:
        yield context["workspace"], context["run"]
        return
    with transaction() as session:
        agent = AgentService(session).get_by_id(context["agent_id"])
        project = ProjectService(session).get_by_id(context["project_id"])
    stop = Event()
    run = Context(
        operation_id="",
        attempt=0,
        project_id=project.id,
        agent=WorkingAgent(agent.id, agent.name, agent.settings),
        log=logging.getLogger("callboard.capability"),
        capability=capability,
        policy=project.policy,
        stop=stop,
    )
    settings = current()
    sandbox = Sandbox(find_tier(settings.sandbox), stop)
    with checkout(project.source, ref=None, project_id=project.id, sandbox=sandbox, settings=settings) as workspace:
        yield workspace, run
