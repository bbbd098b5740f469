"""The ledger of findings: each of a project's findings once, when it was first and last seen, fixed or suppressed."""

import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import ColumnElement, Integer, Text, and_, case, cast, func, literal, or_, select, text, tuple_, update
from sqlalchemy.orm import Session

from callboard import cursors
from callboard.db import now
from callboard.errors import FindingNotFoundError, InvalidError
from callboard.findings import Severity
from callboard.models import LedgerEntry, Operation
from callboard.shapes import storable

MOST_FINDINGS = 20_000
"""Of one result, how many findings are entered."""
LONGEST = {"rule": 200, "message": 1000, "path": 1000, "snippet": 1000, "help_uri": 1000}
COLUMNS = ("column", "end_line", "end_column")

State = Literal["new", "open", "fixed", "suppressed"]

_LOCK = text("SELECT pg_advisory_xact_lock(hashtextextended('ledger:' || :project_id || ':' || :capability, 0))")
_ENTER = text("""
    INSERT INTO findings AS known (project_id, capability, fingerprint, rule, severity, message, path, line, snippet,
        help_uri, excerpt, opened_by, seen_by)
    SELECT :project_id, :capability, told.fingerprint, told.rule, told.severity, told.message, told.path, told.line,
        told.snippet, told.help_uri, told.excerpt, :operation_id, :operation_id
    FROM jsonb_to_recordset(CAST(:findings AS jsonb)) AS told(fingerprint text, rule text, severity text,
        message text, path text, line bigint, snippet text, help_uri text, excerpt jsonb)
    ON CONFLICT (project_id, capability, fingerprint) DO UPDATE SET
        rule = excluded.rule, severity = excluded.severity, message = excluded.message, path = excluded.path,
        line = excluded.line, snippet = excluded.snippet, help_uri = excluded.help_uri,
        excerpt = excluded.excerpt, last_seen = excluded.last_seen, seen_by = excluded.seen_by, fixed_at = NULL,
        opened_by = CASE WHEN known.fixed_at IS NULL THEN known.opened_by ELSE excluded.opened_by END
""")


@dataclass(frozen=True)
class Page:
    """Findings, the gravest first, how many there are in each state, and the cursor of the next page."""

    items: list[tuple[LedgerEntry, State]]
    counts: dict[State, int]
    next: str | None


def enter(session: Session, operation: Operation, findings: Sequence[Mapping[str, Any]]) -> None:
    """Enters what a judging operation found; what its capability found before and not now is fixed.

    One that was narrowed by parameters fixes only what was seen last with the same ones: it did not look at the rest.
    Call it in the transaction that ends the operation, before its project is locked.
    """
    told = {each["fingerprint"]: _entry(each) for each in findings[:MOST_FINDINGS] if each.get("fingerprint")}
    place = {"project_id": operation.project_id, "capability": operation.capability}
    if told:
        # One at a time: two that enter the same findings in different orders would wait for each other.
        session.execute(_LOCK, place)
        values = {**place, "operation_id": operation.id, "findings": json.dumps(storable(list(told.values())))}
        session.execute(_ENTER, values)
    if len(findings) <= MOST_FINDINGS:
        missing = (LedgerEntry.fixed_at.is_(None), LedgerEntry.seen_by != operation.id)
        mine = [getattr(LedgerEntry, name) == value for name, value in place.items()]
        if any(operation.parameters.values()):
            alike = (Operation.id == LedgerEntry.seen_by, Operation.parameters == operation.parameters)
            mine.append(select(Operation.id).where(*alike).exists())
        session.execute(update(LedgerEntry).where(*mine, *missing).values(fixed_at=now()))


def page(
    session: Session,
    project_id: str,
    *,
    state: State | None = None,
    capability: str | None = None,
    severity: Severity | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> Page:
    """One page of a project's findings. `open` holds the new ones, too. Raises InvalidError."""
    cursors.check_limit(limit)
    mine = [LedgerEntry.project_id == project_id]
    if capability is not None:
        mine.append(LedgerEntry.capability == capability)
    if severity is not None:
        mine.append(LedgerEntry.severity == severity)
    counted = [func.count().filter(condition) for condition in _STATES.values()]
    counts = dict(zip(_STATES, session.execute(select(*counted).where(*mine)).one(), strict=True))
    query = select(LedgerEntry, _STATE).where(*mine).order_by(*_ORDER).limit(limit + 1)
    if state is not None:
        query = query.where(_STATES[state])
    if cursor:
        query = query.where(tuple_(*_ORDER) > tuple_(*_decode(cursor)))
    rows = [(entry, told) for entry, told in session.execute(query)]
    return Page(rows[:limit], counts, _encode(rows[limit - 1][0]) if len(rows) > limit else None)


def suppress(
    session: Session, project_id: str, fingerprint: str, *, reason: str, until: datetime | None = None
) -> None:
    """Takes a finding off the open ones, for good or until a time. Raises FindingNotFoundError or InvalidError."""
    if until is not None and until <= session.execute(select(now())).scalar_one():
        raise InvalidError(f"until is {until.isoformat()}, which has passed; name a later time, or none", field="until")
    values = {"suppressed_for": storable(reason), "suppressed_at": now(), "suppressed_until": until}
    _change(session, project_id, fingerprint, values)


def unsuppress(session: Session, project_id: str, fingerprint: str) -> None:
    """Ends the suppression of a finding, if there is one. Raises FindingNotFoundError."""
    _change(session, project_id, fingerprint, {"suppressed_for": None, "suppressed_at": None, "suppressed_until": None})


def _change(session: Session, project_id: str, fingerprint: str, values: Mapping[str, Any]) -> None:
    which = (LedgerEntry.project_id == project_id, LedgerEntry.fingerprint == fingerprint)
    done = session.execute(update(LedgerEntry).where(*which).values(values).returning(LedgerEntry.fingerprint)).first()
    if done is None:
        raise FindingNotFoundError(
            f"Project {project_id!r} has no finding {fingerprint!r}; see GET /api/v1/projects/{project_id}/findings"
        )


def _entry(finding: Mapping[str, Any]) -> dict[str, Any]:
    texts = {name: (finding.get(name) or "")[:longest] for name, longest in LONGEST.items()}
    rest = {name: finding.get(name) for name in ("fingerprint", "line")}
    severity, link = finding.get("severity") or "warning", texts["help_uri"] or None
    return {**texts, **rest, "help_uri": link, "severity": severity, "excerpt": _excerpt(finding)}


def _excerpt(finding: Mapping[str, Any]) -> dict[str, Any] | None:
    """The lines around, and where in the line itself the finding lies."""
    lines = finding.get("excerpt")
    return {**lines, **{name: finding.get(name) for name in COLUMNS}} if lines else None


def _states() -> dict[State, ColumnElement[bool]]:
    stands = LedgerEntry.suppressed_until.is_(None) | (LedgerEntry.suppressed_until > func.statement_timestamp())
    suppressed = and_(LedgerEntry.suppressed_for.is_not(None), stands)
    unfixed = LedgerEntry.fixed_at.is_(None)
    open = and_(unfixed, or_(LedgerEntry.suppressed_for.is_(None), ~stands))
    return {
        "new": and_(open, LedgerEntry.opened_by == LedgerEntry.seen_by),
        "open": open,
        "fixed": LedgerEntry.fixed_at.is_not(None),
        "suppressed": and_(unfixed, suppressed),
    }


_STATES = _states()
_STATE: ColumnElement[Any] = case(*((condition, literal(name)) for name, condition in _STATES.items()))
_GRAVITY = case((LedgerEntry.severity == "error", 0), (LedgerEntry.severity == "warning", 1), else_=2)
_ORDER = (
    _GRAVITY,
    LedgerEntry.path,
    func.coalesce(LedgerEntry.line, 0),
    LedgerEntry.fingerprint,
    LedgerEntry.capability,
)


def _encode(entry: LedgerEntry) -> str:
    gravity = {"error": 0, "warning": 1}.get(entry.severity, 2)
    key = [gravity, entry.path, entry.line or 0, entry.fingerprint, entry.capability]
    return base64.urlsafe_b64encode(json.dumps(key).encode()).decode()


def _decode(cursor: str) -> list[ColumnElement[Any]]:
    with cursors.reading(cursor):
        gravity, path, line, fingerprint, capability = json.loads(base64.urlsafe_b64decode(cursor))
        numbers = [cast(literal(int(number)), Integer) for number in (gravity, line)]
    texts = [cast(literal(str(each).replace("\0", "")), Text) for each in (path, fingerprint, capability)]
    return [numbers[0], texts[0], numbers[1], *texts[1:]]
