"""The Celery tasks, one per capability: id in, executor called, and Flower told how the attempt truly ended."""

import sys
from collections.abc import Callable
from typing import Any

from celery import Task
from celery.exceptions import Ignore, Retry
from pydantic import BaseModel

from callboard import catalogue
from callboard.broker import CANARY, app, task_name
from callboard.capabilities import Result, capability
from callboard.db import transaction
from callboard.errors import CallboardError, OperationFailedError
from worker.executor import How, execute
from worker.intelligence import CoreIntelligence
from worker.message import Message


def _core() -> CoreIntelligence:
    try:
        return CoreIntelligence()
    except CallboardError as error:
        # Celery would show a traceback and its own usage instead of the sentence.
        sys.exit(f"callboard: {error}")


@capability("canary")
def _sing(workspace: Any, parameters: BaseModel, context: Any) -> Result:
    """Answers at once."""
    return Result()


core = _core()
aviary = CoreIntelligence({**core.capabilities, _sing.name: _sing})


def _performer(name: str) -> Callable[..., str]:
    def perform(task: Task[Any, Any], operation_id: str, attempt: int, **readable: str) -> str:
        ending = execute(Message(operation_id, attempt, name, str(task.request.hostname)), core)
        operation = ending.operation
        if operation is None:
            raise Ignore("nothing waits for this message")
        if ending.how is How.CANCELLED:
            task.send_event("task-revoked", terminated=False, signum=None, expired=False)
            raise Ignore("cancelled")
        if ending.how is How.LOST:
            raise Retry("the attempt was taken from this worker and its result thrown away")
        if ending.how is How.RETRIED:
            raise Retry(exc=OperationFailedError(operation.error), when=operation.run_at)
        if ending.how is How.FAILED:
            raise OperationFailedError(f"{operation.reason}: {operation.error}")
        return operation.verdict or operation.status

    perform.__doc__ = core.capabilities[name].description
    return perform


@app.task(name=CANARY, send_events=False)
def canary(worker: str) -> None:
    """Proves that this worker performs what it is sent; it is no operation and leaves no record."""
    aviary.execute_capability(_sing.name, {"workspace": None, "run": None})
    with transaction() as session:
        catalogue.canary_answered(session, worker)


for _name in core.capabilities:
    app.task(name=task_name(_name), bind=True, throws=(OperationFailedError,))(_performer(_name))
