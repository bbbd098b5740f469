"""Runs a stranger's program with no network, no secrets and hard limits, and leaves nothing of it behind."""

import json
import math
import os
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import Any

from callboard.errors import SandboxUnavailableError
from worker.confinement import bubblewrap, confine, grants, landlock, powers, seccomp
from worker.confinement.places import Places
from worker.confinement.run import USUAL, Completed, Limits, Run
from worker.sources import tree

TIERS = ("bubblewrap", "landlock")
START = (
    "import sys; sys.path.insert(0, sys.argv[2]); "
    "from worker.confinement import confine; confine.main(int(sys.argv[1]))"
)


class Sandbox:
    """One attempt's sandbox: runs programs on a tier that `find_tier` named, until `stop` is set."""

    def __init__(self, tier: str, stop: threading.Event) -> None:
        self.tier = tier
        self.user = powers.spare_user()
        self.stop = stop

    def run(
        self,
        argv: Sequence[str],
        *,
        cwd: Path,
        writable: Sequence[Path] = (),
        readable: Sequence[Path] = (),
        env: Mapping[str, str] | None = None,
        limits: Limits = USUAL,
        network: bool = False,
        stdin: bytes = b"",
    ) -> Completed:
        """Runs `argv` and waits for it; only `writable` and `readable` are seen, at their own paths.

        `cwd` must lie in one of them. The environment is PATH, HOME, LANG, TMPDIR and `env`. Time-out and stop are told
        in the answer. Raises SandboxUnavailableError when the sandbox itself could not be set up.
        """
        with self._scratch() as (home, scratch):
            places = Places(cwd, (*writable, *scratch), tuple(readable), network)
            self._lend_tops(places.writable)
            order = self._order(argv, places, limits) | {"env": _environment(home, env or {})}
            with _memory_file(json.dumps(order).encode("utf-8", "surrogateescape")) as order_fd, _input(stdin) as given:
                if self.stop.is_set():
                    return Completed(tuple(argv), 128 + signal.SIGKILL, b"", b"", stopped=True)
                run = self._start(tuple(argv), places, limits, order_fd, given)
                completed = run.wait(self.stop)
                answer = os.pread(order_fd, 4096, 0)
        if answer != confine.READY and not (completed.stopped or completed.timed_out):
            told = completed.error_text.strip() if answer.startswith(b"{") else answer.decode("utf-8", "replace")
            raise SandboxUnavailableError(f"The {self.tier} sandbox could not start {argv[0]}: {told}")
        return completed

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

    def _order(self, argv: Sequence[str], places: Places, limits: Limits) -> dict[str, Any]:
        own = self.tier == "bubblewrap"
        filtered: dict[str, Any] = {
            "sockets": seccomp.INTERNET if places.network else seccomp.PRIVATE if own else (),
            "private_ipc": own,
            "cuts": own or landlock.judges_truncation(),
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

    def _start(self, argv: tuple[str, ...], places: Places, limits: Limits, order_fd: int, given: int) -> Run:
        shim = [sys.executable, "-I", "-S", "-c", START, str(order_fd), str(grants.shim().parent)]
        if self.tier == "bubblewrap":
            shim = [*places.bubblewrap(limits.file_bytes), *shim]
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
        return Run(process, argv, limits, supervised=self.tier == "landlock")


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
