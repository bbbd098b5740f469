"""One project, one agent, and operations that are submitted, claimed and completed in this process."""

from callboard import attempts, catalogue
from callboard.agents import AgentService
from callboard.attempts import Outcome
from callboard.capabilities import Capability, Result
from callboard.db import transaction
from callboard.lifecycle import Verdict
from callboard.operations import Request
from callboard.projects import ProjectService

PROJECT, REVIEWER, CAPABILITY = "shop", "reviewer", "code_review"


def set_up() -> None:
    """Makes the project, and the agent that may review it."""
    reviewing = Capability(CAPABILITY, "1", handler=lambda workspace, parameters, context: Result())
    with transaction() as session:
        catalogue.offer(session, [reviewing])
        ProjectService(session).create("Shop", {"path": "/nowhere"}, id=PROJECT)
        AgentService(session).create("Reviewer", [CAPABILITY], id=REVIEWER)
        AgentService(session).assign_to_project(REVIEWER, PROJECT, [CAPABILITY])


def running() -> str:
    """Submits an operation and starts its first attempt, as a worker does."""
    with transaction() as session:
        id = str(AgentService(session).submit(Request(PROJECT, REVIEWER, CAPABILITY)).id)
    with transaction() as session:
        attempts.claim(session, id, attempt=1, worker="bench@here", version="1")
    return id


def finish(id: str) -> None:
    """Completes the first attempt."""
    with transaction() as session:
        attempts.complete(session, id, 1, Outcome(Verdict.PASS, {"summary": "nothing found"}, (), (), ()))
