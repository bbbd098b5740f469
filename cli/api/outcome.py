"""What an operation came to, as a word, a colour and an exit code; only a pass, or nothing to judge, is green."""

from collections.abc import Iterable
from enum import IntEnum
from typing import NamedTuple

from callboard.lifecycle import TERMINAL, Status, Verdict
from callboard.shapes import AgentProjectOperation


class Exit(IntEnum):
    """The exit codes of `run` and `check`."""

    PASS = 0
    FAIL = 1
    REFUSED = 2
    UNDECIDED = 3
    INTERRUPTED = 130


class Outcome(NamedTuple):
    """How an operation is told."""

    word: str
    style: str
    code: Exit


_VERDICTS = {
    None: Outcome("done", "green", Exit.PASS),
    Verdict.PASS: Outcome("pass", "green", Exit.PASS),
    Verdict.FAIL: Outcome("fail", "red", Exit.FAIL),
    Verdict.INCONCLUSIVE: Outcome("inconclusive", "yellow", Exit.UNDECIDED),
}
_STATUSES = {
    Status.PENDING: Outcome("pending", "cyan", Exit.PASS),
    Status.RUNNING: Outcome("running", "cyan", Exit.PASS),
    Status.FAILED: Outcome("failed", "red", Exit.UNDECIDED),
    Status.CANCELLED: Outcome("cancelled", "yellow", Exit.UNDECIDED),
}
_SEVERITY = (Exit.PASS, Exit.FAIL, Exit.UNDECIDED)


def of(operation: AgentProjectOperation) -> Outcome:
    """The outcome by status and, where it completed, verdict."""
    if operation.status == Status.COMPLETED:
        return _VERDICTS[operation.verdict]
    return _STATUSES[operation.status]


def has_ended(operation: AgentProjectOperation) -> bool:
    """Whether the operation has reached its terminal status."""
    return operation.status in TERMINAL


def worst(operations: Iterable[AgentProjectOperation]) -> Exit:
    """The exit code of several operations: one undecided outweighs a fail, which outweighs a pass."""
    return max((of(operation).code for operation in operations), key=_SEVERITY.index, default=Exit.UNDECIDED)
