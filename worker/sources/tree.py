"""Copies and lists a project's files: regular files and links that stay inside, nothing else."""

import os
import shutil
import stat
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

JUNK = frozenset({".git", "node_modules", "__pycache__"})


def walk(folder: Path, *, without: Sequence[Path] = (), nested: bool = True) -> Iterator[str]:
    """Every name below `folder` that is no folder, relative and in order, but junk and virtual environments.

    `without` are folders to pass over; with `nested` false so are other git work trees inside this one. A folder that
    cannot be read is told as a name of its own, which `copy` leaves out.
    """
    hidden = {str(path) for path in without}
    waiting = [("", str(folder))]
    while waiting:
        prefix, place = waiting.pop()
        try:
            entries = sorted(os.scandir(place), key=lambda entry: entry.name)
        except OSError:
            yield prefix.rstrip("/")
            continue
        names = {entry.name for entry in entries}
        if prefix and ("pyvenv.cfg" in names or (not nested and ".git" in names)):
            continue
        below = []
        for entry in entries:
            if entry.name in JUNK or entry.path in hidden:
                continue
            if entry.is_dir(follow_symlinks=False):
                below.append((f"{prefix}{entry.name}/", entry.path))
            else:
                yield prefix + entry.name
        waiting += reversed(below)


def copy(source: Path, names: Iterable[str], target: Path) -> int:
    """Copies these names of `source`; answers how many it left out: devices, links out of it, what cannot be read."""
    real = os.path.realpath(source)
    left_out = 0
    made: set[str] = set()
    for name in names:
        origin, place = f"{source}/{name}", f"{target}/{name}"
        if (parent := os.path.dirname(place)) not in made:
            os.makedirs(parent, exist_ok=True)
            made.add(parent)
        try:
            kept = _copy_link(origin, place, real) if os.path.islink(origin) else _copy_file(origin, place)
        except OSError:
            kept = False
        left_out += not kept
    return left_out


def prune(folder: Path) -> int:
    """Removes the links that lead out of `folder`; answers how many."""
    real = os.path.realpath(folder)
    gone = 0
    for place, folders, files in os.walk(folder):
        for path in (os.path.join(place, name) for name in (*folders, *files)):
            if os.path.islink(path) and not _stays(path, real):
                os.unlink(path)
                gone += 1
    return gone


def remove(folder: Path) -> None:
    """Deletes a folder and all in it, folders without write permission and those too deep for a path too."""
    os.chmod(folder, stat.S_IRWXU)
    top = tempfile.mkdtemp(dir=folder)
    places = [str(folder)]
    for place in places:
        for entry in list(os.scandir(place)):
            if not entry.is_dir(follow_symlinks=False):
                os.unlink(entry.path)
            elif entry.path != top:
                os.chmod(entry.path, stat.S_IRWXU)
                # lifted up, so that no path grows longer
                places.append(f"{top}/{len(places)}")
                os.rename(entry.path, places[-1])
    for place in (*places[:0:-1], top, str(folder)):
        os.rmdir(place)


def _copy_link(origin: str, place: str, real: str) -> bool:
    if stays := _stays(origin, real):
        os.symlink(os.readlink(origin), place)
    return stays


def _stays(link: str, real: str) -> bool:
    if os.path.isabs(os.readlink(link)):
        return False
    end = os.path.realpath(link)
    return end == real or end.startswith(real + os.sep)


def _copy_file(origin: str, place: str) -> bool:
    # a name may turn into a link or a pipe between listing and opening
    descriptor = os.open(origin, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    with open(descriptor, "rb", buffering=0) as reader:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            return False
        with open(place, "xb", buffering=0) as writer:
            shutil.copyfileobj(reader, writer, 1 << 20)
            os.fchmod(writer.fileno(), 0o755 if status.st_mode & 0o100 else 0o644)
    return True
