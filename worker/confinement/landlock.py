"""Which files a process may touch, by the kernel's Landlock: a one-way lock built from the standard library alone."""

import ctypes
import os
import stat
import struct
from collections.abc import Iterable

CREATE, ADD, RESTRICT = 444, 445, 446
EXECUTE, WRITE_FILE, READ_FILE, READ_DIR = 1, 2, 4, 8
REFER, TRUNCATE, IOCTL_DEVICE = 1 << 13, 1 << 14, 1 << 15
MAKE_DEVICES = 1 << 6 | 1 << 11
FILE_RIGHTS = EXECUTE | WRITE_FILE | READ_FILE | TRUNCATE | IOCTL_DEVICE
READING = EXECUTE | READ_FILE | READ_DIR
TCP = 1 | 2  # bind and connect
SCOPES = 1 | 2  # abstract unix sockets and signals end at the lock

_libc = ctypes.CDLL(None, use_errno=True)


def version() -> int:
    """The kernel's Landlock version; 0 where there is none."""
    return max(0, int(_libc.syscall(CREATE, None, 0, 1)))


def judges_truncation() -> bool:
    """Whether rules hold for the truncation of files too; it stayed free in the first versions."""
    return bool(_handled(version()) & TRUNCATE)


def ruleset(*, readable: Iterable[str], writable: Iterable[str], network: bool) -> int:
    """A file descriptor of rules that allow only this; paths that do not exist are passed over.

    Raises OSError where the kernel has no Landlock.
    """
    level = version()
    if not level:
        raise OSError("this kernel has no Landlock, or forbids it")
    handled = _handled(level)
    scoped = SCOPES if level >= 6 else 0
    attributes = struct.pack("QQQ", handled, TCP if level >= 4 and not network else 0, scoped)
    size = 24 if level >= 6 else 16 if level >= 4 else 8
    rules = _call(CREATE, attributes, size, 0)
    for path in readable:
        _allow(rules, path, READING)
    for path in writable:
        _allow(rules, path, handled & ~MAKE_DEVICES)
    return rules


def enforce(rules: int) -> None:
    """Locks this process and its children to the rules for good; needs no_new_privs. Raises OSError."""
    _call(RESTRICT, rules, 0)
    os.close(rules)


def _handled(level: int) -> int:
    rights = (1 << 13) - 1
    for since, right in ((2, REFER), (3, TRUNCATE), (5, IOCTL_DEVICE)):
        rights |= right if level >= since else 0
    return rights


def _allow(rules: int, path: str, rights: int) -> None:
    try:
        beneath = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except FileNotFoundError:
        return
    try:
        if not stat.S_ISDIR(os.fstat(beneath).st_mode):
            rights &= FILE_RIGHTS
        _call(ADD, rules, 1, struct.pack("=Qi", rights & _handled(version()), beneath), 0)
    finally:
        os.close(beneath)


def _call(number: int, *arguments: object) -> int:
    result = int(_libc.syscall(number, *arguments))
    if result < 0:
        raise OSError(ctypes.get_errno(), "Landlock refused its rules")
    return result
