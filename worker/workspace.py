"""A pinned checkout of a project's source, and the only place where its files are read or its tools run."""

import fcntl
import logging
import os
import re
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from callboard.errors import AttemptLostError, OperationTimeoutError, SourceUnavailableError
from callboard.settings import Settings
from worker.confined import read_confined
from worker.confinement.run import Completed, Limits
from worker.sandbox import Sandbox
from worker.sources import local, remote, tree

NEWLINE = re.compile(r"\r\n?|\n")
PREFIX = "checkout-"
SETTLED_SECONDS = 60
"""A checkout younger than this may not be held yet."""

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Workspace:
    """The files of one project at one commit, for one attempt; `scratch` is a second writable folder, for reports."""

    path: Path
    ref: str | None
    commit: str | None
    dirty: bool | None
    sandbox: Sandbox
    scratch: Path
    _sources: dict[str, list[str]] = field(default_factory=dict, repr=False, compare=False)

    def run(
        self,
        argv: Sequence[str],
        *,
        seconds: float | None = None,
        env: Mapping[str, str] | None = None,
        readable: Sequence[Path] = (),
        writable: Sequence[Path] = (),
        network: bool = False,
        stdin: bytes = b"",
        cwd: Path | None = None,
    ) -> Completed:
        """Runs a tool on the files, in the sandbox; its exit code is the caller's to judge.

        Raises OperationTimeoutError after `seconds`, AttemptLostError when the attempt was stopped.
        """
        limits = Limits() if seconds is None else Limits(seconds=seconds)
        completed = self.sandbox.run(
            argv,
            cwd=cwd or self.path,
            writable=(self.path, self.scratch, *writable),
            readable=readable,
            env=env,
            limits=limits,
            network=network,
            stdin=stdin,
        )
        if completed.stopped:
            raise AttemptLostError(f"The attempt was stopped while {argv[0]} ran")
        if completed.timed_out:
            raise OperationTimeoutError(f"{argv[0]} did not end within {limits.seconds:g} seconds")
        return completed

    def files(self, *suffixes: str) -> list[str]:
        """The project's regular files, relative and in order; with suffixes such as `.py`, only those."""
        names = (name for name in tree.walk(self.path) if not suffixes or name.endswith(suffixes))
        return sorted(name for name in names if not os.path.islink(self.path / name) and (self.path / name).is_file())

    def line(self, path: str, number: int) -> str:
        """A line of a source file without its end, counted from 1; empty where there is none."""
        lines = self.lines(path)
        return lines[number - 1] if 0 < number <= len(lines) else ""

    def lines(self, path: str) -> list[str]:
        """The lines of a source file without their newlines; none where no such file is inside, or it is too large."""
        if path not in self._sources:
            source = read_confined(self.path, path)
            self._sources[path] = [] if source is None else NEWLINE.split(source.decode("utf-8", "replace"))
        return self._sources[path]


class WhenUsed:
    """A workspace that is opened when a handler first uses it: work that needs no files pays for none."""

    def __init__(self, open: Callable[[], Workspace]) -> None:
        self._open = open

    @cached_property
    def _workspace(self) -> Workspace:
        return self._open()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._workspace, name)


@contextmanager
def checkout(
    source: Mapping[str, Any], *, ref: str | None, project_id: str, sandbox: Sandbox, settings: Settings
) -> Iterator[Workspace]:
    """The project's files in a folder of their own, which is gone afterwards.

    `source` is `{path}` or `{git, ref?, credential?}`; `ref` comes before the source's. Raises SourceUnavailableError.
    """
    folder = Path(tempfile.mkdtemp(prefix=PREFIX, dir=work_dir(settings, sandbox)))
    held = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    fcntl.flock(held, fcntl.LOCK_EX)
    try:
        if sandbox.user is not None:
            folder.chmod(0o711)
        target, scratch = folder / "tree", folder / "scratch"
        target.mkdir()
        scratch.mkdir()
        ref = ref or source.get("ref")
        filled = _fill(source, ref=ref, project_id=project_id, sandbox=sandbox, settings=settings, folder=folder)
        if filled.left_out:
            log.warning("%s: %d links, devices or unreadable names were left out", project_id, filled.left_out)
        sandbox.lend(target)
        sandbox.lend(scratch)
        yield Workspace(target, ref, filled.commit, filled.dirty, sandbox, scratch)
    finally:
        _give_up(folder, held)


def remove_leftovers(settings: Settings) -> int:
    """Removes the checkouts of attempts that were killed, which nobody holds any more; answers how many."""
    gone = 0
    for folder in settings.work_dir.glob(f"{PREFIX}*"):
        try:
            gone += _remove_unheld(folder)
        except (FileNotFoundError, BlockingIOError):
            continue
        except OSError as error:
            log.warning("a leftover stays, remove it by hand: %s", error)
    return gone


def _remove_unheld(folder: Path) -> bool:
    if time.time() - folder.stat().st_mtime < SETTLED_SECONDS:
        return False
    free = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(free, fcntl.LOCK_EX | fcntl.LOCK_NB)
        tree.remove(folder)
    finally:
        os.close(free)
    return True


def work_dir(settings: Settings, sandbox: Sandbox) -> Path:
    """The folder for checkouts, made where missing. Raises SourceUnavailableError when it is another user's."""
    folder = settings.work_dir
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    folder = folder.resolve()
    if folder.stat().st_uid != os.geteuid():
        raise SourceUnavailableError(
            f"{folder} belongs to another user: set CALLBOARD_WORK_DIR to a folder of your own"
        )
    # an unprivileged user of a root worker must pass through, though not look
    folder.chmod(0o700 if sandbox.user is None else 0o711)
    return folder


def _give_up(folder: Path, held: int) -> None:
    """Removes a checkout and lets its lock go; one that cannot be removed is left to the keeper."""
    try:
        tree.remove(folder)
    except OSError:
        log.warning("%s could not be removed now and is left to the keeper", folder, exc_info=True)
    finally:
        os.close(held)


def _fill(
    source: Mapping[str, Any], *, ref: str | None, project_id: str, sandbox: Sandbox, settings: Settings, folder: Path
) -> local.Filled:
    target, scratch = folder / "tree", folder / "scratch"
    if "path" in source:
        path = str(source["path"])
        return local.fill(path, ref=ref, sandbox=sandbox, settings=settings, target=target, scratch=scratch)
    if "git" in source:
        url = str(source["git"])
        if url.startswith(local.FILE_URL):
            return local.fill_repository(
                url, ref=ref, sandbox=sandbox, settings=settings, target=target, scratch=scratch
            )
        checked = remote.check(url, credential=source.get("credential"), project_id=project_id, settings=settings)
        return remote.fill(checked, ref=ref, sandbox=sandbox, target=target, scratch=scratch)
    raise SourceUnavailableError(f"The project {project_id!r} has a source without `path` or `git`")
