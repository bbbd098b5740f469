"""A sandbox of either tier, and settings for workspaces in a test's own folder."""

import threading
from pathlib import Path

import pytest

from callboard.errors import SandboxUnavailableError
from callboard.settings import Settings
from worker.sandbox import Sandbox, find_tier


@pytest.fixture(params=["bubblewrap", "landlock"])
def sandbox(request: pytest.FixtureRequest) -> Sandbox:
    return of_tier(request.param)


def of_tier(name: str) -> Sandbox:
    """A sandbox of this tier; a host may refuse one of them, and has no tests of it then."""
    try:
        return Sandbox(find_tier(name), threading.Event())
    except SandboxUnavailableError as error:
        pytest.skip(str(error))


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
