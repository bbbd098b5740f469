"""What the browser's tests do to the project that they watch: `storm PROJECT EVENTS`, `fill PROJECT COUNT`.

Prints JSON. The stack is named by the service's own settings.
"""

import json
import sys
import time
from datetime import UTC, datetime, timedelta

from benchmarks.history import fill
from callboard import db, errands, operations
from callboard.agents import AgentService
from callboard.operations import Request

EVENTS_PER_SECOND = 100
LATER = datetime.now(UTC) + timedelta(days=1)


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
    print(json.dumps({"storm": storm, "fill": lambda project, count: fill(project, int(count))}[verb](*words)))
