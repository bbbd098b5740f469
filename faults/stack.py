"""One Callboard of real processes: PostgreSQL, Valkey, the web application, workers, and proxies where a row asks."""

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

import httpx
import psycopg2

from cli.stack import ports
from cli.stack.embedded.postgres import Postgres
from cli.stack.embedded.valkey import Valkey
from faults.process import Process
from faults.proxy import Proxy

ROOT = Path(__file__).parents[1]
START_SECONDS = 90
T = TypeVar("T")


def until(what: str, look: Callable[[], T | None], seconds: float = 60) -> T:
    """The first true answer of `look`. Raises TimeoutError naming what was awaited."""
    deadline = time.monotonic() + seconds
    while not (answer := look()):
        if time.monotonic() > deadline:
            raise TimeoutError(f"{what} did not happen within {seconds:g} s")
        time.sleep(0.1)
    return answer


def inherited() -> dict[str, str]:
    """What every child of a stack finds in its environment, before its own settings."""
    # A process that is killed saves no measure of its coverage, and taking it only slows the trial.
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("CALLBOARD_", "COVERAGE_"))}
    return kept | {"PYTHONPATH": str(ROOT)}


class Servers:
    """PostgreSQL and Valkey out of the wheels, in one folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.moved_to: int | None = None
        self._postgres, self._valkey = Postgres(folder / "postgres"), Valkey(folder / "valkey")
        self.postgres = self._process(self._postgres)
        self.valkey = self._process(self._valkey)

    @property
    def database_url(self) -> str:
        url = self._postgres.url
        return url if self.moved_to is None else url.replace(f":{_port(url)}", f":{self.moved_to}")

    @property
    def valkey_url(self) -> str:
        return self._valkey.url

    def start(self) -> None:
        self.start_postgres()
        self.start_valkey()

    def start_postgres(self, seconds: float = START_SECONDS) -> None:
        self.postgres.start()
        until("PostgreSQL", self._postgres.answers, seconds)

    def move(self, standby: Process, port: int) -> None:
        """From now on the database is this other server."""
        self.postgres, self.moved_to = standby, port

    def start_valkey(self, *, wiped: bool = False) -> None:
        if wiped:
            shutil.rmtree(self.folder / "valkey" / "appendonlydir", ignore_errors=True)
        self.valkey.start()
        until("Valkey", self._valkey.answers, START_SECONDS)

    def end(self) -> None:
        self.valkey.end(signal.SIGTERM, 3)
        self.postgres.end(signal.SIGINT, 10)

    def query(self, statement: str, *values: Any) -> list[tuple[Any, ...]]:
        """The rows that PostgreSQL answers, asked without any proxy."""
        connected = contextlib.closing(psycopg2.connect(self.database_url, connect_timeout=5))
        with connected as connection, connection.cursor() as cursor:
            cursor.execute(statement, values)
            return cursor.fetchall()

    @staticmethod
    def _process(server: Postgres | Valkey) -> Process:
        program = server.prepare()
        return Process(program.name, program.argv, env=program.env, folder=program.folder, uid=program.uid)


def copied(template: Path, folder: Path) -> Path:
    """A copy of the template whose servers listen on ports of their own: another copy may run beside it."""
    shutil.copytree(template, folder, symlinks=True)
    for file in folder.glob("*/endpoint.json"):
        file.write_text(json.dumps(json.loads(file.read_text()) | {"port": ports.pick()}))
    return folder


def make_template(folder: Path) -> str:
    """Fills `folder` with servers whose database holds what trials work on; answers the admin key."""
    servers = Servers(folder)
    servers.start()
    named = {"CALLBOARD_DATABASE_URL": servers.database_url, "CALLBOARD_REDIS_URL": servers.valkey_url}
    command = (sys.executable, "-m", "faults.template")
    try:
        done = subprocess.run(
            command, env=inherited() | named, cwd=folder, capture_output=True, text=True, timeout=120, check=True
        )
    finally:
        servers.end()
    return done.stdout.split()[-1]


class Stack:
    """The servers, the web application and its workers; all of it ends with the `with` block."""

    def __init__(
        self, folder: Path, key: str, *, settings: Mapping[str, str], through: frozenset[str], app: str
    ) -> None:
        self.folder = folder
        self.key = key
        self.settings = dict(settings)
        self.app = app
        self.servers = Servers(folder)
        port = ports.pick()
        behind = {"postgres": _port(self.servers.database_url), "valkey": _port(self.servers.valkey_url), "web": port}
        self.proxies = {name: Proxy(behind[name]) for name in sorted(through)}
        self.extra: list[Process] = []
        self.web = self.make_web(port)
        self.workers: list[Process] = []
        self.last = contextlib.ExitStack()
        self.url = f"http://127.0.0.1:{self.proxies['web'].port if 'web' in through else port}"

    def __enter__(self) -> "Stack":
        return self

    def __exit__(self, *raised: object) -> None:
        for process in (*self.workers, *self.extra):
            process.end(signal.SIGKILL, 5)
        for proxy in self.proxies.values():
            proxy.close()
        self.servers.end()
        self.last.close()

    def start(self, workers: int) -> None:
        """Starts all, and waits until submits are possible."""
        self.servers.start()
        self.web.start()
        for _ in range(workers):
            self.add_worker()
        self.wait_for_workers()
        self.wait_for_web()

    def wait_for_web(self) -> None:
        until("the web application", self.answers, START_SECONDS)

    def wait_for_workers(self, *workers: Process) -> None:
        """Waits until the keepers of these workers, or of all, have said what they offer."""
        names = [worker.name for worker in workers or self.workers]

        def announced() -> bool:
            rows = self.servers.query("SELECT count(*) FROM workers WHERE split_part(name, '@', 1) = ANY(%s)", names)
            return bool(rows[0][0] == len(names))

        until("the announcement of the workers", announced, START_SECONDS)

    def answers(self, port: int | None = None) -> bool:
        """Whether the web application serves, the one on this port where one is given."""
        url = self.url if port is None else f"http://127.0.0.1:{port}"
        try:
            return httpx.get(f"{url}/healthz", timeout=2, trust_env=False).status_code == 200
        except httpx.HTTPError:
            return False

    def make_web(self, port: int, **extra: str) -> Process:
        """A web application for this port, not yet started."""
        options = ("--host", "127.0.0.1", "--port", str(port), "--no-access-log", "--timeout-graceful-shutdown", "5")
        as_shipped = ("--ws-per-message-deflate", "false")
        self.extra.append(self._python(f"web-{port}", ("-m", "uvicorn", self.app, *options, *as_shipped), extra))
        return self.extra[-1]

    def add_worker(self, *, ready: bool = True, concurrency: int = 2, **extra: str) -> Process:
        """Starts one more worker."""
        name = f"worker{len(self.workers) + 1}"
        options = ("-n", f"{name}@%h", "-c", str(concurrency), "-E", "--without-mingle", "--without-gossip")
        argv = ("-m", "celery", "-A", "worker.app", "worker", "-l", "INFO", *options)
        worker = self._python(name, argv, extra)
        self.workers.append(worker)
        if ready:
            worker.start()
        return worker

    def _python(self, name: str, argv: Sequence[str], extra: Mapping[str, str]) -> Process:
        folder = self.folder / name
        folder.mkdir(exist_ok=True)
        return Process(name, (sys.executable, *argv), env={**self._environment(), **extra}, folder=folder)

    def _environment(self) -> dict[str, str]:
        valkey = self._near(self.servers.valkey_url, "valkey")
        named = {
            "CALLBOARD_DATABASE_URL": self._near(self.servers.database_url, "postgres"),
            "CALLBOARD_REDIS_URL": f"{valkey}/0",
            "CALLBOARD_BROKER_URL": f"{valkey}/1",
            "CALLBOARD_CAPABILITIES": str(Path(__file__).parent / "capabilities"),
            "CALLBOARD_DATA_DIR": str(self.folder / "data"),
            "CALLBOARD_WORK_DIR": str(self.folder / "work"),
        }
        return inherited() | named | self.settings

    def _near(self, url: str, name: str) -> str:
        """The address with the proxy's port where the row asked for one."""
        if name not in self.proxies:
            return url
        return url.replace(f":{_port(url)}", f":{self.proxies[name].port}")


def _port(url: str) -> int:
    return int(url.rpartition(":")[2].partition("/")[0])
