"""Projects: their sources and policies, their agents and operations, and when they may be deleted."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from callboard import attempts, db, operations
from callboard.agents import AgentService
from callboard.errors import AlreadyExistsError, ConflictError, InvalidError, InvalidSourceError, ProjectNotFoundError
from callboard.models import Event, Operation, ProjectHead
from callboard.projects import ProjectService

GOOD_SOURCES = [{"path": "/shop"}, {"git": "https://host/x.git", "ref": "main", "credential": "ours"}]
BAD_SOURCES: list[dict[str, Any]] = [
    {},
    {"path": ""},
    {"path": "/a", "git": "https://host/x.git"},
    {"path": "/a", "ref": "main"},
    {"git": 7},
    {"ftp": "x"},
]


def test_a_project_is_made_with_empty_metadata_and_a_head(session: Session) -> None:
    project = ProjectService(session).create("My Shop!", {"path": "/shop"}, description="sells")
    assert (project.id, project.description, project.status) == ("my-shop", "sells", "active")
    assert project.agent_metadata == {"assigned_agents": [], "capability_requirements": [], "operation_history": []}
    assert session.scalar(select(ProjectHead.seq).where(ProjectHead.project_id == "my-shop")) == 0


def test_a_projects_id_is_taken_once(session: Session) -> None:
    ProjectService(session).create("Shop", {"path": "/shop"})
    with pytest.raises(AlreadyExistsError, match="'shop' exists already"):
        ProjectService(session).create("Other", {"path": "/other"}, id="shop")
    assert ProjectService(session).get_by_id("shop").name == "Shop"


@pytest.mark.parametrize("source", GOOD_SOURCES)
def test_a_source_is_a_path_or_a_git_url(session: Session, source: dict[str, Any]) -> None:
    assert ProjectService(session).create("P", {**source}).source == source


@pytest.mark.parametrize("source", BAD_SOURCES)
def test_any_other_source_is_refused(session: Session, source: dict[str, Any]) -> None:
    with pytest.raises(InvalidSourceError):
        ProjectService(session).create("P", source)


def test_a_password_in_a_git_url_is_refused_and_not_repeated(session: Session) -> None:
    with pytest.raises(InvalidSourceError, match="name a credential") as refused:
        ProjectService(session).create("P", {"git": "https://ann:hush@example.org/shop.git"})
    assert "hush" not in str(refused.value)


@pytest.mark.parametrize("policy", [{"network_setup": "yes"}, {"anything": True}, {"max_running": True}])
def test_a_policy_that_no_worker_reads_is_refused(session: Session, policy: dict[str, Any]) -> None:
    with pytest.raises(InvalidError, match=next(iter(policy))):
        ProjectService(session).create("P", {"path": "/p"}, policy=policy)


def test_a_change_is_stored_and_told_to_the_viewers(shop: str) -> None:
    with db.transaction() as session:
        changed = ProjectService(session).update(shop, {"name": "New", "policy": {"network_setup": True}})
        frame = session.scalars(select(Event.frame).order_by(Event.seq.desc()).limit(1)).one()
    assert (changed.name, changed.policy) == ("New", {"network_setup": True})
    assert frame["type"] == "project_update"
    assert frame["payload"] == {"project_id": shop, "metadata": changed.agent_metadata}


def test_what_a_project_does_not_have_cannot_be_changed(shop: str) -> None:
    for name in ("id", "agent_metadata", "colour"):
        with pytest.raises(InvalidError, match=name), db.transaction() as session:
            ProjectService(session).update(shop, {name: "x"})


def test_an_unknown_project_is_refused_by_every_verb(session: Session) -> None:
    projects = ProjectService(session)
    for verb in (
        projects.get_by_id,
        projects.delete,
        projects.get_agent_operations,
        projects.get_project_agents,
        lambda id: projects.update(id, {"name": "x"}),
    ):
        with pytest.raises(ProjectNotFoundError, match="'nowhere'") as refused:
            verb("nowhere")
        assert isinstance(refused.value, ValueError)


def test_projects_are_listed_by_id(session: Session) -> None:
    projects = ProjectService(session)
    for name in ("c", "a", "b"):
        projects.create(name, {"path": "/p"})
    assert [project.id for project in projects.page(limit=2)] == ["a", "b"]
    assert [project.id for project in projects.page(after="b")] == ["c"]


def test_a_project_with_open_operations_refuses_to_be_deleted(shop: str, running: Callable[..., str]) -> None:
    running()
    with pytest.raises(ConflictError, match="has 1 pending or running"), db.transaction() as session:
        ProjectService(session).delete(shop)


def test_a_project_is_deleted_with_its_history(shop: str, running: Callable[..., str]) -> None:
    id = running()
    with db.transaction() as session:
        attempts.complete(session, id, 1, attempts.Outcome(None, {}))
    with db.transaction() as session:
        ProjectService(session).delete(shop)
    with db.transaction() as session:
        assert session.scalar(select(func.count()).select_from(Operation)) == 0
        assert AgentService(session).get_by_id("reviewer").id == "reviewer"


def test_the_operations_of_a_project_come_from_the_table_oldest_first(shop: str, submitted: Callable[..., str]) -> None:
    ids = [submitted() for _ in range(4)]
    with db.transaction() as session:
        operations.cancel(session, ids[2])
        projects = ProjectService(session)
        assert [str(found.id) for found in projects.get_agent_operations(shop, limit=3)] == ids[1:]
        assert [str(found.id) for found in projects.get_agent_operations(shop, "cancelled")] == [ids[2]]
        with pytest.raises(InvalidError, match="status 'lost'"):
            projects.get_agent_operations(shop, "lost")


def test_the_agents_of_a_project_come_with_what_is_granted_there(shop: str) -> None:
    with db.transaction() as session:
        agents, projects = AgentService(session), ProjectService(session)
        agents.create("Tester", ["testing", "type_check"], id="tester")
        agents.assign_to_project("tester", shop, ["testing"])
        assert projects.get_project_agents(shop) == [
            {"id": "reviewer", "name": "Reviewer", "capabilities": ["code_review", "testing"]},
            {"id": "tester", "name": "Tester", "capabilities": ["testing"]},
        ]


@pytest.mark.parametrize("status", ["asleep", "", None])
def test_a_status_that_no_project_has_is_refused(session: Session, shop: str, status: Any) -> None:
    with pytest.raises(InvalidError, match="active, paused, archived"):
        ProjectService(session).update(shop, {"status": status})


def test_a_long_history_may_take_longer_to_delete_than_any_other_statement(
    running: Callable[..., str], session: Session
) -> None:
    with db.transaction() as before:
        attempts.complete(before, running(), 1, attempts.Outcome(None, {}))
    slow = "BEGIN PERFORM pg_sleep(1.5); RETURN old; END"
    session.execute(text(f"CREATE FUNCTION pg_temp.slow() RETURNS trigger LANGUAGE plpgsql AS '{slow}'"))
    session.execute(text("CREATE TRIGGER slow BEFORE DELETE ON operations FOR ROW EXECUTE FUNCTION pg_temp.slow()"))
    session.execute(text("SET LOCAL statement_timeout = '1s'"))
    ProjectService(session).delete("shop")
    session.rollback()
