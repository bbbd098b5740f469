"""Workspaces on real folders, and one verb to perform a built-in capability there."""

import logging
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from callboard.capabilities import Result
from callboard.settings import load_settings
from worker.catalogue import discover
from worker.context import Context, WorkingAgent
from worker.sandbox import Sandbox, find_tier
from worker.workspace import checkout

RUFF = {
    "argv": [sys.executable, "-I", "-m", "ruff", "check", "--isolated", "--no-cache", "--output-format", "sarif"],
    "reads": "sarif",
    "suffixes": [".py"],
}
SHOP = Path(__file__).parents[3] / "examples" / "shop"


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
    """Performs a capability on a checkout of a folder, as the executor would."""
    configuration = load_settings(
        database_url="postgresql://nobody@127.0.0.1/none",
        redis_url="redis://127.0.0.1:1",
        work_dir=tmp_path / "work",
        workspace_roots=(tmp_path,),
    )

    def perform(
        name: str, folder: Path, *, tier: str = "auto", settings: Any = None, policy: Any = None, **parameters: Any
    ) -> Performed:
        context = Context(
            operation_id="0199aaaa-0000-7000-8000-000000000001",
            attempt=1,
            project_id="shop",
            agent=WorkingAgent("agent", "Agent", settings or {"commands": {"command": RUFF}}),
            log=logging.getLogger("test"),
            capability=name,
            policy=policy or {},
        )
        capability, sandbox = discover()[name], Sandbox(find_tier(tier), context.stop)
        source = {"path": str(folder)}
        with checkout(source, ref=None, project_id="shop", sandbox=sandbox, settings=configuration) as workspace:
            result = capability(workspace, capability.parse(parameters), context)
        artifacts = {item.name: item.content.decode("utf-8", "replace") for item in context.artifacts.values()}
        return Performed(result, artifacts)

    return perform
