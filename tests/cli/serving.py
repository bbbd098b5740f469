"""Runs an embedded server for the time of a `with` block."""

import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager

from cli.embedded.postgres import Postgres
from cli.embedded.valkey import Valkey

Server = Postgres | Valkey


@contextmanager
def serving(server: Server) -> Iterator[subprocess.Popen[bytes]]:
    program = server.prepare()
    process = subprocess.Popen(
        program.argv,
        cwd=program.folder,
        env=dict(program.env),
        user=program.uid,
        group=program.uid,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        deadline = time.monotonic() + 20
        while not server.answers():
            assert process.poll() is None, f"{program.name} ended with {process.returncode}"
            assert time.monotonic() < deadline, "the server does not answer"
            time.sleep(0.05)
        yield process
    finally:
        process.send_signal(program.stop_signal)
        process.wait(20)
