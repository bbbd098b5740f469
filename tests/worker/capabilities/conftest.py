"""Workspaces on real folders, and one verb to perform a built-in capability there."""

import logging
import shutil
import sys
import tempfile
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from callboard.capabilities import Result
from worker.catalogue import discover
from worker.context import Context, WorkingAgent
from worker.sandbox import Completed, Limits, Sandbox, find_tier

RUFF = {
    "argv": [sys.executable, "-I", "-m", "ruff", "check", "--isolated", "--no-cache", "--output-format", "sarif"],
    "reads": "sarif",
    "suffixes": [".py"],
}
SHOP = Path(__file__).parents[3] / "examples" / "shop"


@dataclass
class Workspace:
    path: Path
    scratch: Path
    commit: str | None = None
    dirty: bool = False

    def run(self, argv: list[str], *, seconds: float | None = None, **given: Any) -> Completed:
        sandbox = Sandbox(find_tier(), threading.Event())
        sandbox.lend(self.path)
        sandbox.lend(self.scratch)
        limits = Limits(seconds=seconds or 300)
        return sandbox.run(argv, cwd=self.path, writable=[self.path, self.scratch], limits=limits, **given)

    def files(self, *suffixes: str) -> list[str]:
        files = [path for path in sorted(self.path.rglob("*")) if path.is_file()]
        return [
            path.relative_to(self.path).as_posix()
            for path in files
            if (not suffixes or path.name.endswith(suffixes)) and ".git" not in path.parts
        ]

    def line(self, path: str, number: int) -> str:
        if not (self.path / path).is_file():
            return ""
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
        scratch = Path(tempfile.mkdtemp(dir=tmp_path))
        context = Context(
            operation_id="0199aaaa-0000-7000-8000-000000000001",
            attempt=1,
            project_id="shop",
            agent=WorkingAgent("agent", "Agent", settings or {"commands": {"command": RUFF}}),
            log=logging.getLogger("test"),
            capability=name,
        )
        capability = discover()[name]
        result = capability(Workspace(folder, scratch), capability.parse(parameters), context)
        return Performed(
            result, {item.name: item.content.decode("utf-8", "replace") for item in context.artifacts.values()}
        )

    return perform
