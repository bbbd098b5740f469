"""What of the host one run in a sandbox sees."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from callboard.errors import SandboxUnavailableError
from worker.confinement import bubblewrap, grants

DEVICES = ("null", "zero", "full", "random", "urandom")
FACTS = ("cpuinfo", "meminfo", "stat")


@dataclass(frozen=True)
class Places:
    """The folders that a run may write and read, besides the system's own; `cwd` lies in one of them."""

    cwd: Path
    writable: tuple[Path, ...]
    readable: tuple[Path, ...]
    network: bool

    def asked(self) -> tuple[Path, ...]:
        """What its user must be able to read."""
        return (*grants.python(), *self.readable, *self.writable)

    def landlock(self) -> dict[str, Any]:
        """The same as Landlock is told."""
        devices, facts = (f"/dev/{name}" for name in DEVICES), (f"/proc/{name}" for name in FACTS)
        readable = [*grants.SYSTEM, *grants.etc(self.network), *grants.python(), *facts, *self.readable]
        return {
            "readable": [str(path) for path in readable],
            "writable": [str(path) for path in (*self.writable, *devices, *grants.shared_memory())],
            "network": self.network,
        }

    def bubblewrap(self, scratch_bytes: int) -> list[str]:
        """The same as a command line, up to the program to run. Raises SandboxUnavailableError without bubblewrap."""
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
