"""The ring: a message that carries an operation's id, on the capability's queue, under the attempt's own task id."""

import base64
import json
import socket
import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest
import redis
from celery import Celery

from callboard import broker, errands
from callboard.broker import GRACE_SECONDS, Ring
from callboard.models import Operation
from faults.proxy import Proxy

ID = "01900000-0000-7000-8000-000000000000"


@pytest.fixture
def messages(database: dict[str, str]) -> Iterator[Callable[[str], list[dict[str, Any]]]]:
    """Reads the messages that wait in a queue of the real broker."""
    with redis.Redis.from_url(database["CALLBOARD_BROKER_URL"]) as client:

        def read(queue: str) -> list[dict[str, Any]]:
            assert errands.flush()
            return [json.loads(message) for message in client.lrange(queue, 0, -1)]

        yield read


@pytest.fixture
def silent(servers: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Iterator[socket.socket]:
    """A broker whose port is taken by one that does not answer."""
    with socket.socket() as server, Celery("silent") as app:
        server.bind(("127.0.0.1", 0))
        app.config_from_object("celeryconfig")
        app.conf.broker_url = f"redis://127.0.0.1:{server.getsockname()[1]}/0"
        monkeypatch.setattr(broker, "app", app)
        yield server


def test_a_ring_carries_ids_only_and_the_limits_of_the_attempt(
    submitted: Callable[..., str], messages: Callable[[str], list[dict[str, Any]]]
) -> None:
    id = submitted("testing", timeout=7.2)
    [message] = messages("testing")
    headers = message["headers"]
    assert (headers["task"], headers["id"]) == ("capability.testing", id)
    assert headers["timelimit"] == [8 + GRACE_SECONDS, 8]
    _, kwargs, _ = json.loads(base64.b64decode(message["body"]))
    assert kwargs == {"operation_id": id, "attempt": 1, "project_id": "shop", "agent_id": "reviewer"}


@pytest.mark.parametrize(("attempt", "task"), [(1, ID), (2, f"{ID}.2"), (11, f"{ID}.11")])
def test_a_task_id_stands_for_an_operation_and_its_attempt(attempt: int, task: str) -> None:
    assert broker.task_id(ID, attempt) == task
    assert broker.operation_of(task) == (ID, attempt)


def test_a_ring_is_for_the_next_attempt(running: Callable[..., str], stored: Callable[[str], Operation]) -> None:
    row = stored(running())
    assert Ring.of(row).attempt == 2


def test_waiting_counts_the_messages_of_a_queue(submitted: Callable[..., str]) -> None:
    submitted()
    submitted()
    assert errands.flush()
    assert broker.waiting("code_review") == 2
    assert broker.waiting("never_used") == 0


@pytest.mark.quiet
@pytest.mark.parametrize("frozen", [False, True])
def test_a_broker_that_does_not_answer_is_told_as_none_within_seconds(silent: socket.socket, frozen: bool) -> None:
    if frozen:
        silent.listen()
    began = time.monotonic()
    assert broker.waiting("code_review") is None
    assert time.monotonic() - began < 8


@pytest.mark.parametrize("command", [b"PING", b"EXISTS", b"LLEN"])
def test_a_broker_that_hangs_up_has_not_answered(
    submitted: Callable[..., str], broker_proxy: Proxy, command: bytes
) -> None:
    submitted()
    errands.flush()
    assert broker.waiting("code_review") == 1

    broker_proxy.trap = command
    assert broker.waiting("code_review") is None
    assert broker_proxy.trapped


@pytest.mark.quiet
def test_a_ring_to_a_dead_broker_fails_at_once(silent: socket.socket) -> None:
    began = time.monotonic()
    with pytest.raises(broker.BrokerError):
        broker.send(Ring(ID, 1, "shop", "reviewer", "testing", "testing", 5))
    assert time.monotonic() - began < 1


def test_the_next_messages_of_a_queue_can_be_seen_without_taking_them(
    submitted: Callable[..., str], messages: Callable[[str], list[dict[str, Any]]], database: dict[str, str]
) -> None:
    ids = [submitted() for _ in range(2)]
    assert len(messages("code_review")) == 2
    with redis.Redis.from_url(database["CALLBOARD_BROKER_URL"]) as client:
        client.lpush("code_review", b"junk", b"[]", json.dumps({"headers": {"id": None}}))

    assert broker.peek(["code_review"], limit=2) == [(ids[1], 1), (ids[0], 1)]
    assert sorted(broker.peek(["code_review"], limit=100)) == sorted((id, 1) for id in ids)
    assert broker.waiting("code_review") == 5


def test_a_broker_that_does_not_answer_shows_no_messages(silent: socket.socket) -> None:
    assert broker.peek(["code_review"], limit=2) == []


def test_the_next_messages_of_several_queues_are_seen_at_once(submitted: Callable[..., str]) -> None:
    ids = [submitted("code_review"), submitted("testing")]
    errands.flush()
    assert broker.peek(["code_review", "never_used", "testing"], limit=2) == [(id, 1) for id in ids]
    assert broker.empty(["code_review", "never_used", "testing"]) == ["never_used"]


@pytest.mark.parametrize(("ask", "command"), [(broker.empty, b"EXISTS"), (partial(broker.peek, limit=2), b"LRANGE")])
def test_a_broker_that_does_not_answer_of_one_queue_is_asked_of_no_other(
    broker_proxy: Proxy, ask: Callable[[list[str]], list[Any]], command: bytes
) -> None:
    broker_proxy.trap = command
    assert ask(["code_review", "testing"]) == []
    assert broker_proxy.trapped == 1
