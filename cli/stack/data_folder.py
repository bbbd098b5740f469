"""The data folder of `callboard up`: private, used by one `up` at a time, with what scripts need to know in it."""

import fcntl
import os
import shlex
import time
from collections.abc import Mapping
from pathlib import Path

import psutil

from callboard.errors import StartError
from cli.stack import private
from cli.terminal.say import say

_LOCK = "up.lock"
_TIDY_SECONDS = 20


class DataFolder:
    """A folder with mode 0700 that this process has to itself until `close`."""

    def __init__(self, path: Path) -> None:
        """Takes the folder. Raises StartError where it is somebody else's, not ours, or in use by another `up`."""
        self.path = path.expanduser().resolve()
        try:
            _refuse_strange(self.path)
            private.folder(self.path)
            self.lock = os.open(self.path / _LOCK, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise StartError(f"{self.path} cannot be the data folder: {error.strerror}; use --data") from error
        _take(self.lock, self.path)
        os.ftruncate(self.lock, 0)
        os.pwrite(self.lock, f"{os.getpid()}\n".encode(), 0)
        self.logs = private.folder(self.path / "logs")

    def close(self) -> None:
        """Lets another `up` use it."""
        os.close(self.lock)

    def write_environment(self, values: Mapping[str, str]) -> None:
        """Writes DIR/env, which a shell can read with `. DIR/env`."""
        lines = (f"{name}={shlex.quote(value)}\n" for name, value in values.items())
        private.write(self.path / "env", "".join(lines))


def _refuse_strange(path: Path) -> None:
    # The folder's mode is going to change: a home given by mistake must not become the data folder.
    if path.is_dir() and any(path.iterdir()) and not (path / _LOCK).exists():
        raise StartError(f"{path} holds other files: name an empty or a new folder with --data")


def _take(lock: int, path: Path) -> None:
    """Locks; where the holder was killed, waits until its watcher has ended what it left."""
    patience = time.monotonic() + _TIDY_SECONDS
    waiting = False
    while not _is_taken(lock):
        holder = os.pread(lock, 32, 0).decode().strip()
        if time.monotonic() > patience or (holder and psutil.pid_exists(int(holder))):
            os.close(lock)
            raise StartError(f"`callboard up` (process {holder}) already runs on {path}: end it, or use --data")
        if not waiting:
            say("an earlier `up` was killed; waiting until what it started has ended")
        waiting = True
        time.sleep(0.1)


def _is_taken(lock: int) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
