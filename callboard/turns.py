"""Whose turn it is: a few operations per project and queue are rung, the others wait in line; projects take turns.

So one project's 10,000 operations delay another's by one operation's length, and the broker holds what it can serve.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import (
    ARRAY,
    CTE,
    BindParameter,
    ColumnElement,
    Select,
    Text,
    Uuid,
    and_,
    bindparam,
    case,
    func,
    select,
    text,
    update,
)
from sqlalchemy.dialects.postgresql import array
from sqlalchemy.orm import Session

from callboard.broker import RUNG, Ring, send
from callboard.catalogue import ALIVE_SECONDS
from callboard.db import after_commit, now, seconds
from callboard.limits import IN_LINE, LINE, PAUSED, lines_of
from callboard.models import Operation
from callboard.prepared import hot
from callboard.waits import ACCOUNTED

FIRST_RING_SECONDS = 5
PROJECTS_LOOKED_AT = 64
"""Of the projects in a line, how many an end compares for whose turn it is: its own, and those that follow it."""
ALL_PROJECTS = 1_000_000

# What a project has rung and not ended on a queue is at most twice the slots of the live workers that serve it: one
# operation for each slot, and one to follow. Index: operations_called.
_HAS_ROOM = f"""
    (SELECT count(*) FROM operations called
     WHERE called.status IN ('pending', 'running') AND called.rung_at IS NOT NULL
        AND called.project_id = {{project_id}} AND called.queue = {{queue}})
    < 2 * greatest(1, (
        SELECT sum(worker.concurrency) FROM workers worker
        WHERE worker.status = 'online' AND worker.seen_at > statement_timestamp() - interval '{ALIVE_SECONDS} s'
            AND {{task}} = ANY (worker.capabilities)))
"""

# The first of a project in a line that is due: what was started and lost or failed comes before what never was.
_FIRST = """
    SELECT o.id, o.queue, o.task
    FROM unnest(ARRAY[false, true]) AS untried
    CROSS JOIN LATERAL (
        SELECT o.id, o.queue, o.task FROM operations o
        WHERE o.status = 'pending' AND o.rung_at IS NULL AND coalesce(o.blocked_by, o.queue) = {place}.line
            AND o.project_id = {place}.project_id AND (o.attempt = 0) = untried AND o.run_at <= statement_timestamp()
        ORDER BY o.run_at, o.id LIMIT 1 {lock}
    ) AS o LIMIT 1
"""

# The least project id in a line that comes after another one, and after the last one the first.
_AROUND = """
    coalesce(
        (SELECT min(o.project_id) FROM operations o
         WHERE o.status = 'pending' AND o.rung_at IS NULL AND coalesce(o.blocked_by, o.queue) = line
            AND o.project_id {after}),
        (SELECT min(o.project_id) FROM operations o
         WHERE o.status = 'pending' AND o.rung_at IS NULL AND coalesce(o.blocked_by, o.queue) = line))
"""

# Goes round the projects of a line from `near` on, by steps along the index operations_in_line and never through the
# operations of one. Where several were rung equally long ago, the next one has its turn, and `near` itself comes last.
_NEXT = text(f"""
    WITH RECURSIVE lined AS (
        SELECT line, 1 AS place, project_id, project_id AS began
        FROM unnest(CAST(:lines AS text[])) AS line
        CROSS JOIN LATERAL (SELECT {_AROUND.format(after=">= :near")} AS project_id) AS nearest
        UNION ALL
        SELECT lined.line, place + 1, following.project_id, began
        FROM lined
        CROSS JOIN LATERAL (SELECT {_AROUND.format(after="> lined.project_id")} AS project_id) AS following
        WHERE following.project_id <> began AND place < :looked_at
    ), turn AS (
        SELECT DISTINCT ON (line) line, project_id
        FROM lined
        CROSS JOIN LATERAL ({_FIRST.format(place="lined", lock="")}) AS first
        WHERE {_HAS_ROOM.format(project_id="lined.project_id", queue="first.queue", task="first.task")}
        ORDER BY line, (
            SELECT max(called.rung_at) FROM operations called
            WHERE called.status IN ('pending', 'running') AND called.rung_at IS NOT NULL
                AND called.project_id = lined.project_id
        ) NULLS FIRST, project_id = :near, place
    )
    SELECT chosen.id FROM turn
    CROSS JOIN LATERAL ({_FIRST.format(place="turn", lock="FOR UPDATE SKIP LOCKED")}) AS chosen
""")

_CHOSEN = _NEXT.columns(id=Uuid()).cte("chosen")
_CALL = hot(
    update(Operation)
    .where(Operation.id == _CHOSEN.c.id)
    .values(
        rung_at=now(),
        ring_at=now() + seconds(FIRST_RING_SECONDS),
        rings=0,
        waits=ACCOUNTED,
        waits_since=now(),
        blocked_by=None,
    )
    .returning(*(Operation.__table__.c[name] for name in RUNG))
)


def ring(session: Session, row: Operation) -> None:
    """Rings for a pending operation after the commit; the keeper rings again for one that is lost."""
    message = Ring.of(row)
    after_commit(session, lambda: send(message))


def call_next(session: Session, lines: Sequence[str], *, near: str | None = None) -> list[Operation]:
    """Rings for the next due operation of each line, of the project that was rung longest ago and has room.

    It compares all projects, or a few from `near` on, where an operation has made room at a cost that must stay small.
    Call it last: other projects' rows are locked, but never waited for.
    """
    looked_at = ALL_PROJECTS if near is None else PROJECTS_LOOKED_AT
    wanted = {"lines": list(lines), "near": near or "", "looked_at": looked_at}
    rows = [Operation.of(row._mapping) for row in session.connection().execute(_CALL, wanted)]
    for row in rows:
        ring(session, row)
    return rows


def make_room(session: Session, row: Operation) -> None:
    """Rings for those who waited for an operation that has ended or was put back."""
    call_next(session, lines(row), near=row.project_id)


def lines(row: Operation) -> list[str]:
    """The lines in which the end of an operation makes room."""
    return [row.queue, *lines_of(row.project_id, row.agent_id, row.task)]


def occupied(session: Session) -> list[str]:
    """The lines in which operations stand, found by steps along the index and not through the operations."""
    first = select(func.min(LINE).label("line")).where(*IN_LINE).cte("lines", recursive=True)
    further = select(func.min(LINE)).where(*IN_LINE, first.c.line < LINE).scalar_subquery()
    lines = first.union_all(select(further).where(first.c.line.is_not(None)))
    return list(session.scalars(select(lines.c.line).where(lines.c.line.is_not(None))))


def place(
    owner: CTE, due: ColumnElement[bool], *, agent_id: BindParameter[Any], task: BindParameter[Any], queue: Any
) -> CTE:
    """Where a new operation of the project `owner` stands: `blocked_by`, and `rung_at` where it is rung at once."""
    names = {PAUSED: owner.c.project_id, "project": owner.c.project_id, "agent": agent_id, "capability": task}
    lines = [func.concat(f"{kind}:", name) for kind, name in names.items()]
    others = _standing(array(lines)).limit(1).scalar_subquery()
    blocked = case((due, case((owner.c.status == PAUSED, lines[0]), else_=others)))
    stands = select(blocked.label("blocked_by"), due.label("due"), owner.c.project_id).cte("stands")
    room = text(_HAS_ROOM.format(project_id="stands.project_id", queue=f":{queue.key}", task=f":{task.key}"))
    called = case((and_(stands.c.due, stands.c.blocked_by.is_(None), room), func.now()))
    return select(stands.c.blocked_by, called.label("rung_at")).cte("place")


def _standing(lines: ColumnElement[Any]) -> Select[str]:
    """Those of the lines in which anybody stands; the smallest project id is one step in the index, always."""
    line = func.unnest(lines).column_valued("line")
    first = select(func.min(Operation.project_id)).where(*IN_LINE, line == LINE).scalar_subquery()
    return select(line).where(first.is_not(None))


CROWDED = _standing(bindparam("lines", type_=ARRAY(Text))).exists()
"""Whether anybody stands in one of the `lines`."""
