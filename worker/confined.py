"""Reads what hostile code may have left in a folder: only regular files, inside it, and no larger than a limit."""

import os
import stat
from pathlib import Path, PurePosixPath

REPORT_BYTES = 20_000_000


def read_confined(folder: Path, name: str, limit: int = REPORT_BYTES) -> bytes | None:
    """The bytes of `name` in `folder`; None where it is missing, no regular file, outside or larger than `limit`."""
    try:
        path = Path(os.path.realpath(folder / name))
        if not path.is_relative_to(os.path.realpath(folder)) or not stat.S_ISREG(path.lstat().st_mode):
            return None
        # Were it replaced right now by a link or a FIFO, that must neither lead out nor block.
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except (OSError, ValueError):
        return None
    with os.fdopen(descriptor, "rb") as file:
        data = file.read(limit + 1)
    return data if len(data) <= limit else None


def project_path(name: str, root: Path) -> str:
    """`name`, as a tool run in `root` wrote it, as a relative posix path; empty where it lies outside.

    Bytes of a file's name that are no Unicode become question marks, so that every path can be stored.
    """
    relative = os.path.relpath(root / name.replace("\0", "?"), root).encode("utf-8", "replace").decode()
    return "" if PurePosixPath(relative).parts[:1] in ((), ("..",)) else relative
