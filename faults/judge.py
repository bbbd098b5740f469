"""The offline checker: from the clients' log and the database alone, what was accepted, lost and doubled."""

import json
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

WINDOW = 50
TERMINAL = ("completed", "failed", "cancelled")
Query = Callable[..., list[tuple[Any, ...]]]


@dataclass
class Judgement:
    """The account of a trial; `doubled` and `lost` name each case in a sentence."""

    accepted: int = 0
    terminal: int = 0
    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    recovery: float = 0.0
    refused: int = 0
    unknown: int = 0
    p99: float = 0.0


def judge(log: Path, query: Query) -> Judgement:
    """Compares what clients were told with what the tables hold."""
    entries = [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()] if log.exists() else []
    rows = query("SELECT id::text, project_id, status, seq, created_at, finished_at FROM operations")
    told = _ends_told(query)
    found = Judgement()
    _account(found, entries, {row[0]: row[2] for row in rows}, told)
    _strangers(found, entries, query)
    for (project,) in query("SELECT id FROM projects"):
        found.doubled += _gaps(query, project) + _window(query, project)
    found.recovery = _recovery(entries, rows)
    return found


def _account(found: Judgement, entries: Sequence[dict[str, Any]], status: dict[str, str], told: Counter[str]) -> None:
    answered: defaultdict[str, set[str]] = defaultdict(set)
    for entry in entries:
        if entry.get("id"):
            answered[entry["key"]].add(entry["id"])
    for key, ids in answered.items():
        if len(ids) > 1:
            found.doubled.append(f"the key {key} was answered with {len(ids)} operations")
        found.accepted += 1
        found.terminal += all(status.get(id) in TERMINAL and told[id] == 1 for id in ids)
        for id in ids:
            if status.get(id) not in TERMINAL:
                found.lost.append(f"{id} was accepted and is {status.get(id, 'not in the table')}")
            elif told[id] == 0:
                found.lost.append(f"{id} is {status[id]} without a terminal event")
    found.doubled += [f"{id} has {count} terminal events" for id, count in told.items() if count > 1]
    found.doubled += [f"{id} is {status.get(id)} but ended once" for id in told if status.get(id) not in TERMINAL]
    found.refused = sum(entry.get("status", 0) >= 500 for entry in entries)
    found.unknown = sum("unknown" in entry for entry in entries)
    times = sorted(entry["seconds"] for entry in entries if "seconds" in entry)
    found.p99 = times[int(len(times) * 0.99) - 1 if len(times) > 1 else 0] if times else 0.0


def _strangers(found: Judgement, entries: Sequence[dict[str, Any]], query: Query) -> None:
    """An operation that no client asked for, or two of one key."""
    asked = {entry["key"] for entry in entries if "key" in entry}
    held = query("SELECT o.id::text, k.key FROM operations o LEFT JOIN idempotency_keys k ON k.operation_id = o.id")
    found.doubled += [f"{id} was made for the key {key}, which nobody sent" for id, key in held if key not in asked]


def _ends_told(query: Query) -> Counter[str]:
    """How many terminal events each operation has."""
    statement = """SELECT operation_id::text FROM events WHERE type = 'agent_operation'
        AND frame #>> '{payload,operation,status}' IN ('completed', 'failed', 'cancelled')"""
    return Counter(id for (id,) in query(statement))


def _gaps(query: Query, project: str) -> list[str]:
    numbers = [seq for (seq,) in query("SELECT seq FROM events WHERE project_id = %s ORDER BY seq", project)]
    (head,) = query("SELECT seq FROM project_heads WHERE project_id = %s", project)[0]
    return [] if numbers == list(range(1, head + 1)) else [f"the numbers of {project} have a gap below {head}"]


def _window(query: Query, project: str) -> list[str]:
    """The window has to be the newest records of the table, oldest first, each exactly once."""
    statement = "SELECT agent_metadata -> 'operation_history' FROM projects WHERE id = %s"
    kept = [(record["id"], record["status"], record["seq"]) for record in query(statement, project)[0][0]]
    newest = query(
        f"""SELECT id::text, status, seq FROM operations WHERE project_id = %s AND finished_at IS NOT NULL
        ORDER BY seq DESC LIMIT {WINDOW}""",
        project,
    )
    return [] if kept == newest[::-1] else [f"the window of {project} is not the newest {WINDOW} of its table"]


def _recovery(entries: Sequence[dict[str, Any]], rows: Sequence[tuple[Any, ...]]) -> float:
    """The longest time from the end of a fault until all that was accepted before then had ended, in seconds."""
    longest = 0.0
    for mark in (datetime.fromtimestamp(entry["at"], UTC) for entry in entries if "mark" in entry):
        ends = [(row[5] - mark).total_seconds() for row in rows if row[5] is not None and row[4] <= mark < row[5]]
        longest = max([longest, *ends])
    return longest
