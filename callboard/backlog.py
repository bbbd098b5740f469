"""What waits, queue by queue: how many, since when, and who serves them; bounded, however long the lines are."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from callboard import catalogue

MOST_PLACES = 2_000
"""How many pairs of a line and a project are looked at."""
MOST_COUNTED = 100_000
"""How many operations in line are counted; a queue's number is then marked as capped."""

# Steps along the index operations_in_line from one line and project to the next, never through their operations.
_PLACES = """
    WITH RECURSIVE places AS (
        (SELECT coalesce(blocked_by, queue) AS line, project_id FROM operations
         WHERE status = 'pending' AND rung_at IS NULL ORDER BY 1, 2 LIMIT 1)
        UNION ALL
        SELECT following.line, following.project_id FROM places CROSS JOIN LATERAL (
            SELECT coalesce(o.blocked_by, o.queue) AS line, o.project_id FROM operations o
            WHERE o.status = 'pending' AND o.rung_at IS NULL
                AND (coalesce(o.blocked_by, o.queue), o.project_id) > (places.line, places.project_id)
            ORDER BY 1, 2 LIMIT 1
        ) AS following
    ), seen AS (
        SELECT * FROM (SELECT * FROM places LIMIT :places) AS first_places
        WHERE CAST(:projects AS text[]) IS NULL OR project_id = ANY (CAST(:projects AS text[]))
    )
"""
_IN_PLACE = """
    o.status = 'pending' AND o.rung_at IS NULL AND coalesce(o.blocked_by, o.queue) = seen.line
        AND o.project_id = seen.project_id
"""
_RUNG = """
    SELECT queue, project_id, run_at FROM operations WHERE status = 'pending' AND rung_at IS NOT NULL
        AND (CAST(:projects AS text[]) IS NULL OR project_id = ANY (CAST(:projects AS text[])))
"""
# Each place's first is its oldest; what is rung is at most twice the workers' slots.
_OLDEST = text(f"""
    {_PLACES}
    SELECT queue, min(run_at) AS due_at FROM (
        SELECT first.queue, first.run_at FROM seen CROSS JOIN LATERAL (
            SELECT o.queue, o.run_at FROM operations o WHERE {_IN_PLACE} ORDER BY o.run_at LIMIT 1
        ) AS first
        UNION ALL SELECT queue, run_at FROM ({_RUNG}) AS rung
    ) AS waiting WHERE run_at <= statement_timestamp() GROUP BY queue
""")
_COUNTED = text(f"""
    {_PLACES}, standing AS (
        SELECT each.queue, each.blocked_by, each.run_at FROM seen CROSS JOIN LATERAL (
            SELECT o.queue, o.blocked_by, o.run_at FROM operations o WHERE {_IN_PLACE} LIMIT :most
        ) AS each LIMIT :most
    )
    SELECT queue, sum(rung) AS rung, sum(in_line) AS in_line, sum(blocked) AS blocked, sum(scheduled) AS scheduled,
        sum(running) AS running, (SELECT count(*) = :most FROM standing) AS capped
    FROM (
        SELECT queue, 0 AS rung, count(*) FILTER (WHERE blocked_by IS NULL AND run_at <= statement_timestamp()),
            count(*) FILTER (WHERE blocked_by IS NOT NULL AND run_at <= statement_timestamp()),
            count(*) FILTER (WHERE run_at > statement_timestamp()), 0
        FROM standing GROUP BY queue
        UNION ALL SELECT queue, count(*), 0, 0, 0, 0 FROM ({_RUNG}) AS rung GROUP BY queue
        UNION ALL SELECT queue, 0, 0, 0, 0, count(*) FROM operations
        WHERE status = 'running' AND (CAST(:projects AS text[]) IS NULL OR project_id = ANY (CAST(:projects AS text[])))
        GROUP BY queue
    ) AS counted (queue, rung, in_line, blocked, scheduled, running) GROUP BY queue
""")


@dataclass(frozen=True)
class Queue:
    """One queue: `rung` are on the broker, `in_line` wait for their turn, `blocked` for a limit or the end of a pause.

    `scheduled` are not due yet. Where `capped`, more wait than were counted. `slots` is what its live workers can run
    at once; workers serve several queues with the same slots.
    """

    name: str
    rung: int
    in_line: int
    blocked: int
    scheduled: int
    running: int
    capped: bool
    oldest_waiting_at: datetime | None
    capabilities: list[str]
    workers: list[str]
    slots: int


def oldest_waiting(session: Session, projects: Sequence[str] | None = None) -> datetime | None:
    """When the operation was due that waits longest, of all projects or of these; None where nothing due waits."""
    return min(_oldest(session, projects).values(), default=None)


def queues(session: Session, projects: Sequence[str] | None = None) -> list[Queue]:
    """Every queue by name, with what waits and runs there of all projects, or of these."""
    counted = {row.queue: row for row in session.execute(_COUNTED, {**_asked(projects), "most": MOST_COUNTED})}
    oldest = _oldest(session, projects)
    offered = [(row.queue, row.name) for row, _ in catalogue.listed(session)]
    alive = catalogue.workers(session)
    found = []
    for name in sorted({queue for queue, _ in offered} | set(counted)):
        capabilities = sorted(each for queue, each in offered if queue == name)
        serving = [worker for worker in alive if not set(capabilities).isdisjoint(worker.capabilities)]
        row = counted.get(name)
        found.append(
            Queue(
                name,
                **{each: int(getattr(row, each, 0)) for each in ("rung", "in_line", "blocked", "scheduled", "running")},
                capped=bool(row and row.capped),
                oldest_waiting_at=oldest.get(name),
                capabilities=capabilities,
                workers=[worker.name for worker in serving],
                slots=sum(worker.concurrency for worker in serving),
            )
        )
    return found


def _oldest(session: Session, projects: Sequence[str] | None) -> dict[str, datetime]:
    return {row.queue: row.due_at for row in session.execute(_OLDEST, _asked(projects))}


def _asked(projects: Sequence[str] | None) -> dict[str, Any]:
    return {"places": MOST_PLACES, "projects": None if projects is None else list(projects)}
