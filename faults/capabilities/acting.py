"""What the operations of the fault trials do: wait, stumble, fall, or answer too much."""

import ctypes
import os
import signal

from pydantic import BaseModel

from callboard.capabilities import Result, Retry, capability

QUICK = Retry(tries=3, delay=0.2, longest=2)


class Waiting(BaseModel):
    seconds: float = 0
    stumbles: int = 0


class Filling(BaseModel):
    megabytes: int = 100


@capability("act", parameters=Waiting, retry=QUICK)
def act(workspace, parameters, context):
    """Waits; raises in its first `stumbles` attempts."""
    context.stop.wait(parameters.seconds)
    if context.attempt <= parameters.stumbles:
        raise RuntimeError(f"attempt {context.attempt} stumbled")
    return Result(verdict="pass", summary=f"attempt {context.attempt}")


@capability("crash", retry=QUICK)
def crash(workspace, parameters, context):
    """Kills its own process."""
    os.kill(os.getpid(), signal.SIGKILL)


@capability("segfault", retry=QUICK)
def segfault(workspace, parameters, context):
    """Reads address zero."""
    ctypes.string_at(0)


@capability("endless", timeout=2, retry=Retry(tries=2, delay=0.2))
def endless(workspace, parameters, context):
    """Computes for ever."""
    while True:
        pass


@capability("hungry", parameters=Filling, retry=QUICK)
def hungry(workspace, parameters, context):
    """Takes memory and touches every page of it."""
    held = []
    for _ in range(parameters.megabytes):
        held.append(b"\x01" * 1_000_000)
        context.stop.wait(0.001)
    return Result(summary=f"took {len(held)} MB")


@capability("huge", parameters=Filling, retry=QUICK)
def huge(workspace, parameters, context):
    """Answers so many megabytes."""
    return Result(verdict="pass", summary="huge", details={"text": "x" * (parameters.megabytes * 1_000_000)})
