"""How many operations a second Callboard takes and finishes, against a bare Celery no-op in the same run.

    python -m benchmarks.rate [--rounds 3] [--operations 500]

Each round runs both, the other one first every time; the ratio is of the medians.
"""

import argparse
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from sqlalchemy import func, select

from callboard.agents import AgentService
from callboard.db import transaction
from callboard.models import Operation
from callboard.operations import Request
from callboard.projects import ProjectService
from cli import migrations
from cli.embedded.postgres import Postgres
from cli.embedded.valkey import Valkey
from cli.program import Program

TEXT = "x" * 160
PROJECTS = 10
PATIENCE = 120


def main() -> None:
    """Prints the rates of both and their ratio."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--operations", type=int, default=500)
    asked = parser.parse_args()
    with servers(), worker("benchmarks.bare", "bare"), worker("worker.app", "callboard"):
        prepare()
        bare, callboard = measure(asked.rounds, asked.operations)
    for name, rates in (("bare Celery", bare), ("Callboard", callboard)):
        print(f"{name:12} {statistics.median(rates):7.0f}/s  ({min(rates):.0f} to {max(rates):.0f})")
    print(f"ratio        {statistics.median(callboard) / statistics.median(bare):7.2f}")


def measure(rounds: int, count: int) -> tuple[list[float], list[float]]:
    """Operations a second of each round, of bare Celery and of Callboard."""
    bare: list[float] = []
    callboard: list[float] = []
    sides: list[Callable[[], None]] = [
        lambda: bare.append(rate(count, submit_bare, finished_bare)),
        lambda: callboard.append(rate(count, submit, finished)),
    ]
    rate(20, submit_bare, finished_bare)
    rate(20, submit, finished)
    for number in range(rounds):
        for side in sides[:: 1 if number % 2 else -1]:
            side()
    return bare, callboard


def rate(count: int, submit_one: Callable[[int], object], done: Callable[[], int]) -> float:
    """Operations a second from the first submit until all are finished."""
    before, started = done(), time.perf_counter()
    for number in range(count):
        submit_one(number)
    while done() < before + count:
        if time.perf_counter() - started > PATIENCE:
            raise SystemExit(f"only {done() - before} of {count} finished within {PATIENCE} s")
        time.sleep(0.005)
    return count / (time.perf_counter() - started)


def submit(number: int) -> None:
    """One operation, accepted in a transaction of its own."""
    with transaction() as session:
        project = f"project-{number % PROJECTS}"
        AgentService(session).submit(Request(project, "agent", "digest", parameters={"number": number, "text": TEXT}))


def finished() -> int:
    """How many operations have a terminal record."""
    with transaction() as session:
        return session.scalar(select(func.count()).where(Operation.finished_at.is_not(None))) or 0


def submit_bare(number: int) -> None:
    """One message of the yardstick's."""
    from benchmarks.bare import digest  # noqa: PLC0415 - it needs the settings that servers() makes

    digest.delay(number, TEXT)


def finished_bare() -> int:
    """How many of the yardstick's tasks have run."""
    from benchmarks.bare import counter  # noqa: PLC0415

    return int(counter.get("bare") or 0)  # type: ignore[arg-type]


def prepare() -> None:
    """Projects and an agent; returns once a worker has entered the capability."""
    with transaction() as session:
        AgentService(session).create("Agent", ["digest"])
        for number in range(PROJECTS):
            ProjectService(session).create(f"Project {number}", {"path": "/nowhere"})
    for number in range(PROJECTS):
        with transaction() as session:
            AgentService(session).assign_to_project("agent", f"project-{number}", ["digest"])


@contextmanager
def servers() -> Iterator[None]:
    """PostgreSQL and Valkey of this run, named in the environment."""
    with tempfile.TemporaryDirectory(prefix="callboard-bench-") as folder, ExitStack() as running:
        postgres, valkey = Postgres(Path(folder) / "postgres"), Valkey(Path(folder) / "valkey")
        running.enter_context(started(postgres.prepare(), postgres.answers))
        running.enter_context(started(valkey.prepare(), valkey.answers))
        os.environ |= {
            "CALLBOARD_DATABASE_URL": postgres.url,
            "CALLBOARD_REDIS_URL": f"{valkey.url}/0",
            "CALLBOARD_BROKER_URL": f"{valkey.url}/1",
            "CALLBOARD_WORK_DIR": f"{folder}/work",
            "CALLBOARD_CAPABILITIES": str(Path(__file__).parent / "capabilities"),
        }
        migrations.upgrade()
        yield


@contextmanager
def worker(app: str, name: str) -> Iterator[None]:
    """A Celery worker with two processes, ready when the block begins."""
    command = [sys.executable, "-m", "celery", "-A", app, "worker", "-n", f"{name}@%h", "-c", "2", "-E", "-l", "INFO"]
    with tempfile.TemporaryFile("w+") as output:
        process = subprocess.Popen([*command, "--without-mingle", "--without-gossip"], stdout=output, stderr=output)
        try:
            wait_for(lambda: "ready." in told(output.fileno()), name)
            yield
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(30)


def told(descriptor: int) -> str:
    """What was written to a file so far."""
    return os.pread(descriptor, 1_000_000, 0).decode(errors="replace")


@contextmanager
def started(program: Program, answers: Callable[[], bool]) -> Iterator[None]:
    """A server for the block."""
    groups = None if program.uid is None else []
    process = subprocess.Popen(
        program.argv,
        cwd=program.folder,
        env=dict(program.env),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        user=program.uid,
        group=program.uid,
        extra_groups=groups,
    )
    try:
        wait_for(answers, program.name)
        yield
    finally:
        process.send_signal(program.stop_signal)
        process.wait(20)


def wait_for(ready: Callable[[], bool], name: str) -> None:
    """Returns once `ready` says so."""
    deadline = time.monotonic() + 60
    while not ready():
        if time.monotonic() > deadline:
            raise SystemExit(f"{name} did not start within 60 s")
        time.sleep(0.05)


if __name__ == "__main__":
    main()
