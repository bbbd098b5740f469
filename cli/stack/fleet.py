"""The three programs that are Callboard, as `up` starts them: web, worker and Flower."""

import sys
from pathlib import Path

from cli import environment
from cli.stack import private
from cli.stack.ports import LOOPBACK
from cli.stack.program import Program

_PYTHON = (sys.executable, "-m")


def web(data: Path, port: int) -> Program:
    """The API and the dashboard on one port of 127.0.0.1."""
    argv = (*_PYTHON, "uvicorn", "web.asgi:app", "--host", LOOPBACK, "--port", str(port))
    # Packed frames would cost more memory for each viewer than all the rest of it.
    options = ("--ws-per-message-deflate", "false", "--no-access-log", "--timeout-graceful-shutdown", "1")
    return _program("web", data, (*argv, *options))


def worker(data: Path, concurrency: int) -> Program:
    """A worker with so many processes, which offers every capability that is installed."""
    argv = (*_PYTHON, "celery", "-A", "worker.app", "worker", "-n", "callboard@%h", "-c", str(concurrency))
    return _program("worker", data, (*argv, "-E", "--without-mingle", "--without-gossip", "-l", "INFO"))


def flower(data: Path, port: int, password: str) -> Program:
    """Flower on 127.0.0.1, for the user `admin`; the password goes through the environment, which others cannot see."""
    argv = (*_PYTHON, "celery", "-A", "callboard.broker", "flower", f"--address={LOOPBACK}", f"--port={port}")
    return _program("flower", data, argv, FLOWER_BASIC_AUTH=f"admin:{password}")


def _program(name: str, data: Path, argv: tuple[str, ...], **extra: str) -> Program:
    # A folder of their own, because Celery imports from where it stands: never from a project.
    return Program(name, argv, private.folder(data / name), environment.for_children() | extra)
