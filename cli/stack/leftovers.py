"""Finds and ends what an `up` that was killed has left running."""

import signal
import time
from pathlib import Path

import psutil

_KINDS = ("postgres", "valkey-server", "python")
_KILLED_SECONDS = 5
_PAUSE_SECONDS = 0.02


def find(folder: Path) -> list[psutil.Process]:
    """The processes that `up` started in `folder`: of a kind that it starts, and with it as working folder."""
    return [process for process in psutil.process_iter() if _is_ours(process, folder)]


def end(folder: Path, grace: float = 7) -> int:
    """Asks what runs in `folder` to stop, kills what still runs after `grace` seconds, and answers how many it was."""
    found = find(folder)
    if not found:
        return 0
    ids = {process.pid for process in found}
    for process in found:
        _ask(process, ids)
    _wait(folder, grace)
    for process in find(folder):
        kill(process)
    _wait(folder, _KILLED_SECONDS)
    return len(found)


def _wait(folder: Path, longest: float) -> None:
    """Waits until nothing runs there; what has ended does not, though nobody ever asks how, as in some containers."""
    deadline = time.monotonic() + longest
    while find(folder) and time.monotonic() < deadline:
        time.sleep(_PAUSE_SECONDS)


def listens(process: psutil.Process, port: int | None) -> bool:
    """Whether it accepts connections on this port."""
    try:
        sockets = process.net_connections("tcp")
    except psutil.Error:
        return False
    return any(each.status == psutil.CONN_LISTEN and each.laddr.port == port for each in sockets)


def _is_ours(process: psutil.Process, folder: Path) -> bool:
    try:
        return process.cwd() == str(folder) and Path(process.exe()).name.startswith(_KINDS)
    except (psutil.Error, OSError):
        return False


def _ask(process: psutil.Process, among: set[int]) -> None:
    """Tells the head of a family to stop, which takes its own children along."""
    try:
        if process.ppid() not in among:
            postgres = Path(process.exe()).name == "postgres"
            process.send_signal(signal.SIGINT if postgres else signal.SIGTERM)
    except (psutil.NoSuchProcess, OSError):
        return


def kill(process: psutil.Process) -> None:
    """Kills it, unless it is gone."""
    try:
        process.kill()
    except psutil.NoSuchProcess:
        return
