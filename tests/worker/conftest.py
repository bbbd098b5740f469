"""A sandbox of either tier, and settings for workspaces in a test's own folder."""

import ctypes
import struct
import subprocess
import threading
from collections.abc import Iterator
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


@pytest.fixture
def ordinary() -> Iterator[None]:
    """Takes from root, for this thread, what lets it read files of any mode."""
    libc, header, kept = ctypes.CDLL(None), struct.pack("=Ii", 0x20080522, 0), (ctypes.c_uint32 * 6)()
    libc.capget(header, kept)
    libc.capset(header, (ctypes.c_uint32 * 6)(kept[0] & ~0b110, *kept[1:]))
    yield
    libc.capset(header, kept)
