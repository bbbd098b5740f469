"""An embedded server for the time of a block, as tests and benchmarks want one."""

import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager

from callboard.errors import StartError
from cli.embedded.postgres import Postgres
from cli.embedded.valkey import Valkey

_PATIENCE_SECONDS = 60
_PAUSE_SECONDS = 0.02


@contextmanager
def serving(server: Postgres | Valkey, *options: str) -> Iterator[subprocess.Popen[bytes]]:
    """Runs the server with these options beside its own: it answers inside the block, and is gone after it.

    Raises StartError where it ends before it answers, or does not answer within a minute.
    """
    program = server.prepare()
    process = subprocess.Popen(
        (*program.argv, *options),
        cwd=program.folder,
        env=dict(program.env),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        user=program.uid,
        group=program.uid,
        extra_groups=None if program.uid is None else [],
    )
    try:
        _wait_for(server, process, program.name)
        yield process
    finally:
        process.send_signal(program.stop_signal)
        process.wait(20)


def _wait_for(server: Postgres | Valkey, process: subprocess.Popen[bytes], name: str) -> None:
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while not server.answers():
        if process.poll() is not None:
            raise StartError(f"{name} ended with {process.returncode} before it answered")
        if time.monotonic() > deadline:
            raise StartError(f"{name} does not answer within {_PATIENCE_SECONDS} s")
        time.sleep(_PAUSE_SECONDS)
