"""How the house has done lately: what ended in each stretch of time, how long it waited and ran, what is open now."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, func, select, text
from sqlalchemy.orm import Session

from callboard.backlog import oldest_waiting
from callboard.db import now
from callboard.errors import InvalidError
from callboard.lifecycle import Status
from callboard.models import Operation, ProjectHead

MOST_COUNTED = 100_000
"""Of what has ended since, how many of the newest are counted; an answer says from when on."""
MOST_BUCKETS = 120
LAST_HOUR = timedelta(hours=1)

# Index: operations_ended. The limit comes before the projects, so that no project's rareness makes it look further.
_ENDED = text("""
    WITH newest AS MATERIALIZED (
        SELECT project_id, status, verdict, finished_at, run_at, started_at
        FROM operations WHERE finished_at >= :since ORDER BY finished_at DESC LIMIT :most
    ), ended AS (
        SELECT status, verdict,
            least(width_bucket(extract(epoch FROM finished_at)::float8, CAST(:first AS float8), CAST(:last AS float8),
                               CAST(:buckets AS int)), :buckets) AS bucket,
            greatest(0, extract(epoch FROM started_at - run_at) * 1000)::float8 AS waited,
            greatest(0, extract(epoch FROM finished_at - started_at) * 1000)::float8 AS ran
        FROM newest
        WHERE CAST(:projects AS text[]) IS NULL OR project_id = ANY (CAST(:projects AS text[]))
    )
    SELECT bucket,
        count(*) FILTER (WHERE status = 'completed') AS completed,
        count(*) FILTER (WHERE status = 'failed') AS failed,
        count(*) FILTER (WHERE status = 'cancelled') AS cancelled,
        count(*) FILTER (WHERE verdict = 'pass') AS passed,
        count(*) FILTER (WHERE verdict = 'fail') AS found_problems,
        count(*) FILTER (WHERE verdict = 'inconclusive') AS inconclusive,
        percentile_cont(0.5) WITHIN GROUP (ORDER BY waited) AS wait_p50_ms,
        percentile_cont(0.95) WITHIN GROUP (ORDER BY waited) AS wait_p95_ms,
        percentile_cont(0.5) WITHIN GROUP (ORDER BY ran) AS run_p50_ms,
        percentile_cont(0.95) WITHIN GROUP (ORDER BY ran) AS run_p95_ms,
        (SELECT min(finished_at) FROM newest HAVING count(*) = :most) AS counted_since
    FROM ended GROUP BY GROUPING SETS ((bucket), ())
""")


@dataclass(frozen=True)
class Ended:
    """What ended in a stretch of time that begins at `start`; the times are of those that were started."""

    start: datetime
    completed: int = 0
    failed: int = 0
    cancelled: int = 0
    passed: int = 0
    found_problems: int = 0
    inconclusive: int = 0
    wait_p50_ms: float | None = None
    wait_p95_ms: float | None = None
    run_p50_ms: float | None = None
    run_p95_ms: float | None = None

    @property
    def success_rate(self) -> float | None:
        """How much of what was not cancelled has completed, 0 to 1; None where nothing has ended."""
        ended = self.completed + self.failed
        return self.completed / ended if ended else None


@dataclass(frozen=True)
class Stats:
    """`counted_since` is set where more had ended than is counted; `oldest_waiting_at` is when it was due."""

    since: datetime
    until: datetime
    bucket_seconds: float
    counted_since: datetime | None
    buckets: list[Ended]
    total: Ended
    running: int
    pending: int
    oldest_waiting_at: datetime | None


def stats(
    session: Session, *, since: datetime | None = None, buckets: int = 60, projects: Sequence[str] | None = None
) -> Stats:
    """What ended since a time, by default in the last hour, in equal stretches; of all projects, or of these.

    Raises InvalidError for a time that has not come, or for no or too many stretches.
    """
    until = session.execute(select(now())).scalar_one()
    since = since or until - LAST_HOUR
    if not since < until:
        raise InvalidError(f"since is {since.isoformat()}; it must be before now, {until.isoformat()}", field="since")
    if not 1 <= buckets <= MOST_BUCKETS:
        raise InvalidError(f"buckets is {buckets}; it must be between 1 and {MOST_BUCKETS}", field="buckets")
    asked = {"since": since, "first": since.timestamp(), "last": until.timestamp(), "most": MOST_COUNTED}
    rows = session.execute(_ENDED, {**asked, "buckets": buckets, "projects": _array(projects)}).all()
    step = (until - since) / buckets
    stretches = [Ended(since + step * number) for number in range(buckets)]
    total, counted_since = Ended(since), None
    for row in rows:
        if row.bucket is None:
            total, counted_since = _filled(total, row), row.counted_since
        else:
            stretches[row.bucket - 1] = _filled(stretches[row.bucket - 1], row)
    running, pending = _open(session, projects)
    oldest = oldest_waiting(session, projects)
    return Stats(since, until, step.total_seconds(), counted_since, stretches, total, running, pending, oldest)


def _filled(stretch: Ended, row: Row[Any]) -> Ended:
    values = dict(row._mapping)
    return replace(stretch, **{name: values[name] for name in values.keys() - {"bucket", "counted_since"}})


def _open(session: Session, projects: Sequence[str] | None) -> tuple[int, int]:
    """How many run and how many wait: the heads count what was accepted and ended, so only what runs is looked at."""
    ended = ProjectHead.completed + ProjectHead.failed + ProjectHead.cancelled
    accepted = select(func.coalesce(func.sum(ProjectHead.accepted - ended), 0))
    leased = select(func.count()).where(Operation.status == Status.RUNNING)
    if projects is not None:
        accepted = accepted.where(ProjectHead.project_id.in_(projects))
        leased = leased.where(Operation.project_id.in_(projects))
    still, running = session.execute(select(accepted.scalar_subquery(), leased.scalar_subquery())).one()
    return running, max(0, int(still) - running)


def _array(projects: Sequence[str] | None) -> list[str] | None:
    return None if projects is None else list(projects)
