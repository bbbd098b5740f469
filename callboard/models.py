"""The tables, with the truths that they enforce as named constraints."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Self, cast
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    BigInteger,
    CheckConstraint,
    ColumnElement,
    DateTime,
    ForeignKey,
    Index,
    LargeBinary,
    MetaData,
    RowMapping,
    TableClause,
    Text,
    case,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from callboard.lifecycle import TERMINAL, Reason, Status, Verdict

EMPTY_METADATA = '{"assigned_agents": [], "capability_requirements": [], "operation_history": []}'


def _one_of(column: str, values: Any) -> str:
    return f"{column} IN ({', '.join(repr(str(value)) for value in values)})"


class Table(DeclarativeBase):
    """What all tables share: how types map and how constraints are named."""

    metadata = MetaData(
        naming_convention={
            "pk": "%(table_name)s_pkey",
            "fk": "%(table_name)s_%(column_0_name)s_fkey",
            "ck": "%(table_name)s_%(constraint_name)s",
            "ix": "%(table_name)s_%(column_0_N_name)s_idx",
            "uq": "%(table_name)s_%(column_0_N_name)s_key",
        }
    )
    type_annotation_map = {  # noqa: RUF012
        str: Text,
        int: BigInteger,
        datetime: DateTime(timezone=True),
        dict[str, Any]: JSONB,
        list[Any]: JSONB,
        list[str]: ARRAY(Text),
        bytes: LargeBinary,
    }

    @classmethod
    def of(cls, values: Mapping[str, Any] | RowMapping) -> Self:
        """An object of what a hot statement returned, which costs a third of loading it; no session tracks it."""
        made = cls()
        vars(made).update(values)
        return made


class Project(Table):
    """What work is done on; `agent_metadata` is checked by the trigger ensure_valid_agent_metadata."""

    __tablename__ = "projects"

    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    description: Mapped[str | None]
    status: Mapped[str] = mapped_column(server_default="active")
    source: Mapped[dict[str, Any]]
    policy: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'"))
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now())
    agent_metadata: Mapped[dict[str, Any]] = mapped_column(server_default=text(f"'{EMPTY_METADATA}'::jsonb"))

    __table_args__ = (CheckConstraint("id ~ '^[a-z0-9][a-z0-9_-]{0,62}$'", name="id_is_a_slug"),)


class ProjectHead(Table):
    """The newest event number of a project and its counters, which change with it: a narrow row, locked last."""

    __tablename__ = "project_heads"

    project_id: Mapped[str] = mapped_column(ForeignKey("projects.id", ondelete="CASCADE"), primary_key=True)
    seq: Mapped[int] = mapped_column(server_default=text("0"))
    accepted: Mapped[int] = mapped_column(server_default=text("0"))
    completed: Mapped[int] = mapped_column(server_default=text("0"))
    failed: Mapped[int] = mapped_column(server_default=text("0"))
    cancelled: Mapped[int] = mapped_column(server_default=text("0"))


class Reconciliation(Table):
    """What the last look at a project's records found; the next one looks at rows older than `before`."""

    __tablename__ = "reconciliations"

    project_id: Mapped[str] = mapped_column(ForeignKey("projects.id", ondelete="CASCADE"), primary_key=True)
    checked_at: Mapped[datetime] = mapped_column(server_default=func.now())
    before: Mapped[UUID | None]
    findings: Mapped[list[Any]] = mapped_column(server_default=text("'[]'"))


class Agent(Table):
    """Who works; an agent with history is archived instead of deleted."""

    __tablename__ = "agents"

    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    kind: Mapped[str] = mapped_column(server_default="tool")
    capabilities: Mapped[list[str]]
    settings: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'"))
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    archived_at: Mapped[datetime | None]

    __table_args__ = (
        CheckConstraint("id ~ '^[a-z0-9][a-z0-9_-]{0,62}$'", name="id_is_a_slug"),
        CheckConstraint("kind IN ('tool', 'command')", name="kind_is_known"),
    )


class Assignment(Table):
    """An agent's membership in a project, with the capabilities granted there."""

    __tablename__ = "assignments"

    project_id: Mapped[str] = mapped_column(ForeignKey("projects.id", ondelete="CASCADE"), primary_key=True)
    agent_id: Mapped[str] = mapped_column(ForeignKey("agents.id"), primary_key=True, index=True)
    capabilities: Mapped[list[str]]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class CapabilityRow(Table):
    """A capability as the newest worker that offers it described it."""

    __tablename__ = "capabilities"

    name: Mapped[str] = mapped_column(primary_key=True)
    version: Mapped[str] = mapped_column(primary_key=True)
    description: Mapped[str]
    parameters_schema: Mapped[dict[str, Any]]
    result_schema: Mapped[dict[str, Any]]
    queue: Mapped[str]
    risk: Mapped[str]
    timeout: Mapped[float]
    tries: Mapped[int]
    retry_delay: Mapped[float]
    retry_longest: Mapped[float]
    max_running: Mapped[int | None]
    seen_at: Mapped[datetime] = mapped_column(server_default=func.now())


class Worker(Table):
    """A worker process that was alive at `seen_at` and answered a canary at `canary_at`, and what it offers."""

    __tablename__ = "workers"

    name: Mapped[str] = mapped_column(primary_key=True)
    capabilities: Mapped[list[str]]
    concurrency: Mapped[int]
    sandbox: Mapped[str | None]
    status: Mapped[str] = mapped_column(server_default="online")
    started_at: Mapped[datetime] = mapped_column(server_default=func.now())
    seen_at: Mapped[datetime] = mapped_column(server_default=func.now())
    broker_lost_at: Mapped[datetime | None]
    canary_at: Mapped[datetime | None]

    __table_args__ = (CheckConstraint("status IN ('online', 'deaf', 'draining', 'offline')", name="status_is_known"),)


class Operation(Table):
    """One execution of one capability by one agent on one project: the truth that all else is derived from.

    The database sets `seal` as it ends; it is what `seal_of` makes of all other columns but `rerun_of`.
    """

    __tablename__ = "operations"

    id: Mapped[UUID] = mapped_column(primary_key=True, server_default=text("uuid7()"))
    project_id: Mapped[str] = mapped_column(ForeignKey("projects.id", ondelete="CASCADE"))
    agent_id: Mapped[str] = mapped_column(ForeignKey("agents.id"), index=True)
    capability: Mapped[str]
    capability_version: Mapped[str]
    task: Mapped[str]
    queue: Mapped[str]
    parameters: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'"))
    ref: Mapped[str | None]
    commit: Mapped[str | None]
    dirty: Mapped[bool | None]
    sandbox: Mapped[str | None]
    status: Mapped[str] = mapped_column(server_default=Status.PENDING)
    reason: Mapped[str | None]
    error: Mapped[str | None]
    verdict: Mapped[str | None]
    result: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    fingerprints: Mapped[list[Any] | None] = mapped_column(JSONB(none_as_null=True))
    progress: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    attempt: Mapped[int] = mapped_column(server_default=text("0"))
    tries: Mapped[int] = mapped_column(server_default=text("0"))
    max_tries: Mapped[int]
    retry_delay: Mapped[float]
    retry_longest: Mapped[float]
    timeout: Mapped[float]
    worker: Mapped[str | None]
    lease_until: Mapped[datetime | None]
    deadline_at: Mapped[datetime | None]
    cancel_requested_at: Mapped[datetime | None]
    ring_at: Mapped[datetime] = mapped_column(server_default=func.now())
    rings: Mapped[int] = mapped_column(server_default=text("0"))
    rung_at: Mapped[datetime | None]
    blocked_by: Mapped[str | None]
    waits: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'"))
    waits_since: Mapped[datetime] = mapped_column(server_default=func.now())
    requested_by: Mapped[str]
    rerun_of: Mapped[UUID | None] = mapped_column(ForeignKey("operations.id", ondelete="SET NULL"))
    run_at: Mapped[datetime] = mapped_column(server_default=func.now())
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    timestamp: Mapped[datetime] = mapped_column(server_default=func.now())
    seq: Mapped[int]
    seal: Mapped[bytes | None]

    __table_args__ = (
        CheckConstraint(_one_of("status", Status), name="status_is_known"),
        CheckConstraint(f"reason IS NULL OR {_one_of('reason', Reason)}", name="reason_is_known"),
        CheckConstraint(f"verdict IS NULL OR {_one_of('verdict', Verdict)}", name="verdict_is_known"),
        CheckConstraint(f"({_one_of('status', sorted(TERMINAL))}) = (finished_at IS NOT NULL)", name="end_has_a_time"),
        CheckConstraint("(status = 'failed') = (reason IS NOT NULL)", name="failure_has_a_reason"),
        CheckConstraint("verdict IS NULL OR status = 'completed'", name="only_completed_is_judged"),
        CheckConstraint("(status = 'running') = (lease_until IS NOT NULL)", name="running_has_a_lease"),
        CheckConstraint("tries <= attempt", name="tries_are_attempts"),
        CheckConstraint("status <> 'pending' OR cancel_requested_at IS NULL", name="cancelled_never_waits"),
        Index("operations_by_project", "project_id", text("id DESC")),
        Index(
            "operations_completed",
            "project_id",
            "capability",
            text("finished_at DESC"),
            postgresql_where=text("status = 'completed'"),
        ),
        Index("operations_rerun_of_idx", "rerun_of", postgresql_where=text("rerun_of IS NOT NULL")),
        Index("operations_to_ring", "ring_at", postgresql_where=text("status = 'pending' AND rung_at IS NOT NULL")),
        Index(
            "operations_in_line",
            text("coalesce(blocked_by, queue)"),
            "project_id",
            text("(attempt = 0)"),
            "run_at",
            "id",
            postgresql_where=text("status = 'pending' AND rung_at IS NULL"),
        ),
        Index(
            "operations_called",
            "project_id",
            "queue",
            "rung_at",
            postgresql_where=text("status IN ('pending', 'running') AND rung_at IS NOT NULL"),
        ),
        Index("operations_leased", "lease_until", postgresql_where=text("status = 'running'")),
        Index("operations_ended", "finished_at", postgresql_where=text("finished_at IS NOT NULL")),
        Index("operations_failed", "finished_at", postgresql_where=text("status = 'failed'")),
        Index("operations_cancelled", "project_id", text("id DESC"), postgresql_where=text("status = 'cancelled'")),
        Index(
            "operations_inconclusive", "project_id", text("id DESC"), postgresql_where=text("verdict = 'inconclusive'")
        ),
        Index("operations_open", "project_id", "status", postgresql_where=text("finished_at IS NULL")),
        Index(
            "operations_recorded",
            "project_id",
            text("seq DESC"),
            postgresql_where=text("finished_at IS NOT NULL"),
        ),
    )


OPERATION = tuple(cast("TableClause", Operation.__table__).c)
"""All columns of an operation, as a hot statement returns them."""
AS_SEALED: ColumnElement[bool] = Operation.seal.is_not_distinct_from(
    case((Operation.finished_at.is_not(None), func.seal_of(cast("TableClause", Operation.__table__).table_valued())))
)
"""Whether an operation is what it was when it ended, and an open one bears no seal."""


class LedgerEntry(Table):
    """One of a project's findings: `opened_by` found it first, or again after it was fixed; `seen_by` found it last."""

    __tablename__ = "findings"

    project_id: Mapped[str] = mapped_column(ForeignKey("projects.id", ondelete="CASCADE"), primary_key=True)
    capability: Mapped[str] = mapped_column(primary_key=True)
    fingerprint: Mapped[str] = mapped_column(primary_key=True)
    rule: Mapped[str]
    severity: Mapped[str]
    message: Mapped[str]
    path: Mapped[str]
    line: Mapped[int | None]
    snippet: Mapped[str]
    help_uri: Mapped[str | None]
    excerpt: Mapped[dict[str, Any] | None]
    first_seen: Mapped[datetime] = mapped_column(server_default=func.now())
    last_seen: Mapped[datetime] = mapped_column(server_default=func.now())
    fixed_at: Mapped[datetime | None]
    opened_by: Mapped[UUID]
    seen_by: Mapped[UUID]
    suppressed_for: Mapped[str | None]
    suppressed_at: Mapped[datetime | None]
    suppressed_until: Mapped[datetime | None]

    __table_args__ = (Index("findings_unfixed", "project_id", "capability", postgresql_where=text("fixed_at IS NULL")),)


class Event(Table):
    """One numbered change; `frame` is exactly what viewers get."""

    __tablename__ = "events"

    project_id: Mapped[str] = mapped_column(ForeignKey("projects.id", ondelete="CASCADE"), primary_key=True)
    seq: Mapped[int] = mapped_column(primary_key=True)
    operation_id: Mapped[UUID | None] = mapped_column(index=True)
    type: Mapped[str]
    frame: Mapped[dict[str, Any]]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now(), index=True)


class Blob(Table):
    """The bytes of artifacts, kept once per content."""

    __tablename__ = "blobs"

    sha256: Mapped[str] = mapped_column(primary_key=True)
    content: Mapped[bytes]


class ArtifactRow(Table):
    """A file that an operation left behind."""

    __tablename__ = "artifacts"

    operation_id: Mapped[UUID] = mapped_column(ForeignKey("operations.id", ondelete="CASCADE"), primary_key=True)
    name: Mapped[str] = mapped_column(primary_key=True)
    media_type: Mapped[str]
    size: Mapped[int]
    sha256: Mapped[str] = mapped_column(ForeignKey("blobs.sha256"), index=True)


class ApiKey(Table):
    """Who may call; only a hash of the secret is kept."""

    __tablename__ = "api_keys"

    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    role: Mapped[str]
    secret_hash: Mapped[str]
    projects: Mapped[list[str] | None]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    expires_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]

    __table_args__ = (CheckConstraint("role IN ('read', 'submit', 'admin')", name="role_is_known"),)


class SignIn(Table):
    """A browser's one-time ticket or its session; only a hash of the token is kept."""

    __tablename__ = "sign_ins"

    token_hash: Mapped[str] = mapped_column(primary_key=True)
    key_id: Mapped[str] = mapped_column(ForeignKey("api_keys.id", ondelete="CASCADE"), index=True)
    kind: Mapped[str]
    expires_at: Mapped[datetime]

    __table_args__ = (CheckConstraint("kind IN ('ticket', 'session')", name="kind_is_known"),)


class IdempotencyKey(Table):
    """A caller's key for one submit, and the answer that it got."""

    __tablename__ = "idempotency_keys"

    caller: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    fingerprint: Mapped[str]
    operation_id: Mapped[UUID] = mapped_column(ForeignKey("operations.id", ondelete="CASCADE"), index=True)
    created_at: Mapped[datetime] = mapped_column(server_default=func.now(), index=True)
