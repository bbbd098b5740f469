"""A project's source on this host: a folder, copied as git or plain sight tells, or a repository's commit."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote

from callboard.errors import SourceUnavailableError
from callboard.settings import Settings
from worker.sandbox import Sandbox
from worker.sources import tree
from worker.sources.git import Repository, check_ref

FILE_URL = "file://"


@dataclass(frozen=True)
class Filled:
    """What was put into a workspace: from which commit, changed since or not, and how many names were left out."""

    commit: str | None
    dirty: bool | None
    left_out: int


def fill(path: str, *, ref: str | None, sandbox: Sandbox, settings: Settings, target: Path, scratch: Path) -> Filled:
    """Copies the folder's files to `target`, or those of its commit `ref`.

    Raises SourceUnavailableError when the folder is not allowed, not there, or has no such commit.
    """
    folder = allowed(path, settings)
    hidden = [place.resolve() for place in (settings.data_dir, settings.work_dir)]
    repository = _repository(folder, hidden, sandbox=sandbox, roots=settings.workspace_roots)
    if ref is not None:
        return _export(repository, folder, ref, target=target, scratch=scratch)
    if repository is None:
        return Filled(None, None, tree.copy(folder, tree.walk(folder, without=hidden), target))
    return _copy_tracked(repository, folder, hidden, target)


def fill_repository(
    url: str, *, ref: str | None, sandbox: Sandbox, settings: Settings, target: Path, scratch: Path
) -> Filled:
    """Writes the files of the branch, tag or commit `ref`, or of HEAD, of the repository behind a file:// URL.

    Raises SourceUnavailableError when it is not allowed, no repository, or has no such commit.
    """
    folder = allowed(unquote(url.removeprefix(FILE_URL)), settings)
    dot_git = folder / ".git"
    directories = _git_directories(dot_git) if dot_git.exists() else [folder]
    for directory in directories:
        allowed(str(directory), settings)
    repository = Repository(directories[0], sandbox, readable=tuple(directories))
    commit = repository.commit(check_ref(ref) if ref else "HEAD")
    if commit is None:
        raise SourceUnavailableError(f"{url} is no git repository with a branch, tag or commit named {ref or 'HEAD'!r}")
    repository.export(commit, target=target, scratch=scratch)
    return Filled(commit, False, tree.prune(target))


def allowed(path: str, settings: Settings) -> Path:
    """The real folder behind a path source. Raises SourceUnavailableError when no project may lie there."""
    folder = Path(path).resolve()
    roots = [root.resolve() for root in settings.workspace_roots]
    if not any(folder.is_relative_to(root) for root in roots):
        told = ":".join(map(str, roots)) or "not set"
        raise SourceUnavailableError(
            f"{path} lies outside of CALLBOARD_WORKSPACE_ROOTS ({told}); name its folder there"
        )
    if any(folder.is_relative_to(own.resolve()) for own in (settings.data_dir, settings.work_dir)):
        raise SourceUnavailableError(f"{path} lies in Callboard's own data, which is never part of a workspace")
    if not folder.is_dir():
        raise SourceUnavailableError(f"{path} is no folder on the worker's host")
    if not os.access(folder, os.R_OK | os.X_OK, effective_ids=True):
        raise SourceUnavailableError(f"{path} cannot be read by the worker's user: let it read and enter that folder")
    return folder


def _copy_tracked(repository: Repository, folder: Path, hidden: Sequence[Path], target: Path) -> Filled:
    """Copies what is tracked or new; what git ignores stays behind."""
    prefix = _prefix(repository, folder)
    names = list(tree.walk(folder, without=hidden, nested=False))
    ignored = repository.ignored([prefix + name for name in names])
    names = [name for name in names if prefix + name not in ignored]
    here = f":(top,literal){prefix}"
    tracked = set(repository.ask("ls-files", "-z", "--", here))
    changed = repository.ask("status", "--porcelain", "-z", "--untracked-files=no", "--", here)
    dirty = bool(changed) or any(prefix + name not in tracked for name in names)
    return Filled(repository.commit("HEAD"), dirty, tree.copy(folder, names, target))


def _export(repository: Repository | None, folder: Path, ref: str, *, target: Path, scratch: Path) -> Filled:
    if repository is None:
        raise SourceUnavailableError(f"{folder} is no git work tree, so it has no {ref!r}")
    commit = repository.commit(check_ref(ref))
    if commit is None:
        raise SourceUnavailableError(f"{folder} has no branch, tag or commit named {ref!r}")
    prefix = _prefix(repository, folder).rstrip("/")
    repository.export(f"{commit}:{prefix}" if prefix else commit, target=target, scratch=scratch)
    return Filled(commit, False, tree.prune(target))


def _prefix(repository: Repository, folder: Path) -> str:
    assert repository.work_tree is not None
    inside = os.path.relpath(folder, repository.work_tree)
    return "" if inside == "." else f"{inside}/"


def _repository(folder: Path, hidden: Sequence[Path], *, sandbox: Sandbox, roots: Sequence[Path]) -> Repository | None:
    """The git work tree that the folder is, or is part of; git never sees more than the allowed roots."""
    inside = [
        place for place in (folder, *folder.parents) if any(place.is_relative_to(root.resolve()) for root in roots)
    ]
    top = next((place for place in inside if (place / ".git").exists()), None)
    if top is None:
        return None
    directories = _git_directories(top / ".git")
    if not all(any(path.is_relative_to(root.resolve()) for root in roots) for path in directories):
        return None
    rules = [place / ".gitignore" for place in inside if place.is_relative_to(top)]
    readable = (*directories, *_around(folder, hidden), *(rule for rule in rules if rule.is_file()))
    return Repository(directories[0], sandbox, work_tree=top, readable=tuple(dict.fromkeys(readable)))


def _git_directories(dot_git: Path) -> list[Path]:
    """The git directory behind `.git`, and the one that it shares objects with when it is a linked work tree."""
    directory = dot_git.resolve()
    if dot_git.is_file():
        pointer = dot_git.read_text(encoding="utf-8", errors="surrogateescape").removeprefix("gitdir:").strip()
        directory = (dot_git.parent / pointer).resolve()
    shared = directory / "commondir"
    if not shared.is_file():
        return [directory]
    return [directory, (directory / shared.read_text(encoding="utf-8").strip()).resolve()]


def _around(folder: Path, hidden: Sequence[Path]) -> list[Path]:
    """The fewest paths that together are `folder` without what is hidden."""
    if folder in hidden:
        return []
    if not any(place.is_relative_to(folder) for place in hidden):
        return [folder]
    return [path for child in sorted(folder.iterdir()) if not child.is_symlink() for path in _around(child, hidden)]
