"""Whether a root worker can hand a sandbox to an unprivileged user, and what that user could reach."""

import os
import secrets
import stat
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

SPARE_USERS = range(61184, 65520)  # what Linux systems keep for users that exist for one task alone
NEEDED = (0, 2, 6, 7, 8)  # CAP_CHOWN, CAP_DAC_READ_SEARCH, CAP_SETGID, CAP_SETUID, CAP_SETPCAP


def spare_user() -> int | None:
    """A user id for one sandbox alone; None where this worker is no root that may change users."""
    if os.geteuid() != 0 or not all(_capabilities() >> bit & 1 for bit in NEEDED):
        return None
    user = SPARE_USERS[secrets.randbelow(len(SPARE_USERS))]
    return user if _mapped(user) else None


def reaches(user: int | None, paths: Iterable[Path], *, whole_path: bool) -> bool:
    """Whether `user` may read each of the paths by its permissions, and with `whole_path` pass the folders above.

    Nobody in particular (None) is the worker itself: there is no other power to give.
    """
    if user is None:
        return True
    for path in paths:
        with suppress(FileNotFoundError):
            if not _permits(path, user, stat.S_IROTH):
                return False
        if whole_path and not all(_permits(parent, user, stat.S_IXOTH) for parent in path.parents):
            return False
    return True


def tasks_of(user: int) -> int:
    """How many processes and threads of a user run now."""
    count = 0
    for process in Path("/proc").iterdir():
        with suppress(OSError):
            if process.name.isdigit() and process.stat().st_uid == user:
                count += len(os.listdir(process / "task"))
    return count


def _permits(path: Path, user: int, needed: int) -> bool:
    status = path.stat()
    if stat.S_ISDIR(status.st_mode):
        needed |= stat.S_IXOTH
    return status.st_uid == user or status.st_mode & needed == needed


def _capabilities() -> int:
    with suppress(FileNotFoundError):
        for line in Path("/proc/self/status").read_text().splitlines():
            if line.startswith("CapEff:"):
                return int(line.split()[1], 16)
    return 0


def _mapped(user: int) -> bool:
    """Whether the user exists in this user namespace; a container may have only a few."""
    ranges = (line.split() for line in Path("/proc/self/uid_map").read_text().splitlines())
    return any(int(first) <= user < int(first) + int(count) for first, _, count in ranges)
