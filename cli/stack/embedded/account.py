"""As whom to run PostgreSQL, which refuses root: oneself, oneself in a user namespace, or nobody."""

import os
import pwd
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from callboard.errors import StartError

NOBODY = 65534
_NAMESPACE = ("unshare", "--user", f"--map-user={NOBODY}", f"--map-group={NOBODY}", "--")


@dataclass(frozen=True)
class Account:
    """How to start a program that refuses root, and who has to own the files that it writes."""

    owner: int
    prefix: tuple[str, ...] = ()
    uid: int | None = None


def choose(program: Path, folder: Path) -> Account:
    """The account that can run `program` on files in `folder`. Raises StartError where there is none."""
    me = os.geteuid()
    if me != 0 and _has_name(me):
        return Account(owner=me)
    if _namespace_reaches(program, folder):
        return Account(owner=me, prefix=_NAMESPACE)
    if me == 0 and Path("/proc/self/cwd").exists():
        return Account(owner=NOBODY, uid=NOBODY)
    raise StartError("PostgreSQL runs neither as root nor as a user without a name: start this as an ordinary user")


def own(folder: Path, account: Account) -> None:
    """Gives everything in `folder` to the account, where an earlier start used another one. Never looks above it."""
    if os.geteuid() != 0 or folder.stat().st_uid == account.owner:
        return
    for path in (folder, *folder.rglob("*")):
        os.chown(path, account.owner, account.owner, follow_symlinks=False)


def _has_name(uid: int) -> bool:
    try:
        return bool(pwd.getpwuid(uid).pw_name)
    except KeyError:
        return False


def _namespace_reaches(program: Path, folder: Path) -> bool:
    # Inside the namespace root's right to pass closed folders is gone, so ask from there.
    if shutil.which(_NAMESPACE[0]) is None:
        return False
    question = (*_NAMESPACE, "sh", "-c", 'test -x "$1" && test -w "$2"', "sh", str(program), str(folder))
    return subprocess.run(question, capture_output=True, check=False).returncode == 0
