"""How many of a project's findings were open in the course of time, by the ledger."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import RowMapping, text
from sqlalchemy.orm import Session

LONGEST = timedelta(days=90)
SHORTEST = timedelta(hours=1)
POINTS = 30
_COUNTED = ("opened", "fixed", "change")

# A suppressed finding is closed from its suppression on, for as long as that stands.
_LEDGER = """
    SELECT first_seen, fixed_at, least(fixed_at, CASE
        WHEN suppressed_until IS NULL OR suppressed_until > statement_timestamp() THEN suppressed_at
    END) AS closed_at
    FROM findings
    WHERE project_id = :project_id AND (CAST(:capability AS text) IS NULL OR capability = CAST(:capability AS text))
"""
_BOUNDS = text(f"SELECT statement_timestamp() AS until, min(first_seen) AS first FROM ({_LEDGER}) AS known")
_MOVES = text(f"""
    WITH known AS ({_LEDGER}), moves AS (
        SELECT first_seen AS at, 1 AS opened, 0 AS fixed, 1 AS change FROM known
        UNION ALL SELECT closed_at, 0, CASE WHEN closed_at = fixed_at THEN 1 ELSE 0 END, -1
        FROM known WHERE closed_at IS NOT NULL
    )
    SELECT least(width_bucket(extract(epoch FROM at)::float8, CAST(:first AS float8), CAST(:last AS float8),
                              CAST(:points AS int)), :points) AS point,
        sum(opened) AS opened, sum(fixed) AS fixed, sum(change) AS change
    FROM moves GROUP BY 1
""")


@dataclass(frozen=True)
class Point:
    """A stretch of time up to `until`: what was opened and fixed in it, and how many were open at its end."""

    until: datetime
    open: int
    opened: int
    fixed: int


def trend(session: Session, project_id: str, capability: str | None = None) -> list[Point]:
    """30 equal stretches, oldest first, from the first finding (90 days ago at most, an hour at least) until now.

    A finding that came back counts as open from when it was first seen. None where nothing was ever found.
    """
    asked = {"project_id": project_id, "capability": capability}
    until, first = session.execute(_BOUNDS, asked).one()
    if first is None:
        return []
    since = max(until - LONGEST, min(first, until - SHORTEST))
    bounds = {"first": since.timestamp(), "last": until.timestamp(), "points": POINTS}
    moves = {row.point: row._mapping for row in session.execute(_MOVES, {**asked, **bounds})}
    return _points(since, (until - since) / POINTS, moves)


def _points(since: datetime, step: timedelta, moves: Mapping[int, RowMapping]) -> list[Point]:
    open = int(moves[0]["change"]) if 0 in moves else 0
    points = []
    for number in range(1, POINTS + 1):
        opened, fixed, change = (int(moves[number][name]) if number in moves else 0 for name in _COUNTED)
        open += change
        points.append(Point(since + step * number, open, opened, fixed))
    return points
