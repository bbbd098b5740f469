"""The statuses of an operation and the allowed ways between them; pure."""

from enum import StrEnum


class Status(StrEnum):
    """Where an operation stands."""

    PENDING = "pending"
    RUNNING = "running"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"


class Verdict(StrEnum):
    """What a completed operation found; a capability that judges nothing has none."""

    PASS = "pass"
    FAIL = "fail"
    INCONCLUSIVE = "inconclusive"


class Reason(StrEnum):
    """Why an operation failed."""

    ERROR = "error"
    TIMEOUT = "timeout"
    WORKER_LOST = "worker_lost"
    EXPIRED = "expired"
    INVALID_PARAMETERS = "invalid_parameters"
    INVALID_RESULT = "invalid_result"
    SANDBOX_UNAVAILABLE = "sandbox_unavailable"
    SOURCE_UNAVAILABLE = "source_unavailable"
    NOT_GRANTED = "not_granted"


TRANSITIONS: dict[Status, frozenset[Status]] = {
    Status.PENDING: frozenset({Status.RUNNING, Status.FAILED, Status.CANCELLED}),
    Status.RUNNING: frozenset({Status.PENDING, Status.COMPLETED, Status.FAILED, Status.CANCELLED}),
    Status.COMPLETED: frozenset(),
    Status.FAILED: frozenset(),
    Status.CANCELLED: frozenset(),
}
TERMINAL = frozenset(status for status, ways in TRANSITIONS.items() if not ways)
