"""An operation in words: as a row, as a line, and as all that there is to know about it."""

from typing import Any

from callboard.shapes import AgentProjectOperation
from cli.api.outcome import has_ended
from cli.terminal import show, waits
from cli.terminal.plain import plain

COLUMNS = ("created", "id", "project", "capability", "agent", "outcome", "time", "summary")
_SUMMARY = 80

# What a person can do about each reason for which an operation failed.
_WAYS_OUT = {
    "error": "the artifact log.txt has the details; `callboard operations rerun {id}` tries again",
    "timeout": "run it again with a longer --timeout, or on fewer files",
    "worker_lost": "its worker died every time, often out of memory; see the worker's log, then rerun it",
    "expired": "no worker took it in time; `callboard doctor` tells which workers live",
    "invalid_parameters": "correct the parameters and run it again",
    "invalid_result": "the capability's handler answered what it may not; correct the handler",
    "sandbox_unavailable": "install bubblewrap, or allow user namespaces or Landlock on the worker's host",
    "source_unavailable": "check the project's source; a folder must lie under CALLBOARD_WORKSPACE_ROOTS (`up --root`)",
    "not_granted": "`callboard agents assign {agent_id} {project_id}` grants it; then rerun it",
}


def row(operation: AgentProjectOperation) -> tuple[Any, ...]:
    """The cells under COLUMNS."""
    told = waits.told(operation) or show.sentence(operation)
    return (
        show.moment(operation.created_at),
        operation.id,
        operation.project_id,
        operation.capability,
        operation.agent_id,
        show.outcome_text(operation),
        show.duration(operation.duration_ms),
        told if len(told) <= _SUMMARY else f"{told[: _SUMMARY - 1]}…",
    )


def line(operation: AgentProjectOperation) -> str:
    """One change, such as `12:00:01 shop: code_review by reviewer is running`."""
    time = operation.timestamp.astimezone().strftime("%H:%M:%S")
    told = show.sentence(operation)
    what = f"{operation.capability} by {operation.agent_id} is {show.outcome_text(operation).plain}"
    return plain(f"{time} {operation.project_id}: {what} ({operation.id}){f': {told}' if told else ''}")


def facts(operation: AgentProjectOperation) -> list[tuple[str, Any]]:
    """All of it as name and text, without what is not known."""
    return [(name, value) for name, value in _facts(operation) if value not in (None, "", {})]


def _facts(operation: AgentProjectOperation) -> list[tuple[str, Any]]:
    result = show.result_of(operation)
    return [
        ("id", operation.id),
        ("work", f"{operation.capability} {operation.capability_version} by {operation.agent_id}"),
        ("project", operation.project_id),
        ("outcome", show.outcome_text(operation)),
        ("waits", waits.told(operation)),
        ("summary", result.get("summary")),
        ("findings", show.delta(operation)),
        ("metrics", _pairs(result.get("metrics"))),
        ("reason", operation.reason),
        ("error", operation.error),
        ("way out", way_out(operation)),
        ("attempts", _attempts(operation)),
        ("worker", operation.worker),
        ("sandbox", operation.sandbox),
        ("commit", _commit(operation)),
        ("parameters", _pairs(operation.parameters)),
        ("asked by", operation.requested_by),
        ("rerun of", operation.rerun_of),
        ("created", show.moment(operation.created_at)),
        ("waited", _waited(operation)),
        ("started", show.moment(operation.started_at)),
        ("cancel asked", show.moment(operation.cancel_requested_at)),
        ("finished", show.moment(operation.finished_at)),
        ("took", show.duration(operation.duration_ms)),
    ]


def way_out(operation: AgentProjectOperation) -> str:
    """What a person can do where an operation did not come to a verdict; empty where nothing is amiss."""
    if operation.reason:
        told = _WAYS_OUT.get(operation.reason, "")
        return told.format(id=operation.id, agent_id=operation.agent_id, project_id=operation.project_id)
    if operation.cancel_requested_at and not has_ended(operation):
        return "its worker was asked to stop and does so within seconds"
    return f"`callboard operations rerun {operation.id}` runs it anew" if operation.status == "cancelled" else ""


def _attempts(operation: AgentProjectOperation) -> str:
    if operation.attempt <= 1 and not operation.tries:
        return ""
    return f"{operation.attempt} started, {operation.tries} of them ended in an error"


def _waited(operation: AgentProjectOperation) -> str:
    return ", ".join(f"{cause.replace('_', ' ')} {seconds:g} s" for cause, seconds in operation.waits.items())


def _commit(operation: AgentProjectOperation) -> str:
    where = f"{operation.commit} ({operation.ref})" if operation.commit and operation.ref else operation.commit
    return f"{where or operation.ref or ''}{' with changes that are not committed' if operation.dirty else ''}"


def _pairs(values: dict[str, Any] | None) -> str:
    return ", ".join(f"{name}={value}" for name, value in (values or {}).items())
