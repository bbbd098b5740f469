"""A sandbox of either tier, and settings for workspaces in a test's own folder."""

import threading
from pathlib import Path

import pytest

from callboard.settings import Settings
from worker.sandbox import Sandbox, find_tier


@pytest.fixture(params=["bubblewrap", "landlock"])
def sandbox(request: pytest.FixtureRequest) -> Sandbox:
    return Sandbox(find_tier(request.param), threading.Event())


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
