"""One run of a program in a sandbox: its output is read, up to a bound, until it has ended or is ended."""

import os
import selectors
import signal
import subprocess
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

LOOK = 0.2  # seconds between two looks at the stop event
PATIENCE = 10.0  # seconds that a killed run has to end what it holds before it is given up


@dataclass(frozen=True)
class Limits:
    """What one run may use: wall-clock seconds for all of it, bytes of memory and of a file for each process."""

    seconds: float = 300
    memory_bytes: int = 2 << 30
    processes: int = 256
    file_bytes: int = 512 << 20
    output_bytes: int = 10 << 20


USUAL = Limits()


@dataclass(frozen=True)
class Completed:
    """How a run ended; `returncode` is 128 plus the signal where one killed it."""

    argv: tuple[str, ...]
    returncode: int
    stdout: bytes
    stderr: bytes
    timed_out: bool = False
    stopped: bool = False
    truncated: bool = False

    @property
    def text(self) -> str:
        """What it printed, as text."""
        return self.stdout.decode("utf-8", "replace")

    @property
    def error_text(self) -> str:
        """What it printed as errors, as text."""
        return self.stderr.decode("utf-8", "replace")


@dataclass
class _Output:
    """The first `limit` bytes of a stream; what comes after is read and dropped, so memory stays flat."""

    limit: int
    data: bytearray = field(default_factory=bytearray)
    truncated: bool = False

    def take(self, chunk: bytes) -> None:
        room = self.limit - len(self.data)
        self.data += chunk[:room]
        self.truncated = self.truncated or len(chunk) > room


class Run:
    """What was started inside; `supervised` where our own process leads it there, and not bubblewrap."""

    def __init__(
        self, process: "subprocess.Popen[bytes]", argv: tuple[str, ...], limits: Limits, *, supervised: bool
    ) -> None:
        self._process, self._argv, self._limits = process, argv, limits
        self._supervised = supervised

    def wait(self, stop: threading.Event) -> Completed:
        """Reads both outputs until all has ended; ends it itself when its time is over or `stop` is set."""
        outputs = [_Output(self._limits.output_bytes), _Output(self._limits.output_bytes)]
        with self._process, self._watch(outputs) as watch:
            try:
                stopped, timed_out = self._read_to_end(watch, stop)
            except BaseException:
                self._end()
                raise
        stopped = stopped or (stop.is_set() and not timed_out)
        truncated = any(output.truncated for output in outputs)
        stdout, stderr = (bytes(output.data) for output in outputs)
        return Completed(self._argv, self._process.returncode, stdout, stderr, timed_out, stopped, truncated)

    def _read_to_end(self, watch: selectors.BaseSelector, stop: threading.Event) -> tuple[bool, bool]:
        """Reads until everything has ended; answers whether it was stopped, and whether its time ran out."""
        deadline = time.monotonic() + self._limits.seconds
        stopped = timed_out = False
        while watch.get_map():
            left = deadline - time.monotonic()
            if not (stopped or timed_out):
                stopped = stop.is_set()
                timed_out = not stopped and left <= 0
                if stopped or timed_out:
                    self._end()
                    deadline = time.monotonic() + PATIENCE
            elif left <= 0:
                with suppress(ProcessLookupError):
                    os.killpg(self._process.pid, signal.SIGKILL)
                break
            _read(watch, min(LOOK, max(0.0, left)))
        return stopped, timed_out

    def _end(self) -> None:
        """Kills bubblewrap's process 1 inside, or tells the supervisor to end all."""
        leader = self._process.pid
        with suppress(ProcessLookupError, FileNotFoundError):
            children = Path(f"/proc/{leader}/task/{leader}/children").read_text().split()
            if self._supervised or not children:
                os.kill(leader, signal.SIGTERM)
            else:
                os.kill(int(children[0]), signal.SIGKILL)

    @contextmanager
    def _watch(self, outputs: Sequence[_Output]) -> Iterator[selectors.BaseSelector]:
        """A selector over both outputs and the end of the process itself."""
        ended = os.pidfd_open(self._process.pid)
        try:
            with selectors.DefaultSelector() as watch:
                for stream, output in zip((self._process.stdout, self._process.stderr), outputs, strict=True):
                    assert stream is not None
                    watch.register(stream, selectors.EVENT_READ, output)
                watch.register(ended, selectors.EVENT_READ)
                yield watch
        finally:
            os.close(ended)


def _read(watch: selectors.BaseSelector, seconds: float) -> None:
    for key, _ in watch.select(seconds):
        chunk = os.read(key.fd, 65536) if key.data is not None else b""
        if chunk:
            key.data.take(chunk)
        else:
            watch.unregister(key.fileobj)
