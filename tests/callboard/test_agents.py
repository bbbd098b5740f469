"""Who may do what where: agents, their assignments, and what is refused."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from callboard import attempts, catalogue, db
from callboard.agents import AgentService
from callboard.attempts import Outcome
from callboard.errors import (
    AgentNotAssignedError,
    AgentNotFoundError,
    AlreadyExistsError,
    CallboardError,
    ConflictError,
    InvalidCapabilityError,
    InvalidError,
    InvalidParametersError,
    ProjectNotFoundError,
)
from callboard.lifecycle import Verdict
from callboard.models import Agent
from callboard.operations import Request
from callboard.projects import ProjectService


def metadata(project_id: str = "shop") -> dict[str, Any]:
    with db.transaction() as session:
        return ProjectService(session).get_by_id(project_id).agent_metadata


def assign(agent: str, *capabilities: str, project: str = "shop") -> dict[str, str]:
    with db.transaction() as session:
        return AgentService(session).assign_to_project(agent, project, capabilities)


def everything() -> list[Any]:
    tables = ("projects", "project_heads", "agents", "assignments", "operations", "events")
    with db.transaction() as session:
        return [session.execute(text(f"SELECT t::text FROM {table} t ORDER BY 1")).all() for table in tables]


def test_assign_agent_to_project(session: Session, core: Any) -> None:
    agents, projects = AgentService(session, core), ProjectService(session)
    agents.create("Test agent", ["code_review", "testing"], id="test-agent")
    project = projects.create("Test project", {"path": "/test"}, id="test-project")

    result = agents.assign_to_project("test-agent", "test-project", ["code_review", "testing"])

    assert result["status"] == "success"
    metadata = projects.get_by_id(project.id).agent_metadata
    assert metadata["assigned_agents"] == ["test-agent"]
    assert metadata["capability_requirements"] == ["code_review", "testing"]


def test_execute_capability(shop: str, core: Any) -> None:
    with db.transaction() as session:
        operation = AgentService(session, core).execute_capability("reviewer", shop, "code_review")
    assert operation.status == "pending"
    with db.transaction() as session:
        claim = attempts.claim(session, str(operation.id), attempt=1, worker="one@test", version="1")
    assert claim is not None
    with db.transaction() as session:
        ended = attempts.complete(session, str(operation.id), 1, Outcome(Verdict.PASS, {"summary": "looked"}))
        project = ProjectService(session).get_by_id(shop)

    assert ended.status in ("completed", "failed")
    history = project.agent_metadata["operation_history"]
    assert history[-1]["agent_id"] == "reviewer"
    assert history[-1]["capability"] == "code_review"


def test_a_service_with_a_core_enters_what_it_offers(session: Session, core: Any) -> None:
    agents = AgentService(session, core)
    agents.create("Reviewer", ["code_review"], id="reviewer")
    ProjectService(session).create("Shop", {"path": "/shop"}, id="shop")
    agents.assign_to_project("reviewer", "shop", ["code_review"])
    agents.execute_capability("reviewer", "shop", "code_review")
    assert [row.name for row, _ in catalogue.listed(session)] == ["code_review", "testing"]


def test_assigning_twice_merges_without_duplicates(shop: str) -> None:
    with db.transaction() as session:
        AgentService(session).create("Tester", ["code_review", "testing"], id="tester")
    assign("tester", "testing", "testing")
    assign("tester", "code_review", "testing")
    assert metadata()["assigned_agents"] == ["reviewer", "tester"]
    assert metadata()["capability_requirements"] == ["code_review", "testing"]
    with db.transaction() as session:
        tester = ProjectService(session).get_project_agents(shop)[1]
    assert tester == {"id": "tester", "name": "Tester", "capabilities": ["testing", "code_review"]}


def test_unassigning_shrinks_the_requirements_to_what_is_still_granted(shop: str) -> None:
    with db.transaction() as session:
        AgentService(session).create("Tester", ["testing"], id="tester")
    assign("tester", "testing")
    with db.transaction() as session:
        AgentService(session).unassign("reviewer", shop)
    assert metadata()["assigned_agents"] == ["tester"]
    assert metadata()["capability_requirements"] == ["testing"]


def test_taking_the_last_one_off_leaves_empty_lists(shop: str) -> None:
    with db.transaction() as session:
        AgentService(session).unassign("reviewer", shop)
    assert metadata() == {"assigned_agents": [], "capability_requirements": [], "operation_history": []}


def test_an_archived_project_takes_no_work_until_it_is_active_again(shop: str) -> None:
    with db.transaction() as session:
        ProjectService(session).update(shop, {"status": "archived"})
    with db.transaction() as session, pytest.raises(ConflictError, match="'shop' is archived"):
        AgentService(session).execute_capability("reviewer", shop, "testing")
    with db.transaction() as session:
        ProjectService(session).update(shop, {"status": "active"})
    with db.transaction() as session:
        assert AgentService(session).execute_capability("reviewer", shop, "testing").status == "pending"


REFUSED: list[tuple[type[CallboardError], str, Callable[[AgentService], Any]]] = [
    (AgentNotFoundError, "'nobody'", lambda a: a.assign_to_project("nobody", "shop", ["testing"])),
    (ProjectNotFoundError, "'nowhere'", lambda a: a.assign_to_project("reviewer", "nowhere", ["testing"])),
    (InvalidCapabilityError, "'dance'", lambda a: a.assign_to_project("reviewer", "shop", ["testing", "dance"])),
    (InvalidCapabilityError, "at least one", lambda a: a.assign_to_project("reviewer", "shop", [])),
    (AgentNotAssignedError, "'idle'", lambda a: a.unassign("idle", "shop")),
    (AgentNotFoundError, "'nobody'", lambda a: a.unassign("nobody", "shop")),
    (ProjectNotFoundError, "'nowhere'", lambda a: a.unassign("reviewer", "nowhere")),
    (AgentNotFoundError, "'nobody'", lambda a: a.execute_capability("nobody", "shop", "testing")),
    (ProjectNotFoundError, "'nowhere'", lambda a: a.execute_capability("reviewer", "nowhere", "testing")),
    (InvalidCapabilityError, "'dance'", lambda a: a.execute_capability("reviewer", "shop", "dance")),
    (InvalidCapabilityError, "'unoffered'", lambda a: a.execute_capability("free", "shop", "unoffered")),
    (AgentNotAssignedError, "'idle'", lambda a: a.execute_capability("idle", "shop", "testing")),
    (InvalidParametersError, "deep", lambda a: a.execute_capability("reviewer", "shop", "testing", {"deep": 1})),
    (InvalidParametersError, "NUL", lambda a: a.execute_capability("reviewer", "shop", "testing", {"a": "\0"})),
]


@pytest.mark.parametrize(("error", "named", "verb"), REFUSED)
def test_what_cannot_be_is_refused_and_nothing_is_written(
    shop: str, error: type[CallboardError], named: str, verb: Callable[[AgentService], Any]
) -> None:
    with db.transaction() as session:
        agents = AgentService(session)
        agents.create("Idle", ["testing"], id="idle")
        agents.create("Free", ["unoffered"], id="free")
        agents.assign_to_project("free", "shop", ["unoffered"])
    before = everything()
    with pytest.raises(error, match=named) as refused, db.transaction() as session:
        verb(AgentService(session))
    assert isinstance(refused.value, ValueError)
    assert type(refused.value) is error
    assert everything() == before


def test_two_assignments_at_the_same_moment_both_survive(shop: str, race: Callable[..., list[Any]]) -> None:
    with db.transaction() as session:
        for name in ("one", "two"):
            AgentService(session).create(name, ["testing", "code_review"])
    for _ in range(20):
        race(
            lambda: assign("one", "testing"), lambda: assign("two", "code_review"), lambda: assign("one", "code_review")
        )
        assert sorted(metadata()["assigned_agents"]) == ["one", "reviewer", "two"]
        with db.transaction() as session:
            granted = {row["id"]: row["capabilities"] for row in ProjectService(session).get_project_agents(shop)}
            assert sorted(granted["one"]) == ["code_review", "testing"]
            AgentService(session).unassign("one", shop)
            AgentService(session).unassign("two", shop)


def test_reads_tell_what_is_stored_not_what_was_read_before(session: Session) -> None:
    agents, projects = AgentService(session), ProjectService(session)
    agent, project = agents.create("A", ["testing"], id="a"), projects.create("P", {"path": "/p"}, id="p")
    agents.assign_to_project(agent.id, project.id, ["testing"])
    session.execute(text("UPDATE agents SET name = 'B'"))
    assert projects.get_by_id(project.id).agent_metadata["assigned_agents"] == ["a"]
    assert agents.get_by_id(agent.id).name == "B"


def test_agents_are_listed_by_id_without_the_archived(shop: str, submitted: Callable[..., str]) -> None:
    submitted()
    with db.transaction() as session:
        agents = AgentService(session)
        for name in ("c", "a", "b"):
            agents.create(name, ["testing"])
        agents.delete("reviewer")
        assert [agent.id for agent in agents.page(limit=2)] == ["a", "b"]
        assert [agent.id for agent in agents.page(after="b")] == ["c"]


def test_an_agents_id_is_made_of_its_name_and_taken_once(session: Session) -> None:
    agents = AgentService(session)
    assert agents.create("Code Reviewer 2", ["testing", "testing"]).id == "code-reviewer-2"
    with pytest.raises(AlreadyExistsError, match="'code-reviewer-2'"):
        agents.create("code reviewer 2", [])


def test_an_agent_of_unknown_kind_or_with_an_ill_named_capability_is_refused(session: Session) -> None:
    agents = AgentService(session)
    with pytest.raises(InvalidError, match="kind 'robot'"):
        agents.create("A", ["testing"], kind="robot")
    with pytest.raises(InvalidCapabilityError, match="'Run!'"):
        agents.create("A", ["Run!"])


def test_an_agent_can_be_changed(session: Session) -> None:
    agents = AgentService(session)
    agents.create("A", ["testing"], id="a", settings={"depth": 1})
    agent = agents.update("a", {"name": "B", "capabilities": ["testing", "type_check"], "settings": {}})
    assert (agent.name, agent.capabilities, agent.settings) == ("B", ["testing", "type_check"], {})
    assert agents.update("a", {}).name == "B"
    with pytest.raises(InvalidCapabilityError):
        agents.update("a", {"capabilities": ["No"]})
    with pytest.raises(InvalidError, match="'kind' of an agent cannot be changed"):
        agents.update("a", {"kind": "command"})


def test_deleting_an_agent_takes_it_off_its_projects(shop: str) -> None:
    with db.transaction() as session:
        AgentService(session).delete("reviewer")
        assert session.get(Agent, "reviewer") is None
    assert metadata()["assigned_agents"] == []


def test_an_agent_with_history_is_archived_and_keeps_its_id(shop: str, submitted: Callable[..., str]) -> None:
    submitted()
    with db.transaction() as session:
        agents = AgentService(session)
        agents.delete("reviewer")
        with pytest.raises(AgentNotFoundError):
            agents.get_by_id("reviewer")
        with pytest.raises(AlreadyExistsError):
            agents.create("Reviewer", [], id="reviewer")
    assert metadata()["assigned_agents"] == []


def test_an_agent_that_is_being_deleted_cannot_be_changed(shop: str, behind_a_lock: Callable[..., Any]) -> None:
    def rename() -> None:
        with db.transaction() as session:
            AgentService(session).update("reviewer", {"name": "New"})

    with db.transaction() as session:
        AgentService(session).delete("reviewer")
        assert isinstance(behind_a_lock(rename, session.commit), AgentNotFoundError)


def test_an_agent_that_is_being_deleted_cannot_be_assigned(shop: str, behind_a_lock: Callable[..., Any]) -> None:
    with db.transaction() as session:
        ProjectService(session).create("Other", {"path": "/other"}, id="other")
    with db.transaction() as session:
        AgentService(session).delete("reviewer")
        error = behind_a_lock(lambda: assign("reviewer", "testing", project="other"), session.commit)
    assert isinstance(error, AgentNotFoundError)


def test_a_command_agent_performs_its_capabilities_by_the_command_task(shop: str) -> None:
    with db.transaction() as session:
        session.execute(text("UPDATE capabilities SET name = 'command' WHERE name = 'testing'"))
        agents = AgentService(session)
        agents.create("Linter", ["lint_css"], id="linter", kind="command")
        agents.assign_to_project("linter", shop, ["lint_css"])
        operation = agents.submit(Request(shop, "linter", "lint_css"))
    assert (operation.capability, operation.task) == ("lint_css", "command")


@pytest.mark.parametrize("wrong", [0, "2", True])
def test_a_limit_that_is_no_whole_number_is_refused(session: Session, shop: str, wrong: Any) -> None:
    with pytest.raises(InvalidError, match="max_running"):
        AgentService(session).update("reviewer", {"settings": {"max_running": wrong}})
    with pytest.raises(InvalidError, match="max_running"):
        AgentService(session).create("Other", [], settings={"max_running": wrong})
