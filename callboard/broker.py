"""The one Celery app, the tasks' names, and the ring: a message that carries an operation's id and nothing else."""

import json
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from math import ceil
from typing import Any

from celery import Celery
from kombu.exceptions import ChannelError
from kombu.exceptions import OperationalError as BrokerError
from redis import RedisError

from callboard.lifecycle import Status
from callboard.models import Operation

GRACE_SECONDS = 15
"""Between the soft limit, at which the attempt records its timeout, and the hard one, which kills its process."""

CANARY = "callboard.canary"

UNANSWERED = (BrokerError, RedisError, OSError)
"""What asking a broker raises that does not answer; kombu renames what Redis raises only as it connects."""

_TOLD_AS = {
    Status.PENDING: "task-retried",
    Status.FAILED: "task-failed",
    Status.CANCELLED: "task-revoked",
}

app = Celery("callboard")
app.config_from_object("celeryconfig")


RUNG = ("id", "attempt", "project_id", "agent_id", "task", "queue", "timeout")
"""The columns of an operation that a ring is made of."""


@dataclass(frozen=True)
class Ring:
    """One message to the workers: which operation waits, and for which attempt."""

    operation_id: str
    attempt: int
    project_id: str
    agent_id: str
    task: str
    queue: str
    timeout: float

    @classmethod
    def of(cls, row: Operation) -> "Ring":
        """The ring for a pending operation's next attempt."""
        return cls(str(row.id), row.attempt + 1, row.project_id, row.agent_id, row.task, row.queue, row.timeout)


def task_name(capability: str) -> str:
    """The Celery task that performs a capability, as Flower lists it."""
    return f"capability.{capability}"


def task_id(operation_id: str, attempt: int) -> str:
    """The operation's id for its first attempt, `<id>.<n>` after: workers discard a revoked id for good."""
    return operation_id if attempt == 1 else f"{operation_id}.{attempt}"


def operation_of(task: str) -> tuple[str, int]:
    """The operation's id and attempt that a task id stands for."""
    operation_id, _, attempt = task.partition(".")
    return operation_id, int(attempt or 1)


def send(ring: Ring) -> None:
    """Puts the ring on the capability's queue; raises what the broker's client raises."""
    told = {
        "operation_id": ring.operation_id,
        "attempt": ring.attempt,
        "project_id": ring.project_id,
        "agent_id": ring.agent_id,
    }
    app.send_task(
        task_name(ring.task),
        kwargs=told,
        # What Flower shows; Celery's own way to write it takes two fifths of a send.
        argsrepr="()",
        kwargsrepr=repr(told),
        task_id=task_id(ring.operation_id, ring.attempt),
        queue=ring.queue,
        soft_time_limit=ceil(ring.timeout),
        time_limit=ceil(ring.timeout) + GRACE_SECONDS,
    )


def canary_queue(worker: str) -> str:
    """The queue that this worker alone consumes."""
    return f"canary.{worker}"


def send_canary(worker: str) -> None:
    """Puts a canary on a worker's own queue; raises what the broker's client raises."""
    app.send_task(CANARY, kwargs={"worker": worker}, queue=canary_queue(worker))


def revoke(operation_id: str, attempt: int) -> None:
    """Tells the workers to drop the waiting message of an attempt, whose cancel is `settled` in the table already."""
    told = {"task_id": task_id(operation_id, attempt), "terminate": False, "settled": True}
    app.control.broadcast("revoke", arguments=told)


def tell_end(worker: str, operation_id: str, attempt: int, *, status: str, error: str | None) -> None:
    """Tells Flower, as this worker, how an attempt ended whose own worker cannot tell it any more.

    `status` is what the operation was then put to; raises what the broker's client raises.
    """
    with app.connection_for_write() as connection, app.events.Dispatcher(connection, hostname=worker) as dispatcher:
        dispatcher.send(_TOLD_AS[Status(status)], uuid=task_id(operation_id, attempt), exception=error, traceback=None)


def waiting(queue: str) -> int | None:
    """How many messages wait in a queue; None when the broker does not answer."""
    try:
        with app.connection_for_write() as connection:
            channel: Any = connection.default_channel
            return int(channel.queue_declare(queue, passive=True).message_count)
    except ChannelError:
        return 0
    except UNANSWERED:
        return None


def empty(queues: Iterable[str]) -> list[str]:
    """Those of the queues in which no message waits; asks no further once the broker does not answer."""
    found = []
    for queue in queues:
        if (count := waiting(queue)) is None:
            break
        if count == 0:
            found.append(queue)
    return found


def peek(queues: Iterable[str], *, limit: int) -> list[tuple[str, int]]:
    """The operations and attempts that the next messages of each queue ring for; none where a broker cannot show them.

    Asks no further once the broker does not answer.
    """
    seen: list[bytes] = []
    with suppress(ChannelError, *UNANSWERED), app.connection_for_write() as connection:
        client: Any = getattr(connection.default_channel, "client", None)
        for queue in queues if client is not None else ():
            seen += client.lrange(queue, -limit, -1)
    return [rung for message in seen if (rung := _rung(message))]


def _rung(message: bytes) -> tuple[str, int] | None:
    try:
        return operation_of(json.loads(message)["headers"]["id"])
    except (ValueError, KeyError, TypeError, AttributeError):
        return None  # junk, which a worker drops
