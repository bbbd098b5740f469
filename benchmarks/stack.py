"""What a run measures on: a PostgreSQL, a Valkey and Celery workers of its own, and the CPU time that each takes."""

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

from cli import migrations
from cli.stack.embedded.postgres import Postgres
from cli.stack.embedded.serving import serving
from cli.stack.embedded.valkey import Valkey


class Meter:
    """CPU seconds by name: the caller's own process, the servers, and each worker's main process and its pool."""

    def __init__(self) -> None:
        self._programs: dict[str, psutil.Process] = {}
        self._workers: dict[str, psutil.Process] = {}

    def add(self, name: str, pid: int, *, worker: bool = False) -> None:
        """Counts a process, and all that it starts, from now on."""
        (self._workers if worker else self._programs)[name] = psutil.Process(pid)

    def read(self, worker: str) -> dict[str, float]:
        """Seconds since each began, with one of the workers."""
        main = self._workers[worker]
        spent = {"client": _own(psutil.Process()), "worker": _own(main), "pool": _whole(main) - _own(main)}
        return spent | {name: _whole(process) for name, process in self._programs.items()}


def _own(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


def _whole(process: psutil.Process) -> float:
    """The process and its descendants, those that have ended too."""
    every = [each.cpu_times() for each in (process, *process.children(recursive=True))]
    return float(sum(each.user + each.system + each.children_user + each.children_system for each in every))


@contextmanager
def servers(meter: Meter | None = None) -> Iterator[None]:
    """PostgreSQL and Valkey of this run, named in the environment."""
    meter = meter or Meter()
    with tempfile.TemporaryDirectory(prefix="callboard-bench-") as folder:
        postgres, valkey = Postgres(Path(folder) / "postgres"), Valkey(Path(folder) / "valkey")
        with serving(postgres) as database, serving(valkey) as broker:
            meter.add("postgres", database.pid)
            meter.add("valkey", broker.pid)
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
def worker(app: str, name: str, meter: Meter) -> Iterator[None]:
    """A Celery worker with two processes, ready when the block begins."""
    command = [sys.executable, "-m", "celery", "-A", app, "worker", "-n", f"{name}@%h", "-c", "2", "-E", "-l", "INFO"]
    with tempfile.TemporaryFile("w+") as output:
        process = subprocess.Popen([*command, "--without-mingle", "--without-gossip"], stdout=output, stderr=output)
        meter.add(name, process.pid, worker=True)
        try:
            wait_for(lambda: "ready." in _told(output.fileno()), name)
            yield
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(30)


def wait_for(ready: Callable[[], bool], name: str) -> None:
    """Returns once `ready` says so."""
    deadline = time.monotonic() + 60
    while not ready():
        if time.monotonic() > deadline:
            raise SystemExit(f"{name} did not start within 60 s")
        time.sleep(0.05)


def _told(descriptor: int) -> str:
    """What was written to a file so far."""
    return os.pread(descriptor, 1_000_000, 0).decode(errors="replace")
