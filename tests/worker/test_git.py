"""What a git call that goes wrong is told as."""

from pathlib import Path

import pytest

from callboard.errors import AttemptLostError, SourceUnavailableError
from worker.confinement.run import Limits
from worker.sandbox import Sandbox
from worker.sources import git
from worker.sources.git import Repository


@pytest.fixture
def nowhere(tmp_path: Path, sandbox: Sandbox) -> Repository:
    """A folder that is no repository, taken for one."""
    (tmp_path / "tree").mkdir()
    return Repository(tmp_path, sandbox, work_tree=tmp_path / "tree", readable=(tmp_path,))


def test_a_call_that_fails_is_told_in_gits_last_line(nowhere: Repository) -> None:
    with pytest.raises(SourceUnavailableError, match=r"git ls-files failed: fatal: not a git repository"):
        nowhere.ask("ls-files", "-z")
    with pytest.raises(SourceUnavailableError, match="git check-ignore failed"):
        nowhere.ignored(["file"])


def test_a_tree_that_cannot_be_checked_out_is_named(nowhere: Repository, tmp_path: Path) -> None:
    (tmp_path / "scratch").mkdir()
    with pytest.raises(SourceUnavailableError, match="git could not check out no-such-tree"):
        nowhere.export("no-such-tree", target=tmp_path / "tree", scratch=tmp_path / "scratch")


def test_a_call_that_takes_too_long_is_told(nowhere: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(git, "LIMITS", Limits(seconds=0))
    with pytest.raises(SourceUnavailableError, match="git hash-object did not end within 0 seconds"):
        nowhere.git("hash-object", "--stdin-paths")


def test_a_stopped_attempt_reads_no_source(nowhere: Repository) -> None:
    nowhere.sandbox.stop.set()
    with pytest.raises(AttemptLostError, match="was stopped while git read"):
        nowhere.git("version")
