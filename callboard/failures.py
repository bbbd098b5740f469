"""Failed operations grouped by what went wrong: the same error with other numbers and ids is the same failure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from callboard import cursors

DAYS = 7
MOST_LOOKED_AT = 20_000
"""Of the failures of these days, how many of the newest are grouped."""

# Index: operations_failed. Ids before numbers: they are made of digits, too.
_GROUPS = text("""
    WITH newest AS MATERIALIZED (
        SELECT id, project_id, agent_id, capability, reason, error, finished_at FROM operations
        WHERE status = 'failed' AND finished_at > statement_timestamp() - make_interval(days => :days)
        ORDER BY finished_at DESC LIMIT :most
    ), named AS (
        SELECT *, regexp_replace(
            regexp_replace(left(coalesce(error, ''), 400), '\\m(0x)?(?=[0-9a-f-]*[0-9])[0-9a-f-]{8,}\\M', '#', 'gi'),
            '\\d+([.,]\\d+)*', '#', 'g') AS pattern
        FROM newest WHERE CAST(:projects AS text[]) IS NULL OR project_id = ANY (CAST(:projects AS text[]))
    ), grouped AS (
        SELECT left(md5(concat_ws(chr(31), capability, reason, pattern)), 16) AS fingerprint, capability, reason,
            pattern, count(*) AS count, min(finished_at) AS first_seen, max(finished_at) AS last_seen,
            array_agg(DISTINCT agent_id) AS agents, array_agg(DISTINCT project_id) AS projects,
            max(id::text) AS newest_id, (array_agg(error ORDER BY id DESC))[1] AS error,
            array_agg(finished_at) AS times
        FROM named GROUP BY capability, reason, pattern
    )
    SELECT fingerprint, capability, reason, error, count, first_seen, last_seen, agents, projects, newest_id, ARRAY(
        SELECT count(moment) FROM generate_series(:days - 1, 0, -1) AS day
        LEFT JOIN unnest(times) AS moment ON floor(extract(epoch FROM statement_timestamp() - moment) / 86400) = day
        GROUP BY day ORDER BY day DESC
    ) AS by_day
    FROM grouped WHERE CAST(:before AS text) IS NULL OR newest_id < :before
    ORDER BY newest_id DESC LIMIT :limit
""")


@dataclass(frozen=True)
class Failure:
    """A group; `error` is that of its newest operation, `by_day` counts each 24 hours of the last 7, oldest first."""

    fingerprint: str
    capability: str
    reason: str
    error: str | None
    count: int
    first_seen: datetime
    last_seen: datetime
    agents: list[str]
    projects: list[str]
    newest_id: UUID
    by_day: list[int]


def page(
    session: Session, *, projects: Sequence[str] | None = None, cursor: str | None = None, limit: int = 50
) -> tuple[list[Failure], str | None]:
    """Groups of the last 7 days, that of the newest operation first, and the cursor of the next page.

    Raises InvalidError for a limit or cursor that is not ours.
    """
    cursors.check_limit(limit)
    asked = {
        "days": DAYS,
        "most": MOST_LOOKED_AT,
        "before": None if cursor is None else _checked(cursor),
        "limit": limit + 1,
    }
    rows = session.execute(_GROUPS, {**asked, "projects": None if projects is None else list(projects)}).all()
    found = [Failure(**{**row._mapping, "newest_id": UUID(row.newest_id)}) for row in rows]
    return found[:limit], str(found[limit - 1].newest_id) if len(found) > limit else None


def _checked(cursor: str) -> str:
    with cursors.reading(cursor):
        return str(UUID(cursor))
