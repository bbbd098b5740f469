"""Insight: throughput, queues, and failures by what went wrong."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated, Any
from uuid import UUID

from apiflask import APIBlueprint
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from callboard import backlog, failures, insight
from callboard.db import transaction
from callboard.projects import ProjectService
from callboard.shapes import Time
from web import auth
from web.paging import Answer, PageQuery, paged

blueprint = APIBlueprint("insight", __name__)

EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
Since = Annotated[AwareDatetime, Field(ge=EARLIEST, description="by default an hour ago")]


class StatsQuery(BaseModel):
    model_config = ConfigDict(extra="forbid")

    since: Since | None = None
    buckets: int = Field(60, ge=1, le=insight.MOST_BUCKETS, description="into how many stretches the time is cut")
    project_id: str | None = None


class Ended(BaseModel):
    """What ended in a stretch of time; `wait` is from when it was due to its last start, `run` from there to its end.

    `passed`, `found_problems` and `inconclusive` are the verdicts of those that completed.
    """

    model_config = ConfigDict(from_attributes=True)

    start: Time
    completed: int
    failed: int
    cancelled: int
    passed: int
    found_problems: int
    inconclusive: int
    success_rate: float | None
    wait_p50_ms: float | None
    wait_p95_ms: float | None
    run_p50_ms: float | None
    run_p95_ms: float | None


class Stats(BaseModel):
    """`counted_since` is set where more has ended than is counted: what ended before it is left out."""

    model_config = ConfigDict(from_attributes=True)

    since: Time
    until: Time
    bucket_seconds: float
    counted_since: Time | None
    buckets: list[Ended]
    total: Ended
    running: int
    pending: int
    oldest_waiting_at: Time | None


class FailureQuery(PageQuery):
    project_id: str | None = None


class Failure(BaseModel):
    """Failures of one capability with one reason, and one error but for numbers and ids."""

    model_config = ConfigDict(from_attributes=True)

    fingerprint: str
    capability: str
    reason: str
    error: str | None
    count: int
    first_seen: Time
    last_seen: Time
    agents: list[str]
    projects: list[str]
    newest_id: UUID
    by_day: list[int]


class FailurePage(BaseModel):
    items: list[Failure]
    next: str | None


class Queue(BaseModel):
    """A queue; where it is `capped`, more wait than were counted."""

    model_config = ConfigDict(from_attributes=True)

    name: str
    rung: int
    in_line: int
    blocked: int
    scheduled: int
    running: int
    capped: bool
    oldest_waiting_at: Time | None
    capabilities: list[str]
    workers: list[str]
    slots: int


class QueueList(BaseModel):
    items: list[Queue]
    next: str | None


@blueprint.get("/stats")
@blueprint.input(StatsQuery, location="query", arg_name="query")
@blueprint.output(Stats)
@blueprint.doc(operation_id="getStats")
def get_stats(query: StatsQuery) -> Any:
    """Tell what ended lately, how long it waited and ran, and what is open now."""
    with transaction() as session:
        told = insight.stats(session, since=query.since, buckets=query.buckets, projects=_asked(query.project_id))
        return Stats.model_validate(told)


@blueprint.get("/failures")
@blueprint.input(FailureQuery, location="query", arg_name="query")
@blueprint.output(FailurePage)
@blueprint.doc(operation_id="listFailures")
def list_failures(query: FailureQuery) -> Answer:
    """List the failures of the last 7 days, grouped by what went wrong."""
    projects = _asked(query.project_id)
    with transaction() as session:
        found, next = failures.page(session, projects=projects, cursor=query.cursor, limit=query.limit)
    return paged([Failure.model_validate(each) for each in found], next)


@blueprint.get("/queues")
@blueprint.output(QueueList)
@blueprint.doc(operation_id="listQueues")
def list_queues() -> Answer:
    """List the queues with what waits and runs there, and the live workers that serve each."""
    with transaction() as session:
        return paged([Queue.model_validate(each) for each in backlog.queues(session, auth.caller().projects)], None)


def _asked(project_id: str | None) -> Sequence[str] | None:
    """The projects that the answer is about; None for all."""
    if project_id is None:
        return auth.caller().projects
    auth.require("read", project_id)
    with transaction() as session:
        ProjectService(session).get_by_id(project_id)
    return [project_id]
