"""Options and arguments that several commands share, so that they are named and explained the same everywhere."""

from typing import Annotated

import typer

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON on stdout, and nothing else there.")]
ExitZero = Annotated[bool, typer.Option("--exit-zero", help="Exit with 0 whatever the verdict; for reports.")]
NoWait = Annotated[bool, typer.Option("--no-wait", help="Do not follow; print what was accepted.")]
Ref = Annotated[str | None, typer.Option(help="Branch, tag or commit to work on.")]
Limit = Annotated[int, typer.Option(min=1, help="At most so many.")]
ProjectId = Annotated[str, typer.Argument(help="The project's id.")]
AgentId = Annotated[str, typer.Argument(help="The agent's id.")]
OperationId = Annotated[str, typer.Argument(help="The operation's id.")]
