"""The catalogue: what workers offer, which of them live, and parameters checked without a handler."""

from datetime import datetime
from typing import Any

import pytest
from pydantic import BaseModel, Field
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from callboard import catalogue
from callboard.capabilities import Capability, Result, Retry, capability
from callboard.errors import InvalidCapabilityError, InvalidParametersError
from callboard.models import Worker
from worker.review import ReviewParameters


class Depth(BaseModel):
    depth: int = Field(1, ge=1)
    path: str


def made(name: str, version: str = "1", **told: Any) -> Capability:
    return capability(name, version=version, **told)(lambda workspace, parameters, context: Result())


def test_what_is_offered_is_found_with_its_limits(session: Session) -> None:
    catalogue.offer(session, [made("count", queue="slow", timeout=9, retry=Retry(2, 1.5, 60))])
    found = catalogue.find(session, "count")
    assert (found.task, found.queue, found.timeout, found.tries) == ("count", "slow", 9, 2)
    assert (found.retry_delay, found.retry_longest) == (1.5, 60)


def test_an_offer_renews_the_one_before_and_the_version_seen_last_counts(session: Session) -> None:
    catalogue.offer(session, [made("count", "1")])
    catalogue.offer(session, [made("count", "2", timeout=2)])
    assert catalogue.find(session, "count").version == "2"
    catalogue.offer(session, [made("count", "1", timeout=7)])
    assert (catalogue.find(session, "count").version, catalogue.find(session, "count").timeout) == ("1", 7)
    assert len(catalogue.listed(session)) == 1


def test_what_nobody_offered_is_refused(session: Session) -> None:
    with pytest.raises(InvalidCapabilityError, match="'count' yet"):
        catalogue.find(session, "count")


def test_a_command_agents_capability_is_the_command_task_and_takes_any_object(session: Session) -> None:
    catalogue.offer(session, [made("command", queue="commands")])
    found = catalogue.find(session, "lint_css", agent_kind="command")
    assert (found.name, found.task, found.queue) == ("lint_css", "command", "commands")
    found.check({"anything": 1})


def test_parameters_are_refused_field_by_field(session: Session) -> None:
    catalogue.offer(session, [made("count", parameters=Depth)])
    found = catalogue.find(session, "count")
    found.check({"path": "src"})
    with pytest.raises(InvalidParametersError, match="do not fit count") as refused:
        found.check({"depth": 0})
    assert sorted(field["field"] for field in refused.value.fields) == ["depth", "parameters"]


def test_what_is_wrong_with_parameters_is_told_in_words(session: Session) -> None:
    catalogue.offer(session, [made("review", parameters=ReviewParameters)])
    with pytest.raises(InvalidParametersError) as refused:
        catalogue.find(session, "review").check({"depth": 3, "paths": ["../up"]})
    assert {field["field"]: field["message"] for field in refused.value.fields} == {
        "depth": "there is no such parameter; known: paths",
        "paths.0": "'../up' is not a path relative to the project's root, without .. in it",
    }


def test_a_worker_counts_while_it_is_online_and_was_seen_lately(session: Session) -> None:
    catalogue.offer(session, [made("count")])
    for name in ("away", "busy", "dead"):
        catalogue.worker_seen(session, name, capabilities=["count"], concurrency=2, sandbox="landlock")
    catalogue.worker_status(session, "away", "draining")
    session.execute(text("UPDATE workers SET seen_at = now() - interval '31 s' WHERE name = 'dead'"))
    [(_, offering)] = catalogue.listed(session)
    assert offering == ["busy"]
    assert [worker.name for worker in catalogue.workers(session, alive=False)] == ["away", "busy", "dead"]
    catalogue.worker_seen(session, "away", capabilities=[], concurrency=1)
    assert [worker.name for worker in catalogue.workers(session)] == ["away", "busy"]


def test_a_worker_has_started_when_it_last_said_so(session: Session) -> None:
    def seen(**told: Any) -> datetime:
        catalogue.worker_seen(session, "again", capabilities=[], concurrency=1, **told)
        return session.scalars(select(Worker.started_at)).one()

    first = seen(starts=True)
    assert seen() == first
    assert seen(starts=True) > first
