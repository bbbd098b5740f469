"""Reads what hostile code may have left in a folder: only regular files, inside it, and no larger than a limit."""

import os
import stat
from pathlib import Path, PurePosixPath

REPORT_BYTES = 20_000_000


def read_confined(folder: Path, name: str, limit: int = REPORT_BYTES) -> bytes | None:
    """The bytes of `name` in `folder`; None where it is missing, no regular file, outside or larger than `limit`."""
    path = (folder / name).resolve()
    if not path.is_relative_to(folder.resolve()):
        return None
    try:
        # A link or a FIFO planted in place of the file must neither lead out nor block.
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return None
    with os.fdopen(descriptor, "rb") as file:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode) or status.st_size > limit:
            return None
        return file.read(limit)


def project_path(name: str, root: Path) -> str:
    """`name`, as a tool run in `root` wrote it, as a relative posix path; empty where it lies outside."""
    relative = os.path.relpath(root / name, root)
    parts = PurePosixPath(relative).parts
    return "" if not parts or parts[0] == ".." else "/".join(parts)
