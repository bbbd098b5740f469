"""Goes wrong, at first or always."""

from pydantic import BaseModel

from callboard.capabilities import Result, Retry, capability


class Parameters(BaseModel):
    times: int = 9


@capability("raising", parameters=Parameters, retry=Retry(tries=2, delay=0.2))
def raising(workspace, parameters, context):
    """Raises in its first `times` attempts."""
    if context.attempt <= parameters.times:
        raise RuntimeError(f"attempt {context.attempt} went wrong")
    return Result(summary="went well")
