"""The last step before a stranger's program: this process gives up its powers for good, then becomes that program.

It runs inside every sandbox, by path and with the standard library alone, so that nothing of a project is imported.
"""

import ctypes
import json
import os
import resource
import signal
import struct
import sys
from contextlib import suppress
from typing import Any

from worker.confinement import landlock, seccomp

READY = b"ready"
PDEATHSIG, DUMPABLE, SECURE_BITS, SUBREAPER, NO_NEW_PRIVS, AMBIENT = 1, 4, 28, 36, 38, 47
NO_SETUID_FIXUP = 0b1100  # and locked
READ_ANYWHERE = 2  # CAP_DAC_READ_SEARCH
NOT_STARTED, NOT_FOUND = 125, 127

_libc = ctypes.CDLL(None, use_errno=True)


def main(order_fd: int) -> None:
    """Does what the JSON order behind this descriptor says, and ends as its program ends; never returns.

    Answers READY in the order's place before the program starts, a sentence where it cannot be confined.
    """
    os.set_inheritable(order_fd, False)
    order = json.loads(os.pread(order_fd, os.fstat(order_fd).st_size, 0))
    alone = os.getpid() == 1
    watched = {signal.SIGTERM, signal.SIGCHLD}
    signal.pthread_sigmask(signal.SIG_BLOCK, watched)
    _prctl(DUMPABLE, 0)
    if not alone:
        _adopt(order)
    child = os.fork()
    if child == 0:
        _prctl(PDEATHSIG, signal.SIGKILL)
        os.setsid()
        signal.pthread_sigmask(signal.SIG_UNBLOCK, watched)
        _become(order, order_fd)
    code = _wait(child, watched)
    # the kernel ends a PID namespace with its process 1; elsewhere it is ours to leave nothing behind
    while not alone and _kill_descendants():
        signal.sigtimedwait({signal.SIGCHLD}, 0.02)
    os._exit(code)


def _adopt(order: dict[str, Any]) -> None:
    """Makes orphans come back to this process, and a signal to it of the worker's death."""
    _prctl(SUBREAPER, 1)
    _prctl(PDEATHSIG, signal.SIGTERM)
    if os.getppid() != order["worker"]:
        os._exit(NOT_STARTED)
    order["seccomp"]["protected"].append(os.getpid())


def _become(order: dict[str, Any], order_fd: int) -> None:
    """Gives up what the order does not grant and executes the order's program; never returns."""
    try:
        os.chdir(order["cwd"])
        os.umask(0o022)
        rules = landlock.ruleset(**order["landlock"]) if order["landlock"] is not None else None
        for name, value in order["rlimits"].items():
            _limit(getattr(resource, name), value)
        _drop_powers(order["uid"], READ_ANYWHERE if order["reads_anywhere"] else None)
        if rules is not None:
            landlock.enforce(rules)
        if order["seccomp"] is not None:
            seccomp.enforce(**order["seccomp"])
    except OSError as error:
        _answer(order_fd, str(error).encode())
        os._exit(NOT_STARTED)
    for ignored in (signal.SIGPIPE, signal.SIGXFSZ):
        signal.signal(ignored, signal.SIG_DFL)
    _answer(order_fd, READY)
    try:
        os.execvpe(order["argv"][0], order["argv"], order["env"])
    except OSError as error:
        os.write(2, f"{order['argv'][0]}: {error.strerror}\n".encode())
        os._exit(NOT_FOUND)


def _limit(which: int, value: int) -> None:
    hard = resource.getrlimit(which)[1]
    value = value if hard == resource.RLIM_INFINITY else min(value, hard)
    resource.setrlimit(which, (value, value))


def _drop_powers(uid: int | None, kept: int | None) -> None:
    """Becomes `uid` where one is given, with no capability but `kept`, and never gains one again."""
    _prctl(NO_NEW_PRIVS, 1)
    if kept is not None:
        # without this bit access(2) would judge an ordinary user as if nothing had been kept
        _prctl(SECURE_BITS, NO_SETUID_FIXUP)
    if uid is not None:
        os.setgroups([])
        os.setresgid(uid, uid, uid)
        os.setresuid(uid, uid, uid)
    bits = 0 if kept is None else 1 << kept
    header = struct.pack("=Ii", 0x20080522, 0)
    sets = struct.pack("=6I", bits, bits, bits, 0, 0, 0)
    if _libc.capset(header, sets):
        raise OSError(ctypes.get_errno(), "the capabilities could not be dropped")
    if kept is not None:
        _prctl(AMBIENT, 2, kept)


def _wait(child: int, watched: set[signal.Signals]) -> int:
    """Waits for `child` to end, or to be told to end it."""
    while signal.sigwait(watched) == signal.SIGCHLD:
        if (code := _reap(child)) is not None:
            return code
    return 128 + signal.SIGKILL


def _reap(child: int) -> int | None:
    """Buries every child that has ended; the exit code of `child` once it is among them."""
    while True:
        try:
            ended, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return None
        if ended == child:
            return os.WEXITSTATUS(status) if os.WIFEXITED(status) else 128 + os.WTERMSIG(status)
        if ended == 0:
            return None


def _kill_descendants() -> bool:
    """Kills everything below this process, to which orphans return as well; False once nothing is left."""
    parents = {}
    for name in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{name}/stat", "rb") as stat:
                parents[int(name)] = int(stat.read().rpartition(b")")[2].split()[1])
        except OSError:
            continue
    family = {os.getpid()}
    while more := {process for process, parent in parents.items() if parent in family} - family:
        family |= more
    for process in family - {os.getpid()}:
        with suppress(ProcessLookupError):
            os.kill(process, signal.SIGKILL)
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        return False
    return True


def _answer(order_fd: int, text: bytes) -> None:
    os.ftruncate(order_fd, 0)
    os.pwrite(order_fd, text, 0)


def _prctl(option: int, *values: int) -> None:
    arguments = [ctypes.c_ulong(value) for value in (*values, 0, 0, 0, 0)[:4]]
    if _libc.prctl(option, *arguments):
        raise OSError(ctypes.get_errno(), f"prctl {option} was refused")


if __name__ == "__main__":
    main(int(sys.argv[1]))
