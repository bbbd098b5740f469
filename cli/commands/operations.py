"""`callboard operations`, also `ops`: what was run, what runs, and why something waits."""

from pathlib import Path
from typing import Annotated

import typer

from callboard.errors import InvalidError
from callboard.lifecycle import Status
from cli.api import client, tailing
from cli.options import AsJson, ExitZero, Limit, NoWait, OperationId
from cli.terminal import describe, show
from cli.terminal.running import Manner, see_through
from cli.terminal.say import say

app = typer.Typer(no_args_is_help=True, help="What was run and what runs: list, show, tail, cancel, rerun, artifacts.")

Project = Annotated[str | None, typer.Option("--project", "-p", help="Only those of this project.")]
Agent = Annotated[str | None, typer.Option("--agent", "-a", help="Only those of this agent.")]
Capability = Annotated[str | None, typer.Option("--capability", "-c", help="Only those of this capability.")]
OfStatus = Annotated[str | None, typer.Option(help="Only pending, running, completed, failed or cancelled ones.")]
OfVerdict = Annotated[str | None, typer.Option(help="Only those with the verdict pass, fail or inconclusive.")]
Ids = Annotated[list[str], typer.Argument(metavar="OPERATION...", help="The operations' ids.")]
Artifact = Annotated[str | None, typer.Argument(help="The artifact's name; without it they are listed.")]
Output = Annotated[Path | None, typer.Option("--output", "-o", help="File to write it to; stdout by default.")]
Count = Annotated[int | None, typer.Option(min=1, help="End after so many changes.")]


@app.command("ls")
def list_(
    *,
    project: Project = None,
    status: OfStatus = None,
    verdict: OfVerdict = None,
    agent: Agent = None,
    capability: Capability = None,
    limit: Limit = 20,
    as_json: AsJson = False,
) -> None:
    """List operations, newest first."""
    filters = {"project_id": project, "status": status, "verdict": verdict, "agent_id": agent, "capability": capability}
    with client.connect() as api:
        found = list(api.items("operations", limit=limit, **filters))
    if as_json:
        show.print_json(found)
        return
    rows = [describe.row(client.parsed(item)) for item in found]
    show.print_table(describe.COLUMNS, rows, empty="no operations; `callboard run` starts one")


@app.command("show")
def show_(operation: OperationId, *, as_json: AsJson = False) -> None:
    """Show an operation: its state, why it waits, its findings, its error and the way out."""
    with client.connect() as api:
        found = api.operation(operation)
    if as_json:
        show.print_json(found.model_dump(mode="json"))
        return
    show.print_facts(describe.facts(found))
    if findings := show.result_of(found).get("findings"):
        show.print_findings(findings)


@app.command()
def tail(*, project: Project = None, count: Count = None, as_json: AsJson = False) -> None:
    """Tell every change of an operation as it happens, until Ctrl-C."""
    with client.connect() as api:
        changes = tailing.changes(api, lambda: say("following; Ctrl-C ends it"), project)
        for number, operation in enumerate(changes, start=1):
            if as_json:
                typer.echo(operation.model_dump_json())
            else:
                typer.echo(describe.line(operation))
            if number == count:
                return


@app.command()
def cancel(operations: Ids, *, as_json: AsJson = False) -> None:
    """Cancel operations: a pending one ends at once, a running one as soon as its worker notices."""
    with client.connect() as api:
        found = [client.parsed(api.send("POST", "operations", id, "cancel")) for id in operations]
    if as_json:
        show.print_json([operation.model_dump(mode="json") for operation in found])
        return
    for operation in found:
        is_over = operation.status == Status.CANCELLED
        typer.echo(
            f"{operation.id} is {'cancelled' if is_over else 'asked to stop; its worker does so within seconds'}"
        )


@app.command()
def rerun(
    operation: OperationId, *, no_wait: NoWait = False, exit_zero: ExitZero = False, as_json: AsJson = False
) -> None:
    """Run an operation anew, and follow the new one like `callboard run`."""
    with client.connect() as api:
        accepted = client.parsed(api.send("POST", "operations", operation, "rerun"))
        see_through(api, accepted, Manner(json=as_json, wait=not no_wait, exit_zero=exit_zero))


@app.command()
def artifacts(operation: OperationId, name: Artifact = None, *, output: Output = None, as_json: AsJson = False) -> None:
    """List the files that an operation has left, or get one of them."""
    with client.connect() as api:
        if name is not None:
            _save(api.download("operations", operation, "artifacts", name), output)
            return
        files = list(api.items("operations", operation, "artifacts"))
    if as_json:
        show.print_json(files)
        return
    rows = [(item["name"], item["media_type"], str(item["size"])) for item in files]
    show.print_table(("name", "type", "bytes"), rows, empty="no artifacts")


def _save(content: bytes, output: Path | None) -> None:
    if output is None:
        typer.echo(content, nl=False)
        return
    try:
        output.write_bytes(content)
    except OSError as error:
        raise InvalidError(f"{output} cannot be written: {error.strerror}; name another file with --output") from error
