"""Waits for a program in the sandbox."""

from pydantic import BaseModel

from callboard.capabilities import Result, Retry, capability


class Parameters(BaseModel):
    seconds: str = "600"


def sleep(workspace, parameters, context):
    """Runs `sleep` in the sandbox, with a child of its own."""
    script = f"sleep {parameters.seconds} & sleep {parameters.seconds}; wait"
    workspace.run(["sh", "-c", script])
    return Result(summary="slept")


sleeping_in_sandbox = capability("sleeping_in_sandbox", parameters=Parameters)(sleep)
sleeping_too_long = capability(
    "sleeping_too_long", parameters=Parameters, timeout=1, retry=Retry(tries=2, delay=0.1)
)(sleep)
