"""Waits until a test opens the gate, or until its attempt is to stop."""

from pathlib import Path

from pydantic import BaseModel

from callboard.capabilities import Result, Retry, capability


class Parameters(BaseModel):
    gate: Path


@capability("slow", parameters=Parameters, retry=Retry(tries=3, delay=0.1))
def slow(workspace, parameters, context):
    """Ends when the file `gate` exists."""
    context.progress(1, 2, f"attempt {context.attempt} waits")
    while not parameters.gate.exists() and not context.stop.wait(0.05):
        pass
    return Result(summary=f"attempt {context.attempt} was let through")
