"""pytest-celery's nodes as processes of this machine: what a container would be is a process group here."""

import os
import signal
import subprocess
import sys
import uuid
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from pytest_celery import CeleryTestWorker, CeleryWorkerContainer, RedisContainer
from pytest_docker_tools.utils import wait_for_callable

ROOT = Path(__file__).parents[2]
READY_SECONDS = 60
PATIENCE_SECONDS = 30
Start = Callable[..., CeleryTestWorker]


class LocalProcess:
    """What docker-py's Container is to pytest-celery, for a process in a session of its own."""

    def __init__(
        self, name: str, argv: Sequence[str], *, env: Mapping[str, str], folder: Path, port: int | None = None
    ) -> None:
        self.id = uuid.uuid4().hex
        self.name = name
        self._argv, self._env, self._folder = argv, env, folder
        self._log = folder / f"{name}.log"
        ports = {} if port is None else {f"{port}/tcp": [{"HostPort": str(port)}]}
        self.attrs = {
            "Config": {"Hostname": "127.0.0.1", "Env": [f"{key}={value}" for key, value in env.items()], "Labels": {}},
            "HostConfig": {"PortBindings": {}},
            "NetworkSettings": {"Networks": {}, "Ports": ports},
        }
        self._start()

    @property
    def status(self) -> str:
        return "running" if self.process.poll() is None else "exited"

    def reload(self) -> None:
        """There is nothing to fetch anew."""

    def logs(self) -> bytes:
        return self._log.read_bytes()

    def kill(self, signal_name: str | int | None = None) -> None:
        """SIGKILL, the default, takes the whole group, as the end of a container does; others go to its first process.

        SIGSTOP and SIGCONT go to all as well, as when a container is paused.
        """
        number = signal.Signals[signal_name] if isinstance(signal_name, str) else signal_name or signal.SIGKILL
        if number in (signal.SIGKILL, signal.SIGSTOP, signal.SIGCONT):
            with suppress(ProcessLookupError):
                os.killpg(self.process.pid, number)
        else:
            self.process.send_signal(number)
        if number == signal.SIGKILL:
            self.process.wait(10)

    def restart(self, timeout: int = 10) -> None:
        if self.status == "running":
            self.process.terminate()
            self.process.wait(timeout)
        self._start()

    def remove(self, **_: Any) -> None:
        """Asks it to go, and ends what is left of its group."""
        if self.status == "running":
            self.process.terminate()
            with suppress(subprocess.TimeoutExpired):
                self.process.wait(PATIENCE_SECONDS)
        self.kill("SIGKILL")

    def exec_run(self, command: str, **_: Any) -> tuple[int, bytes]:
        done = subprocess.run(command, shell=True, env=self._env, capture_output=True, check=False)
        return done.returncode, done.stdout

    def _start(self) -> None:
        with self._log.open("wb") as log:
            self.process = subprocess.Popen(
                self._argv,
                cwd=self._folder,
                env=self._env,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )


class LocalRedis(RedisContainer):
    """A Valkey that a test may kill; `url` holds its password."""

    def __init__(self, process: LocalProcess, url: str) -> None:
        super().__init__(process)
        self._url = url

    @property
    def port(self) -> int:
        return int(self._url.rpartition(":")[2].partition("/")[0])

    @property
    def url(self) -> str:
        return self._url

    @property
    def host_url(self) -> str:
        return self._url

    def teardown(self) -> None:
        self._container.remove()


class LocalWorker(CeleryWorkerContainer):
    """Callboard's worker, by the command that operators type."""

    @classmethod
    def start(cls, name: str, *, folder: Path, env: Mapping[str, str], concurrency: int) -> "LocalWorker":
        """A worker that says `ready.`."""
        options = ("-n", f"{name}@%h", "-c", str(concurrency), "-E", "--without-mingle", "--without-gossip")
        argv = (sys.executable, "-m", "celery", "-A", "worker.app", "worker", "-l", "INFO", *options)
        worker = cls(LocalProcess(name, argv, env={**env, "PYTHONPATH": str(ROOT)}, folder=folder))
        wait_for_callable(f"waiting for the worker {name}", worker.ready, timeout=READY_SECONDS)
        return worker

    @classmethod
    def worker_name(cls) -> str:
        return "worker"

    @classmethod
    def worker_queue(cls) -> str:
        return "echo"

    def teardown(self) -> None:
        self._container.remove()
