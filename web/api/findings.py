"""Findings: what a project's reviews have found, until it is fixed or suppressed."""

from datetime import UTC, datetime
from typing import Annotated, Any
from uuid import UUID

from apiflask import APIBlueprint
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from callboard import ledger, trend
from callboard.db import transaction
from callboard.findings import Excerpt, Severity
from callboard.ledger import State
from callboard.projects import ProjectService
from callboard.shapes import Time
from web import auth
from web.paging import PageQuery, link

blueprint = APIBlueprint("findings", __name__)

LATEST = datetime(2200, 1, 1, tzinfo=UTC)
Until = Annotated[AwareDatetime, Field(lt=LATEST, description="it counts again from then on; never where left out")]


class FindingQuery(PageQuery):
    # The pattern is for those who write requests by the description: 8,000 emoji are no address that a server reads.
    cursor: str | None = Field(
        None,
        description="`next` of the page before",
        max_length=8000,
        json_schema_extra={"pattern": "^[A-Za-z0-9_=-]*$"},
    )
    state: State | None = None
    capability: str | None = None
    severity: Severity | None = None


class TrendQuery(BaseModel):
    model_config = ConfigDict(extra="forbid")

    capability: str | None = None


class LedgerExcerpt(Excerpt):
    """The lines around a finding, the first of them numbered `start`, and where it lies in its own line."""

    column: int | None = None
    end_line: int | None = None
    end_column: int | None = None


class LedgerFinding(BaseModel):
    """A finding: `opened_by` is the operation that found it first, or again after a fix; `seen_by` found it last."""

    model_config = ConfigDict(from_attributes=True)

    fingerprint: str
    capability: str
    rule: str
    severity: str
    message: str
    path: str
    line: int | None
    snippet: str
    help_uri: str | None
    excerpt: LedgerExcerpt | None
    state: State
    first_seen: Time
    last_seen: Time
    fixed_at: Time | None
    opened_by: UUID
    seen_by: UUID
    suppressed_for: str | None
    suppressed_at: Time | None
    suppressed_until: Time | None


class FindingCounts(BaseModel):
    """How many there are of each state, of the capability and severity asked for; `open` counts the new ones, too."""

    new: int
    open: int
    fixed: int
    suppressed: int


class FindingPage(BaseModel):
    items: list[LedgerFinding]
    counts: FindingCounts
    next: str | None


class TrendPoint(BaseModel):
    """A stretch of time up to `until`: what was opened and fixed in it, and how many were open at its end."""

    model_config = ConfigDict(from_attributes=True)

    until: Time
    open: int
    opened: int
    fixed: int


class Trend(BaseModel):
    items: list[TrendPoint]


class Suppression(BaseModel):
    """Why a finding does not count."""

    model_config = ConfigDict(extra="forbid")

    reason: Annotated[str, Field(min_length=1, max_length=1000)]
    until: Until | None = None


@blueprint.get("/projects/<project_id>/findings")
@blueprint.input(FindingQuery, location="query", arg_name="query")
@blueprint.output(FindingPage)
@blueprint.doc(operation_id="listFindings")
def list_findings(project_id: str, query: FindingQuery) -> Any:
    """List a project's findings, the gravest first."""
    auth.require("read", project_id)
    with transaction() as session:
        ProjectService(session).get_by_id(project_id)
        page = ledger.page(session, project_id, **query.model_dump())
        names = LedgerFinding.model_fields.keys() - {"state"}
        items = [
            LedgerFinding(state=state, **{name: getattr(entry, name) for name in names}) for entry, state in page.items
        ]
    headers = {} if page.next is None else link(cursor=page.next)
    return {"items": items, "counts": page.counts, "next": page.next}, 200, headers


@blueprint.get("/projects/<project_id>/findings/trend")
@blueprint.input(TrendQuery, location="query", arg_name="query")
@blueprint.output(Trend)
@blueprint.doc(operation_id="getFindingsTrend")
def get_trend(project_id: str, query: TrendQuery) -> Any:
    """Tell how many of a project's findings were open in the course of time."""
    auth.require("read", project_id)
    with transaction() as session:
        ProjectService(session).get_by_id(project_id)
        points = trend.trend(session, project_id, query.capability)
        return {"items": [TrendPoint.model_validate(point) for point in points]}


@blueprint.put("/projects/<project_id>/findings/<fingerprint>/suppression")
@blueprint.input(Suppression, location="json", arg_name="body")
@blueprint.output({}, status_code=204)
@blueprint.doc(operation_id="suppressFinding")
def suppress_finding(project_id: str, fingerprint: str, body: Suppression) -> str:
    """Suppress a finding, for good or until a time."""
    auth.require("submit", project_id)
    with transaction() as session:
        ProjectService(session).get_by_id(project_id)
        ledger.suppress(session, project_id, fingerprint, reason=body.reason, until=body.until)
    return ""


@blueprint.delete("/projects/<project_id>/findings/<fingerprint>/suppression")
@blueprint.output({}, status_code=204)
@blueprint.doc(operation_id="unsuppressFinding")
def unsuppress_finding(project_id: str, fingerprint: str) -> str:
    """End a finding's suppression."""
    auth.require("submit", project_id)
    with transaction() as session:
        ProjectService(session).get_by_id(project_id)
        ledger.unsuppress(session, project_id, fingerprint)
    return ""
