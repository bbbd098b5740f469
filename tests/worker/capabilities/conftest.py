"""Workspaces on real folders, and one verb to perform a built-in capability there."""

import logging
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from callboard.capabilities import Result
from worker.catalogue import discover
from worker.context import Context, WorkingAgent

SHOP = Path(__file__).parents[3] / "examples" / "shop"


@dataclass
class Completed:
    returncode: int
    stdout: bytes
    stderr: bytes
    timed_out = stopped = truncated = False

    @property
    def text(self) -> str:
        return self.stdout.decode("utf-8", "replace")

    @property
    def error_text(self) -> str:
        return self.stderr.decode("utf-8", "replace")


@dataclass
class Workspace:
    path: Path
    scratch: Path
    commit: str | None = None
    dirty: bool = False

    def run(self, argv: list[str], *, stdin: bytes = b"", env: Any = None, **limits: Any) -> Completed:
        environment = {"PATH": "/usr/bin:/bin", "HOME": str(self.scratch), "LC_ALL": "C.UTF-8"} | (env or {})
        done = subprocess.run(argv, cwd=self.path, input=stdin, env=environment, capture_output=True, check=False)
        return Completed(done.returncode, done.stdout, done.stderr)

    def files(self, *suffixes: str) -> list[str]:
        files = [path for path in sorted(self.path.rglob("*")) if path.is_file()]
        return [
            path.relative_to(self.path).as_posix()
            for path in files
            if (not suffixes or path.name.endswith(suffixes)) and ".git" not in path.parts
        ]

    def line(self, path: str, number: int) -> str:
        lines = (self.path / path).read_text(encoding="utf-8", errors="replace").splitlines()
        return lines[number - 1] if 0 < number <= len(lines) else ""


@dataclass
class Performed:
    """What an operation left: its result, and its artifacts' text by name."""

    result: Result
    artifacts: dict[str, str]


Perform = Callable[..., Performed]


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """A copy of examples/shop that a test may change."""
    return Path(shutil.copytree(SHOP, tmp_path / "shop", ignore=shutil.ignore_patterns("__pycache__", ".*cache")))


@pytest.fixture
def perform(tmp_path: Path) -> Perform:
    """Performs a capability on a folder as the executor would."""

    def perform(name: str, folder: Path, *, settings: dict[str, Any] | None = None, **parameters: Any) -> Performed:
        scratch = tmp_path / "scratch"
        scratch.mkdir(exist_ok=True)
        context = Context(
            operation_id="0199aaaa-0000-7000-8000-000000000001",
            attempt=1,
            project_id="shop",
            agent=WorkingAgent("agent", "Agent", settings or {}),
            log=logging.getLogger("test"),
            capability=name,
        )
        capability = discover()[name]
        result = capability(Workspace(folder, scratch), capability.parse(parameters), context)
        return Performed(
            result, {item.name: item.content.decode("utf-8", "replace") for item in context.artifacts.values()}
        )

    return perform
