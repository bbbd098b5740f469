"""One attempt, from claim to record: workspace, CoreIntelligence, and one place that says how it ended."""

import logging
import traceback
from contextlib import ExitStack
from dataclasses import dataclass, replace
from enum import Enum

from billiard.exceptions import SoftTimeLimitExceeded

from callboard import attempts, operations
from callboard.artifacts import NewArtifact
from callboard.attempts import Claim, Outcome
from callboard.db import transaction
from callboard.errors import (
    AttemptLostError,
    CallboardError,
    CapabilityError,
    InvalidParametersError,
    NotGrantedError,
    OperationNotFoundError,
    OperationTimeoutError,
    UnavailableError,
)
from callboard.lifecycle import Reason, Status
from callboard.models import Operation
from callboard.settings import current
from worker.context import Context, WorkingAgent
from worker.heart import Heart
from worker.intelligence import CoreIntelligence
from worker.message import Message, take
from worker.outcome import fitting, outcome
from worker.patience import patiently
from worker.runlog import RunLog
from worker.sandbox import Sandbox, find_tier
from worker.workspace import WhenUsed, Workspace, checkout

log = logging.getLogger(__name__)


class How(Enum):
    """How an attempt ended, as Flower is told."""

    COMPLETED = "completed"
    RETRIED = "retried"
    FAILED = "failed"
    CANCELLED = "cancelled"
    LOST = "lost"
    DROPPED = "dropped"


ENDS = {Status.COMPLETED: How.COMPLETED, Status.FAILED: How.FAILED, Status.CANCELLED: How.CANCELLED}


@dataclass(frozen=True)
class Ending:
    """How an attempt ended, and the operation as it then stood; None where there was nothing to do."""

    how: How
    operation: Operation | None = None


def execute(message: Message, core: CoreIntelligence) -> Ending:
    """Performs one attempt and records how it ended, exactly once; a message that nothing waits for is dropped."""
    claim = take(message, core.find(message.task).version)
    if claim is None:
        return _unclaimed(message)
    run_log = RunLog()
    with Heart(claim) as heart:
        context = _context(claim, heart, run_log)
        try:
            with heart.interruptible():
                done: Outcome | Exception = _perform(claim, context, core, heart)
        except SystemExit as error:
            if isinstance(error.code, int) and error.code < 0:
                raise  # a signal ends this process; whoever sent it settles the attempt
            done = CapabilityError(f"The handler exited with {error.code}")
        except Exception as error:  # whatever a handler raises becomes the record
            done = error
        try:
            return _record(claim, context, done, heart=heart, run_log=run_log)
        except AttemptLostError as lost:
            log.info("%s", lost)
            return _overtaken(claim.operation)


def _unclaimed(message: Message) -> Ending:
    """Tells what was cancelled while it waited from what nothing waits for."""
    try:
        with transaction() as session:
            row = operations.get(session, message.operation_id)
    except (OperationNotFoundError, UnavailableError):
        return Ending(How.DROPPED)
    return Ending(How.CANCELLED, row) if row.status == Status.CANCELLED else Ending(How.DROPPED)


def _overtaken(held: Operation) -> Ending:
    """Tells an attempt that was ended, also by itself while the answer was lost, from one that was taken away."""
    try:
        with transaction() as session:
            row = operations.get(session, held.id)
    except (OperationNotFoundError, UnavailableError):
        return Ending(How.LOST, held)
    if row.attempt != held.attempt:
        return Ending(How.LOST, held)
    return Ending(ENDS.get(Status(row.status), How.LOST), row)


def _context(claim: Claim, heart: Heart, run_log: RunLog) -> Context:
    agent = claim.agent
    return Context(
        operation_id=heart.id,
        attempt=heart.attempt,
        project_id=claim.operation.project_id,
        agent=WorkingAgent(agent.id, agent.name, agent.settings),
        capability=claim.operation.capability,
        policy=claim.project.policy,
        log=run_log.logger(f"operation {heart.id}"),
        report=heart.report,
        stop=heart.stop,
    )


def _perform(claim: Claim, context: Context, core: CoreIntelligence, heart: Heart) -> Outcome:
    operation, settings = claim.operation, current()
    if not claim.granted:
        raise NotGrantedError(
            f"Agent {operation.agent_id} was no longer granted {operation.capability} on project {operation.project_id}"
        )
    with ExitStack() as opened:
        request = {
            "agent_id": operation.agent_id,
            "project_id": operation.project_id,
            "parameters": operation.parameters,
            "workspace": WhenUsed(lambda: _check_out(claim, context, heart, opened)),
            "run": context,
        }
        result = core.execute_capability(operation.task, request)
    files = context.artifacts.values()
    return outcome(result, files, result_bytes=settings.result_bytes, artifact_bytes=settings.artifact_bytes)


def _check_out(claim: Claim, context: Context, heart: Heart, opened: ExitStack) -> Workspace:
    """The project's files for this attempt, which then stands on their commit."""
    operation, project, settings = claim.operation, claim.project, current()
    sandbox = Sandbox(find_tier(settings.sandbox), heart.stop)
    source = checkout(project.source, ref=operation.ref, project_id=project.id, sandbox=sandbox, settings=settings)
    workspace = opened.enter_context(source)
    with transaction() as session:
        stands_on = {"commit": workspace.commit, "dirty": workspace.dirty, "sandbox": sandbox.tier}
        attempts.pin(session, heart.id, heart.attempt, **stands_on)
    context.log.info("checked out %s%s", workspace.commit or "no commit", ", changed since" if workspace.dirty else "")
    return workspace


def _record(claim: Claim, context: Context, done: Outcome | Exception, *, heart: Heart, run_log: RunLog) -> Ending:
    # a handler that was told to stop may answer early; that is no result
    if heart.why == "lost":
        raise AttemptLostError(f"Attempt {heart.attempt} of operation {heart.id} is no longer the current one")
    if heart.why == "cancelled":
        cancelled = patiently(lambda session: attempts.settle_cancel(session, heart.id, heart.attempt))
        return Ending(How.CANCELLED, cancelled) if cancelled else _overtaken(claim.operation)
    if isinstance(done, Outcome) and heart.why is None:
        with_log = replace(done, artifacts=(*done.artifacts, *_log_file(run_log)))
        operation = patiently(lambda session: attempts.complete(session, heart.id, heart.attempt, with_log))
        return Ending(How.COMPLETED, operation)
    if isinstance(done, Outcome):
        done = OperationTimeoutError()
    reason, error = _classified(claim, done, heart)
    is_foreseen = isinstance(done, CallboardError | SoftTimeLimitExceeded)
    context.log.error("%s", error if is_foreseen else "".join(traceback.format_exception(done)))
    limit = current().artifact_bytes
    files = [*(fitting(artifact, limit) for artifact in context.artifacts.values()), *_log_file(run_log)]
    operation = patiently(
        lambda session: attempts.fail(session, heart.id, heart.attempt, reason=reason, error=error, artifacts=files)
    )
    return Ending(ENDS.get(Status(operation.status), How.RETRIED), operation)


def _classified(claim: Claim, error: Exception, heart: Heart) -> tuple[Reason, str]:
    """The reason and the sentence of a failure."""
    if heart.why == "overdue" or isinstance(error, SoftTimeLimitExceeded):
        return Reason.TIMEOUT, f"It ran longer than its limit of {claim.operation.timeout:g} s"
    if isinstance(error, InvalidParametersError):
        return Reason.INVALID_PARAMETERS, str(error)
    if isinstance(error, CapabilityError):
        return Reason(error.reason) if error.reason in [*Reason] else Reason.ERROR, str(error)
    if isinstance(error, CallboardError):
        return Reason.ERROR, str(error)
    return Reason.ERROR, f"{type(error).__name__}: {error}"


def _log_file(run_log: RunLog) -> list[NewArtifact]:
    text = run_log.text().encode("utf-8", "replace")
    return [NewArtifact("log.txt", text, "text/plain; charset=utf-8")] if text else []
