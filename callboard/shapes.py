"""One shape: the operation, its history record and the frames of live viewers, each defined here once."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from math import isfinite
from typing import TYPE_CHECKING, Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, PlainSerializer

from callboard.lifecycle import Reason, Status, Verdict

# The shapes are also the client's, which has no use for the tables.
if TYPE_CHECKING:
    from callboard.models import Operation

RECORD_RESULT_BYTES = 512
CUT_RESULT = ("summary", "delta", "metrics")
ERROR_CHARACTERS = 300

Time = Annotated[datetime, PlainSerializer(lambda value: value.astimezone(UTC).isoformat().replace("+00:00", "Z"))]


class Progress(BaseModel):
    """How far a running operation is."""

    done: int
    total: int
    text: str = ""


class HistoryRecord(BaseModel):
    """An operation's terminal line in `agent_metadata.operation_history`: a strict subset of the operation."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    agent_id: str
    capability: str
    timestamp: Time
    status: Status
    reason: Reason | None = None
    error: str | None = None
    verdict: Verdict | None = None
    result: dict[str, Any] | None = None
    attempt: int = 0
    duration_ms: int | None = None
    seq: int = 0

    def __getitem__(self, name: str) -> Any:
        """A field by its name, as in JSON. Raises KeyError."""
        if name not in type(self).model_fields:
            raise KeyError(name)
        return getattr(self, name)


class AgentProjectOperation(HistoryRecord):
    """One execution of one capability by one agent on one project, as API, frames and dashboard hold it."""

    project_id: str
    capability_version: str
    parameters: dict[str, Any] | None = None
    ref: str | None = None
    commit: str | None = None
    dirty: bool | None = None
    sandbox: str | None = None
    tries: int = 0
    worker: str | None = None
    cancel_requested_at: Time | None = None
    wait_reason: str | None = None
    wait_detail: str | None = None
    waits: dict[str, float] = {}
    progress: Progress | None = None
    requested_by: str
    rerun_of: UUID | None = None
    run_at: Time
    created_at: Time
    started_at: Time | None = None
    finished_at: Time | None = None

    @classmethod
    def of(
        cls, row: "Operation", *, wait_reason: str | None = None, wait_detail: str | None = None
    ) -> "AgentProjectOperation":
        """The operation of a table row; `wait_reason` and its sentence are derived by whoever reads."""
        values = {name: getattr(row, name) for name in cls.model_fields if hasattr(row, name)}
        values |= {"duration_ms": duration_ms(row), "wait_reason": wait_reason, "wait_detail": wait_detail}
        return cls.model_validate(values)

    def cut(self) -> "AgentProjectOperation":
        """The operation as frames carry it: no parameters, the result cut like the window's."""
        return self.model_copy(
            update={"parameters": None, "result": cut_result(self.result), "error": _short(self.error)}
        )

    def record(self) -> HistoryRecord:
        """The terminal line that the project's window keeps."""
        return HistoryRecord.model_validate(self.cut().model_dump(include=set(HistoryRecord.model_fields)))


class AgentOperationPayload(BaseModel):
    project_id: str
    agent_id: str
    operation: AgentProjectOperation


class AgentOperationMessage(BaseModel):
    """An operation changed its status."""

    type: Literal["agent_operation"] = "agent_operation"
    project_id: str
    seq: int
    payload: AgentOperationPayload


class ProjectUpdatePayload(BaseModel):
    project_id: str
    metadata: dict[str, Any]


class ProjectUpdateMessage(BaseModel):
    """A project's assignments or settings changed."""

    type: Literal["project_update"] = "project_update"
    project_id: str
    seq: int
    payload: ProjectUpdatePayload


class ProgressPayload(Progress):
    operation_id: UUID


class ProgressMessage(BaseModel):
    """A running operation came further; never stored, never replayed."""

    type: Literal["progress"] = "progress"
    project_id: str
    payload: ProgressPayload


class ResetPayload(BaseModel):
    oldest: int
    head: int


class ResetMessage(BaseModel):
    """`since` is older than what is kept, or beyond the head: read the project again, then go on from `head`."""

    type: Literal["reset"] = "reset"
    project_id: str
    payload: ResetPayload


class HeadsMessage(BaseModel):
    """The newest event number of every visible project."""

    type: Literal["heads"] = "heads"
    payload: dict[str, int]


WebSocketMessage = Annotated[
    AgentOperationMessage | ProjectUpdateMessage | ProgressMessage | ResetMessage | HeadsMessage,
    Field(discriminator="type"),
]


def storable(value: Any) -> Any:
    """The value without what PostgreSQL cannot hold: NUL and lone surrogates are replaced, NaN and infinity None."""
    if isinstance(value, str):
        return value.replace("\0", "\ufffd").encode("utf-8", "replace").decode()
    if isinstance(value, float):
        return value if isfinite(value) else None
    if isinstance(value, Mapping):
        return {storable(name): storable(item) for name, item in value.items()}
    return [storable(item) for item in value] if isinstance(value, list | tuple) else value


def duration_ms(row: "Operation") -> int | None:
    """How long the last attempt ran, in milliseconds; None before the end or when it was waiting for one."""
    if row.started_at is None or row.finished_at is None:
        return None
    return max(0, round((row.finished_at - row.started_at).total_seconds() * 1000))


def cut_result(result: dict[str, Any] | None) -> dict[str, Any] | None:
    """Summary, delta and metrics, at most RECORD_RESULT_BYTES bytes of JSON; the table holds the whole result."""
    if result is None:
        return None
    kept: dict[str, Any] = {}
    for name in CUT_RESULT:
        if name not in result:
            continue
        value = _short(result[name], 160) if name == "summary" else result[name]
        if len(json.dumps({**kept, name: value}, ensure_ascii=False).encode()) <= RECORD_RESULT_BYTES:
            kept[name] = value
    return kept


def _short(text: str | None, longest: int = ERROR_CHARACTERS) -> str | None:
    return text if text is None or len(text) <= longest else text[: longest - 1] + "…"
