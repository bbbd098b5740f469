"""Runs a stranger's program with no network, no secrets and hard limits, and leaves nothing of it behind."""

import json
import math
import os
import selectors
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from callboard.errors import SandboxUnavailableError
from worker.confinement import bubblewrap, confine, grants, powers, seccomp
from worker.sources import tree

TIERS = ("bubblewrap", "landlock")
LOOK = 0.2  # seconds between two looks at the stop event
PATIENCE = 10.0  # seconds that a killed sandbox has to end what it holds before it is given up
START = (
    "import sys; sys.path.insert(0, sys.argv[2]); "
    "from worker.confinement import confine; confine.main(int(sys.argv[1]))"
)


@dataclass(frozen=True)
class Limits:
    """What one run may use: wall-clock seconds for all of it, bytes of memory and of a file for each process."""

    seconds: float = 300
    memory_bytes: int = 2 << 30
    processes: int = 256
    file_bytes: int = 512 << 20
    output_bytes: int = 10 << 20


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


class Sandbox:
    """One attempt's sandbox: runs programs on a tier that `find_tier` named, until `stop` is set."""

    def __init__(self, tier: str, stop: threading.Event) -> None:
        self.tier = tier
        self.user = powers.spare_user()
        self.stop = stop
        self._running: set[int] = set()
        self._lock = threading.Lock()

    def run(
        self,
        argv: Sequence[str],
        *,
        cwd: Path,
        writable: Sequence[Path] = (),
        readable: Sequence[Path] = (),
        env: Mapping[str, str] | None = None,
        limits: Limits = Limits(),
        network: bool = False,
        stdin: bytes = b"",
    ) -> Completed:
        """Runs `argv` and waits for it; only `writable` and `readable` are seen, at their own paths.

        `cwd` must lie in one of them. The environment is PATH, HOME, LANG, TMPDIR and `env`. Time-out and stop are told
        in the answer. Raises SandboxUnavailableError when the sandbox itself could not be set up.
        """
        with self._scratch() as (home, scratch):
            places = _Places(cwd, (*writable, *scratch), tuple(readable), network)
            self._lend_tops(places.writable)
            order = self._order(argv, places, limits) | {"env": _environment(home, env or {})}
            with _memory_file(json.dumps(order).encode("utf-8", "surrogateescape")) as order_fd, _input(stdin) as given:
                if self.stop.is_set():
                    return Completed(tuple(argv), 128 + signal.SIGKILL, b"", b"", stopped=True)
                process = self._start(places, limits, order_fd, given)
                completed = self._wait(process, tuple(argv), limits)
                answer = os.pread(order_fd, 4096, 0)
        if answer != confine.READY and not (completed.stopped or completed.timed_out):
            told = completed.error_text.strip() if answer.startswith(b"{") else answer.decode("utf-8", "replace")
            raise SandboxUnavailableError(f"The {self.tier} sandbox could not start {argv[0]}: {told}")
        return completed

    def kill(self) -> None:
        """Ends everything that runs in this sandbox now, and lets nothing start any more; for any thread."""
        self.stop.set()
        with self._lock:
            for leader in self._running:
                self._end(leader)

    def lend(self, folder: Path) -> None:
        """Makes the sandbox's user the owner of a folder and all in it, where that user is not the worker's own."""
        if self.user is None:
            return
        os.chown(folder, self.user, self.user)
        for place, folders, files in os.walk(folder):
            for name in (*folders, *files):
                os.chown(os.path.join(place, name), self.user, self.user, follow_symlinks=False)

    @contextmanager
    def _scratch(self) -> Iterator[tuple[str, tuple[Path, ...]]]:
        """The home inside, and the host's folder that it needs: none where the sandbox has a /tmp of its own."""
        if self.tier == "bubblewrap":
            yield bubblewrap.HOME, ()
            return
        folder = Path(tempfile.mkdtemp(prefix="callboard-"))
        try:
            (folder / "home").mkdir()
            self.lend(folder)
            yield str(folder / "home"), (folder,)
        finally:
            with suppress(OSError):
                tree.remove(folder)

    def _lend_tops(self, folders: Sequence[Path]) -> None:
        for folder in folders:
            if self.user is not None and folder.stat().st_uid == 0:
                os.chown(folder, self.user, self.user)

    def _order(self, argv: Sequence[str], places: "_Places", limits: Limits) -> dict[str, Any]:
        own = self.tier == "bubblewrap"
        filtered: dict[str, Any] = {
            "sockets": seccomp.INTERNET if places.network else seccomp.PRIVATE if own else (),
            "private_ipc": own,
            "protected": [] if own else [os.getpid(), os.getppid()],
        }
        return {
            "argv": list(argv),
            "cwd": str(places.cwd),
            "worker": os.getpid(),
            "uid": self.user,
            "reads_anywhere": not powers.reaches(self.user, places.asked(), whole_path=not own),
            "rlimits": _rlimits(limits, 0 if self.user is not None else powers.tasks_of(os.getuid())),
            "seccomp": filtered if seccomp.supported() else None,
            "landlock": None if own else places.landlock(),
        }

    def _start(self, places: "_Places", limits: Limits, order_fd: int, given: Any) -> "subprocess.Popen[bytes]":
        shim = [sys.executable, "-I", "-S", "-c", START, str(order_fd), str(grants.shim().parent)]
        if self.tier == "bubblewrap":
            shim = [*places.bubblewrap(limits.file_bytes), *shim]
        with self._lock:
            process = subprocess.Popen(
                shim,
                cwd="/",
                env={"PATH": grants.search_path(), "LANG": "C.UTF-8"},
                stdin=given,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                pass_fds=(order_fd,),
                start_new_session=True,
            )
            self._running.add(process.pid)
        return process

    def _wait(self, process: "subprocess.Popen[bytes]", argv: tuple[str, ...], limits: Limits) -> Completed:
        """Reads both outputs until the process has ended; ends it itself on time-out or stop."""
        outputs = [_Output(limits.output_bytes), _Output(limits.output_bytes)]
        with process, _watch(process, outputs) as watch:
            try:
                stopped, timed_out = self._read_to_end(process.pid, watch, limits.seconds)
            except BaseException:
                self._end(process.pid)
                raise
            finally:
                with self._lock:
                    self._running.discard(process.pid)
        stopped = stopped or (self.stop.is_set() and not timed_out)
        truncated = any(output.truncated for output in outputs)
        stdout, stderr = (bytes(output.data) for output in outputs)
        return Completed(argv, process.returncode, stdout, stderr, timed_out, stopped, truncated)

    def _read_to_end(self, leader: int, watch: selectors.BaseSelector, seconds: float) -> tuple[bool, bool]:
        """Reads until everything has ended; answers whether it was stopped, and whether its time ran out."""
        deadline = time.monotonic() + seconds
        stopped = timed_out = False
        while watch.get_map():
            left = deadline - time.monotonic()
            if not (stopped or timed_out):
                stopped = self.stop.is_set()
                timed_out = not stopped and left <= 0
                if stopped or timed_out:
                    self._end(leader)
                    deadline = time.monotonic() + PATIENCE
            elif left <= 0:
                with suppress(ProcessLookupError):
                    os.killpg(leader, signal.SIGKILL)
                break
            _read(watch, min(LOOK, max(0.0, left)))
        return stopped, timed_out

    def _end(self, leader: int) -> None:
        """Ends a run: bubblewrap's by killing its process 1 inside, the other by telling its supervisor."""
        with suppress(ProcessLookupError, FileNotFoundError):
            children = Path(f"/proc/{leader}/task/{leader}/children").read_text().split()
            if self.tier == "landlock" or not children:
                os.kill(leader, signal.SIGTERM)
            else:
                os.kill(int(children[0]), signal.SIGKILL)


@dataclass(frozen=True)
class _Places:
    """What one run sees."""

    cwd: Path
    writable: tuple[Path, ...]
    readable: tuple[Path, ...]
    network: bool

    def asked(self) -> tuple[Path, ...]:
        return (*grants.python(), *self.readable, *self.writable)

    def landlock(self) -> dict[str, Any]:
        devices = [f"/dev/{name}" for name in ("null", "zero", "full", "random", "urandom")]
        facts = [f"/proc/{name}" for name in ("cpuinfo", "meminfo", "stat")]
        readable = [*grants.SYSTEM, *grants.etc(self.network), *grants.python(), *facts, *self.readable]
        return {
            "readable": [str(path) for path in readable],
            "writable": [str(path) for path in (*self.writable, *devices, *grants.shared_memory())],
            "network": self.network,
        }

    def bubblewrap(self, scratch_bytes: int) -> list[str]:
        program = bubblewrap.program()
        if program is None:
            raise SandboxUnavailableError("There is no bubblewrap: install the package `bubblewrap`")
        return bubblewrap.command(
            program,
            cwd=self.cwd,
            writable=self.writable,
            readable=self.readable,
            network=self.network,
            scratch_bytes=scratch_bytes,
        )


@cache
def find_tier(wanted: str = "auto") -> str:
    """The strongest tier that really works here, or the wanted one. Raises SandboxUnavailableError saying why not."""
    if not sys.platform.startswith("linux"):
        raise SandboxUnavailableError(
            f"This system ({sys.platform}) has no sandbox that Callboard knows: run the worker on Linux"
        )
    reasons = []
    for tier in TIERS if wanted == "auto" else (wanted,):
        try:
            _probe(tier)
        except SandboxUnavailableError as error:
            reasons.append(str(error))
        else:
            return tier
    raise SandboxUnavailableError(
        f"{'; '.join(reasons)}. Install bubblewrap and allow user namespaces, or use a kernel with Landlock"
    )


def _probe(tier: str) -> None:
    if tier == "landlock" and not seccomp.supported():
        raise SandboxUnavailableError("The landlock sandbox does not know this machine's architecture")
    with tempfile.TemporaryDirectory(prefix="callboard-") as folder:
        completed = Sandbox(tier, threading.Event()).run(["true"], cwd=Path(folder), writable=[Path(folder)])
    if completed.returncode != 0:
        raise SandboxUnavailableError(f"The {tier} sandbox does not work: {completed.error_text.strip()}")


def _environment(home: str, extra: Mapping[str, str]) -> dict[str, str]:
    return {
        "PATH": grants.search_path(),
        "HOME": home,
        "LANG": "C.UTF-8",
        "TMPDIR": str(Path(home).parent),
        **extra,
    }


def _rlimits(limits: Limits, already: int) -> dict[str, int]:
    """Limits by the kernel's names; the kernel counts all processes of a user, so those that run already are added."""
    return {
        "RLIMIT_AS": limits.memory_bytes,
        "RLIMIT_NPROC": limits.processes + already,
        "RLIMIT_FSIZE": limits.file_bytes,
        "RLIMIT_CPU": math.ceil(limits.seconds) + 1,
        "RLIMIT_NOFILE": 1024,
        "RLIMIT_CORE": 0,
    }


@contextmanager
def _memory_file(content: bytes) -> Iterator[int]:
    """A file without a name that holds `content`, read from its start."""
    descriptor = os.memfd_create("callboard")
    try:
        with open(descriptor, "wb", closefd=False) as file:
            file.write(content)
        os.lseek(descriptor, 0, os.SEEK_SET)
        yield descriptor
    finally:
        os.close(descriptor)


@contextmanager
def _input(content: bytes) -> Iterator[int]:
    if not content:
        yield subprocess.DEVNULL
        return
    with _memory_file(content) as descriptor:
        yield descriptor


@contextmanager
def _watch(process: "subprocess.Popen[bytes]", outputs: Sequence[_Output]) -> Iterator[selectors.BaseSelector]:
    """A selector over both outputs and the end of the process itself."""
    ended = os.pidfd_open(process.pid)
    try:
        with selectors.DefaultSelector() as watch:
            for stream, output in zip((process.stdout, process.stderr), outputs, strict=True):
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
