"""A process of the stack under trial, with all its children: started, frozen, killed and started again."""

import contextlib
import signal
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

import psutil


class Process:
    """A program that can be started any number of times; its output goes to one log."""

    def __init__(
        self, name: str, argv: Sequence[str], *, env: Mapping[str, str], folder: Path, uid: int | None = None
    ) -> None:
        self.name = name
        self.argv = list(argv)
        self.env = dict(env)
        self.folder = folder
        self.uid = uid
        self.log = folder.parent / f"{name}.log"
        self._running: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        assert self._running is not None, f"{self.name} was never started"
        return self._running.pid

    @property
    def alive(self) -> bool:
        return self._running is not None and self._running.poll() is None

    def start(self) -> None:
        """Starts it in a session of its own."""
        with self.log.open("ab") as log:
            self._running = subprocess.Popen(
                self.argv,
                cwd=self.folder,
                env=self.env,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                user=self.uid,
                group=self.uid,
                extra_groups=None if self.uid is None else [],
            )

    def tree(self) -> list[psutil.Process]:
        """The process and all its descendants, itself first; empty when it has ended."""
        try:
            own = psutil.Process(self.pid)
            return [own, *own.children(recursive=True)] if self.alive else []
        except psutil.NoSuchProcess:
            return []

    def children(self) -> list[psutil.Process]:
        """Its descendants alone."""
        return self.tree()[1:]

    def signal(self, number: int) -> None:
        """Sends a signal to the first process only."""
        if self._running is not None:
            self._running.send_signal(number)

    def signal_all(self, number: int) -> None:
        """Sends a signal to the whole tree, the first process first."""
        for process in self.tree():
            with contextlib.suppress(psutil.NoSuchProcess):
                process.send_signal(number)

    def freeze(self) -> None:
        self.signal_all(signal.SIGSTOP)

    def thaw(self) -> None:
        self.signal_all(signal.SIGCONT)

    def kill(self) -> None:
        """The whole tree dies at once, as when a container does."""
        self.signal_all(signal.SIGKILL)
        self.wait(10)

    def end(self, number: int, patience: float) -> None:
        """Asks it to go, and kills what is left after `patience` seconds."""
        if not self.alive:
            return
        self.thaw()
        self.signal(number)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.wait(patience)
        self.kill()

    def wait(self, seconds: float) -> None:
        """Waits for its end. Raises subprocess.TimeoutExpired."""
        if self._running is not None:
            self._running.wait(seconds)
