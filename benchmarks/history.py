"""What an operation costs after a very long history, and how long its pages take over HTTP.

python -m benchmarks.history [--operations 1000000]
"""

import argparse
import logging
import socket
import statistics
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import structlog
import uvicorn
from sqlalchemy import text

from benchmarks.attempt import PROJECT, finish, running, set_up
from benchmarks.stack import servers, wait_for
from callboard import keys
from callboard.db import engine, transaction
from callboard.history import WINDOW
from callboard.settings import current
from web.asgi import build

REPEATS = 15
OPERATIONS = 300
AT_ONCE = 20_000
LISTS = {
    "the newest": "",
    "a verdict": "&verdict=fail",
    "a rare verdict": "&verdict=inconclusive",
    "a rare status": "&status=cancelled",
    "what failed": "&status=failed",
    "what waits": "&status=pending",
    "an agent": "&agent_id=reviewer",
    "a capability": "&capability=code_review",
    "nothing of this": "&capability=testing",
    "since a day": "&since=2020-01-01T00:00:00Z",
}
"""Ways to narrow a list, by what they ask for."""

# One in 20 fails, one in 5,000 is cancelled or inconclusive, and the rest passes or finds problems.
_FILL = text("""
    INSERT INTO operations (project_id, agent_id, capability, capability_version, task, queue, max_tries, retry_delay,
        retry_longest, timeout, requested_by, attempt, seq, status, reason, error, verdict, result, started_at,
        finished_at)
    SELECT :project, 'reviewer', 'code_review', '1', 'code_review', 'code_review', 3, 2, 300, 300, 'bench', 1, n,
        status, CASE status WHEN 'failed' THEN 'error' END, CASE status WHEN 'failed' THEN 'it broke' END,
        CASE WHEN status <> 'completed' THEN NULL WHEN n % 5000 = 1 THEN 'inconclusive' WHEN n % 3 = 0 THEN 'fail'
            ELSE 'pass' END,
        jsonb_build_object('summary', 'Operation ' || n, 'metrics', jsonb_build_object('findings', n % 40), 'findings',
            CAST(:findings AS jsonb)), now(), now()
    FROM generate_series(:first, :last) AS n, LATERAL (SELECT CASE WHEN n % 5000 = 0 THEN 'cancelled'
        WHEN n % 20 = 0 THEN 'failed' ELSE 'completed' END AS status) AS made
""")
_FINDINGS = (
    '[{"rule": "F401", "path": "shop/cart.py", "line": 3, "message": "unused import", "severity": "warning"},'
    ' {"rule": "E501", "path": "shop/till.py", "line": 80, "message": "line too long", "severity": "note"}]'
)


def main() -> None:
    """Fills a project; prints what an operation costs before and after, and how long each list takes."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--operations", type=int, default=1_000_000)
    asked = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    with servers(), client() as api:
        set_up()
        before = cost()
        fill(PROJECT, asked.operations)
        after = cost()
        print(f"an operation: {before:.2f} ms alone, {after:.2f} ms after {asked.operations}, {after / before:.2f}x")
        print("pages of 100")
        for name, narrowed in LISTS.items():
            times = took(api, f"/operations?project_id={PROJECT}&limit=100&result=cut{narrowed}")
            print(f"{name:16} median {statistics.median(times):6.1f} ms, slowest {max(times):6.1f} ms")


def fill(project_id: str, count: int) -> None:
    """Puts ended operations of the agent `reviewer` into a project's history, without their events."""
    for first in range(1, count + 1, AT_ONCE):
        asked = {"project": project_id, "first": first, "last": min(count, first + AT_ONCE - 1)}
        with transaction() as session:
            session.execute(_FILL, {**asked, "findings": _FINDINGS})
    with engine().connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE operations"))  # as autovacuum does after so many


def cost() -> float:
    """The median milliseconds of an operation, submitted, claimed and completed here, once the window is full."""
    times = []
    for _ in range(WINDOW + OPERATIONS):
        began = time.perf_counter()
        finish(running())
        times.append((time.perf_counter() - began) * 1000)
    return statistics.median(times[WINDOW:])


def took(api: httpx.Client, address: str) -> list[float]:
    """Milliseconds of each of some requests for a list."""
    times = []
    for _ in range(REPEATS):
        began = time.perf_counter()
        api.get(address).raise_for_status()
        times.append((time.perf_counter() - began) * 1000)
    return times


@contextmanager
def client() -> Iterator[httpx.Client]:
    """A client with an admin key of the whole application, served for the block."""
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(build(current()), log_config=None))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    with transaction() as session:
        key = keys.create(session, name="bench", role="admin")
    url = f"http://127.0.0.1:{listener.getsockname()[1]}/api/v1"
    try:
        wait_for(lambda: server.started, "the API")
        with httpx.Client(base_url=url, headers={"Authorization": f"Bearer {key}"}, timeout=60) as made:
            yield made
    finally:
        server.should_exit = True
        thread.join(20)
        listener.close()


if __name__ == "__main__":
    main()
