"""A server or another program for the time of a block, as tests and benchmarks want one."""

import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

from callboard.errors import StartError
from cli.stack.embedded.postgres import Postgres
from cli.stack.embedded.valkey import Valkey
from cli.stack.program import Program

_PATIENCE_SECONDS = 60
_PAUSE_SECONDS = 0.02


@contextmanager
def serving(server: Postgres | Valkey, *options: str) -> Iterator[subprocess.Popen[bytes]]:
    """Runs the server with these options beside its own: it answers inside the block, and is gone after it.

    Raises StartError as `started` does.
    """
    program = server.prepare()
    with started(replace(program, argv=(*program.argv, *options)), server.answers) as process:
        yield process


@contextmanager
def started(program: Program, answers: Callable[[], bool]) -> Iterator[subprocess.Popen[bytes]]:
    """Runs the program: `answers` says yes inside the block, and the process is gone after it.

    Raises StartError where it ends before it answers, or does not answer within a minute.
    """
    process = subprocess.Popen(
        program.argv,
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
        _wait_for(answers, process, program.name)
        yield process
    finally:
        process.send_signal(program.stop_signal)
        process.wait(20)


def _wait_for(answers: Callable[[], bool], process: subprocess.Popen[bytes], name: str) -> None:
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while not answers():
        if process.poll() is not None:
            raise StartError(f"{name} ended with {process.returncode} before it answered")
        if time.monotonic() > deadline:
            raise StartError(f"{name} does not answer within {_PATIENCE_SECONDS} s")
        time.sleep(_PAUSE_SECONDS)
