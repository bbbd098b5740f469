"""Ends what `up` started once `up` is gone, however it died: `python -m cli.stack.deathwatch FOLDER...`."""

import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from cli.stack import leftovers


def start(folders: Sequence[Path], lock: int) -> subprocess.Popen[bytes]:
    """A watcher over these folders that acts when its stdin closes; it holds `lock` until all has ended."""
    return subprocess.Popen(
        (sys.executable, "-P", "-m", __name__, *map(str, folders)),
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        pass_fds=(lock,),
        start_new_session=True,
    )


def watch(folders: Sequence[Path]) -> None:
    """Waits for the end of stdin, then ends what runs in each folder, in this order."""
    for ignored in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(ignored, signal.SIG_IGN)
    sys.stdin.buffer.read()
    for folder in folders:
        leftovers.end(folder)


if __name__ == "__main__":
    watch([Path(argument) for argument in sys.argv[1:]])
