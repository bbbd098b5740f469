"""Who may do what where: agents, their assignments, and what is refused."""

from typing import Any

from sqlalchemy.orm import Session

from callboard.agents import AgentService
from callboard.projects import ProjectService


def test_assign_agent_to_project(session: Session, core: Any) -> None:
    agents, projects = AgentService(session, core), ProjectService(session)
    agents.create("Test agent", ["code_review", "testing"], id="test-agent")
    projects.create("Test project", {"path": "/test"}, id="test-project")

    result = agents.assign_to_project("test-agent", "test-project", ["code_review", "testing"])

    assert result["status"] == "success"
    metadata = projects.get_by_id("test-project").agent_metadata
    assert metadata["assigned_agents"] == ["test-agent"]
    assert metadata["capability_requirements"] == ["code_review", "testing"]
