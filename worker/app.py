"""What `celery -A worker.app worker` runs: the tasks, their queues, and the keeper beside them."""

import logging
from functools import partial
from typing import Any

from billiard.exceptions import WorkerLostError
from celery import signals
from celery.utils.functional import maybe_list
from celery.worker import control
from kombu import Queue

from callboard import operations, rescue
from callboard.broker import app, operation_of
from callboard.db import transaction
from callboard.errors import NotCancellableError, OperationNotFoundError, SandboxUnavailableError, UnavailableError
from callboard.settings import current
from worker import canary, output
from worker.canary import Canary
from worker.keeper import Keeper
from worker.sandbox import find_tier
from worker.tasks import core

log = logging.getLogger(__name__)
# Of the type that senders declare: RabbitMQ refuses whoever means another one.
_type = {"x-queue-type": app.conf.task_create_missing_queue_type}
app.conf.task_queues = [
    Queue(name, routing_key=name, queue_arguments=_type)
    for name in sorted({capability.queue for capability in core.capabilities.values()})
]

_keepers: list[Keeper] = []


@signals.celeryd_init.connect
def _outlive_log(**_: Any) -> None:
    output.never_fail()


@signals.celeryd_after_setup.connect
def _listen(sender: str, instance: Any, **_: Any) -> None:
    canary.listen(instance.app.amqp.queues, sender)


@signals.worker_ready.connect
def _keep(sender: Any, **_: Any) -> None:
    concurrency = sender.controller.concurrency
    watch = Canary(
        sender.hostname,
        has_free_slot=partial(canary.has_free_slot, sender),
        restart=partial(canary.restart_consumer, sender),
    )
    keeper = Keeper(sender.hostname, core.capabilities.values(), concurrency=concurrency, sandbox=_tier())
    keeper.watch(watch)
    _keepers.append(keeper)
    keeper.start()


@signals.worker_shutting_down.connect
def _drain(**_: Any) -> None:
    for keeper in _keepers:
        keeper.drain()


@signals.worker_shutdown.connect
def _leave(**_: Any) -> None:
    for keeper in _keepers:
        keeper.stop()


@signals.task_failure.connect
def _bury(task_id: str, exception: BaseException, **_: Any) -> None:
    """A process that died at its work, as one out of memory does, needs no lease to run out."""
    if isinstance(exception, WorkerLostError):
        id, attempt = operation_of(task_id)
        try:
            with transaction() as session:
                rescue.forget_lease(session, id, attempt)
        except UnavailableError as error:
            log.warning("the lease of %s is left to run out: %s", task_id, error)
        _wake()


@signals.task_revoked.connect
def _revoked(request: Any, terminated: bool, **_: Any) -> None:
    """Settles what a worker drops or kills as revoked; what Terminate kills needs no lease to run out."""
    _cancel(request.id, killed=terminated)
    _wake()


_flag_revoked = control.Panel.data["revoke"]


@control.control_command(name="revoke", variadic="task_id", signature="[id1 [id2 [... [idN]]]]")
def _revoke(state: Any, task_id: Any, terminate: bool = False, *, settled: bool = False, **options: Any) -> Any:
    """Revoke tasks by id, which cancels their operations for good, also what runs or was never sent."""
    if not settled:
        for id in maybe_list(task_id) or ():
            _cancel(id)
    return _flag_revoked(state, task_id, terminate, **options)


def _cancel(task_id: str, *, killed: bool = False) -> None:
    try:
        id, attempt = operation_of(task_id)
        with transaction() as session:
            operations.cancel(session, id)
            if killed:
                rescue.forget_lease(session, id, attempt)
    except (ValueError, NotCancellableError, OperationNotFoundError, UnavailableError) as error:
        log.warning("revoked: %s", error)


def _wake() -> None:
    for keeper in _keepers:
        keeper.wake()


def _tier() -> str | None:
    try:
        return find_tier(current().sandbox)
    except SandboxUnavailableError as error:
        log.warning("%s", error)
        return None
