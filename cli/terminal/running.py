"""What `run` and `rerun` do with an operation once it is accepted: follow it, print its result, exit by its verdict."""

from collections.abc import Sequence
from dataclasses import dataclass

import typer

from callboard.errors import UnavailableError
from callboard.shapes import AgentProjectOperation
from cli.api import outcome
from cli.api.client import Client
from cli.api.following import follow
from cli.api.outcome import Exit
from cli.terminal import show
from cli.terminal.plain import plain
from cli.terminal.say import say
from cli.terminal.watch import watching


@dataclass(frozen=True)
class Manner:
    """How the caller wants to see it."""

    json: bool = False
    wait: bool = True
    exit_zero: bool = False


def see_through(client: Client, accepted: AgentProjectOperation, manner: Manner) -> None:
    """Follows the operation, prints it, and exits by its verdict; without waiting, prints what was accepted."""
    ended = follow_all(client, [accepted])[0] if manner.wait else accepted
    if manner.json:
        show.print_json(ended.model_dump(mode="json"))
    elif manner.wait:
        _print_result(client, ended)
    else:
        typer.echo(f"accepted {ended.id}; watch it with `callboard operations show {ended.id}`")
    raise typer.Exit(0 if manner.exit_zero else outcome.of(ended).code)


def follow_all(client: Client, accepted: Sequence[AgentProjectOperation]) -> list[AgentProjectOperation]:
    """The operations as they ended. Exits where nobody can follow any more: they go on, and that is said."""
    ways_on = _ways_on(accepted)
    try:
        with watching() as changed:
            return follow(client, accepted, changed)
    except KeyboardInterrupt:
        say(f"no longer watching, but the work goes on; {ways_on}")
        raise typer.Exit(Exit.INTERRUPTED) from None
    except UnavailableError as error:
        say(f"{error}. What was accepted is kept; {ways_on}")
        raise typer.Exit(Exit.UNDECIDED) from None


def _ways_on(accepted: Sequence[AgentProjectOperation]) -> str:
    ids = " ".join(str(operation.id) for operation in accepted)
    return f"see it with `callboard operations tail`, end it with `callboard operations cancel {ids}`"


def _print_result(client: Client, operation: AgentProjectOperation) -> None:
    result = show.result_of(operation)
    if result.get("findings"):
        show.print_findings(result["findings"])
    verdict = show.outcome_text(operation)
    told = "; ".join(part for part in (show.delta(operation), show.sentence(operation)) if part)
    where = f"{plain(operation.capability)} by {operation.agent_id} on {operation.project_id}"
    show.console().print(verdict, f"{where}: {told}" if told else where, sep="  ", markup=False, soft_wrap=True)
    if names := [item["name"] for item in client.items("operations", str(operation.id), "artifacts")]:
        typer.echo(f"artifacts: {plain(', '.join(names))}; `callboard operations artifacts {operation.id}`")
