"""The channels to a broker that is a Redis, on a real one."""

from typing import Any

import pytest
from kombu import Queue

from callboard import broker

QUEUE = "some_queue"


def test_a_channel_that_closes_waits_for_no_more_and_leaves_it_to_others(database: dict[str, str]) -> None:
    taken: list[Any] = []
    with broker.app.connection_for_read() as connection:
        connection.default_channel.brpop_timeout = 60
        queue = Queue(QUEUE, routing_key=QUEUE)
        connection.Consumer([queue], callbacks=[lambda body, message: taken.append(body)]).consume()
        with pytest.raises(TimeoutError):
            connection.drain_events(timeout=0.1)

        connection.default_channel.close()

        broker.app.send_task("any", queue=QUEUE)
        assert (taken, broker.waiting(QUEUE)) == ([], 1)
