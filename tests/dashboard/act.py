"""What the browser's tests do to the stack that they watch: `kill NAME`, `storm PROJECT EVENTS`, `fill PROJECT COUNT`.

Prints JSON. The stack is named by CALLBOARD_UP_PID and by the service's own settings.
"""

import json
import os
import signal
import sys
import time
from datetime import UTC, datetime, timedelta

import psutil
from sqlalchemy import text

from callboard import db, errands, operations
from callboard.agents import AgentService
from callboard.operations import Request

MARKS = {"web": "web.asgi:app", "worker": "worker.app", "valkey": "valkey-server"}
EVENTS_PER_SECOND = 100
LATER = datetime.now(UTC) + timedelta(days=1)

_FILL = text("""
    INSERT INTO operations (project_id, agent_id, capability, capability_version, task, queue, max_tries, retry_delay,
        retry_longest, timeout, requested_by, attempt, seq, status, verdict, result, started_at, finished_at)
    SELECT :project, 'reviewer', 'complexity', '1', 'complexity', 'complexity', 3, 2, 300, 300, 'test', 1, number,
        'completed', 'pass', jsonb_build_object('summary', 'Operation ' || number), now(), now()
    FROM generate_series(1, :count) AS number
""")


def kill(name: str) -> None:
    """Ends a part of the stack at once; `up` starts it again."""
    parts = psutil.Process(int(os.environ["CALLBOARD_UP_PID"])).children()
    part = next(child for child in parts if any(MARKS[name] in word for word in child.cmdline()))
    part.send_signal(signal.SIGKILL)


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


def fill(project: str, count: str) -> None:
    """Gives a project so many operations that have completed."""
    with db.transaction() as session:
        session.execute(_FILL, {"project": project, "count": int(count)})


if __name__ == "__main__":
    verb, *words = sys.argv[1:]
    print(json.dumps({"kill": kill, "storm": storm, "fill": fill}[verb](*words)))
