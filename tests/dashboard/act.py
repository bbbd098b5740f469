"""What the browser's tests do to the stack that they watch: `find NAME`, `storm PROJECT EVENTS`, `fill PROJECT COUNT`.

Prints JSON. The stack is named by CALLBOARD_UP_PID and by the service's own settings.
"""

import json
import os
import sys
import time
from datetime import UTC, datetime, timedelta

import psutil

from benchmarks.history import fill
from callboard import db, errands, operations
from callboard.agents import AgentService
from callboard.operations import Request

MARKS = {"web": "web.asgi:app", "worker": "worker.app", "valkey": "valkey-server"}
EVENTS_PER_SECOND = 100
LATER = datetime.now(UTC) + timedelta(days=1)


def find(name: str) -> list[int]:
    """The processes of a part of the stack: its own first, then those that it has started."""
    parts = psutil.Process(int(os.environ["CALLBOARD_UP_PID"])).children()
    part = next(child for child in parts if any(MARKS[name] in word for word in child.cmdline()))
    return [process.pid for process in (part, *part.children(recursive=True))]


def storm(project: str, events: str) -> list[str]:
    """Submits and cancels operations, so that so many events come, 100 a second; answers the ids, newest first."""
    began, ids = time.monotonic(), []
    for number in range(int(events) // 2):
        time.sleep(max(0.0, began + 2 * number / EVENTS_PER_SECOND - time.monotonic()))
        with db.transaction() as session:
            asked = Request(project, "reviewer", "complexity", run_at=LATER, requested_by="test")
            ids.append(str(AgentService(session).submit(asked).id))
        with db.transaction() as session:
            operations.cancel(session, ids[-1])
    errands.flush()
    return ids[::-1]


if __name__ == "__main__":
    verb, *words = sys.argv[1:]
    print(
        json.dumps(
            {"find": find, "storm": storm, "fill": lambda project, count: fill(project, int(count))}[verb](*words)
        )
    )
