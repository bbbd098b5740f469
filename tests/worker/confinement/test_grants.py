"""Tests of what a sandboxed program may see of its host."""

import os
from pathlib import Path

import pytest

from worker.confinement import grants


def test_shared_memory_that_holds_semaphores_alone_is_granted(tmp_path: Path) -> None:
    (tmp_path / "sem.mp-1").touch()
    assert grants.shared_memory(tmp_path) == [tmp_path]


def test_shared_memory_that_holds_what_could_be_read_is_not(tmp_path: Path) -> None:
    (tmp_path / "sem.mp-1").touch()
    (tmp_path / "PostgreSQL.1").touch()
    assert grants.shared_memory(tmp_path) == []


@pytest.mark.skipif(os.geteuid() == 0, reason="root can read everything")
def test_what_only_others_can_read_there_does_not_matter(tmp_path: Path) -> None:
    (tmp_path / "PostgreSQL.1").touch(mode=0)
    assert grants.shared_memory(tmp_path) == [tmp_path]


def test_a_host_without_shared_memory_has_none_to_grant(tmp_path: Path) -> None:
    assert grants.shared_memory(tmp_path / "shm") == []
