"""An operation as the API answers it, for tests of how it is told."""

from typing import Any

from callboard.shapes import AgentProjectOperation

ID = "0199aaaa-0000-7000-8000-000000000001"


def operation(**changes: Any) -> AgentProjectOperation:
    """A pending review of `shop`, or what `changes` make of it."""
    now = "2026-01-02T03:04:05Z"
    values: dict[str, Any] = {
        "id": ID,
        "project_id": "shop",
        "agent_id": "reviewer",
        "capability": "code_review",
        "capability_version": "1",
        "status": "pending",
        "requested_by": "test",
        **dict.fromkeys(("timestamp", "run_at", "created_at"), now),
    }
    return AgentProjectOperation.model_validate(values | changes)
