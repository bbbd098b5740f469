"""A sandbox of either tier, and settings for workspaces in a test's own folder."""

import subprocess
import threading
from functools import cache
from pathlib import Path

import pytest

from callboard.settings import Settings
from worker.confinement import bubblewrap, landlock
from worker.sandbox import Sandbox, find_tier


@pytest.fixture(params=["bubblewrap", "landlock"])
def sandbox(request: pytest.FixtureRequest) -> Sandbox:
    return of_tier(request.param)


def of_tier(name: str) -> Sandbox:
    """A sandbox of this tier; a host may refuse one of them, whatever we ask of it, and has no tests of it then."""
    if is_refused(name):
        pytest.skip(f"this host refuses what the tier {name} is made of")
    return Sandbox(find_tier(name), threading.Event())


@cache
def is_refused(tier: str) -> bool:
    if tier == "landlock":
        return landlock.version() == 0
    program = bubblewrap.program()
    simplest = ("--unshare-all", "--ro-bind", "/", "/", "true")
    return tier == "bubblewrap" and (
        program is None or subprocess.run([program, *simplest], check=False).returncode != 0
    )


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    (tmp_path / "projects").mkdir()
    return Settings(
        database_url="postgresql://nobody@127.0.0.1/none",
        redis_url="redis://127.0.0.1:1/0",
        data_dir=tmp_path / "data",
        work_dir=tmp_path / "work",
        workspace_roots=(tmp_path / "projects",),
    )
