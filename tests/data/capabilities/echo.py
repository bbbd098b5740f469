"""Says what it was given."""

from pydantic import BaseModel

from callboard.capabilities import Result, capability


class Parameters(BaseModel):
    text: str = "hello"


@capability("echo", parameters=Parameters)
def echo(workspace, parameters, context):
    """Answers with its text as the summary."""
    context.log.info("echo %s", parameters.text)
    return Result(verdict="pass", summary=parameters.text)
