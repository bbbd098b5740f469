"""`callboard drill`: pulls the plug on the running `up`, and shows that nothing is lost and nothing doubled."""

from typing import Annotated, Any

import typer

from cli import drilling
from cli.api import client, connection
from cli.drilling import Report
from cli.options import AsJson
from cli.stack import local_stack
from cli.terminal import show

_BROKEN = 3

Operations = Annotated[int, typer.Option(min=4, max=10_000, help="How many operations to submit.")]


def drill(*, operations: Operations = 100, as_json: AsJson = False) -> None:
    """Kill the worker of the running `up`, wipe its Valkey, repeat messages; exits with 3 where the account differs."""
    stack = local_stack.find()
    connection.adopt_running()
    with client.connect() as api:
        report = drilling.drill(api, stack, operations)
    if as_json:
        show.print_json(_as_json(report))
    else:
        _print(report)
    raise typer.Exit(0 if report.kept else _BROKEN)


def _as_json(report: Report) -> dict[str, Any]:
    numbers = {name: getattr(report, name) for name in ("accepted", "finished", "lost", "doubled", "findings")}
    faults = [
        {"name": fault.name, "hit": fault.hit, "steps": {step.told: step.seconds for step in fault.steps}}
        for fault in report.faults
    ]
    return {**numbers, "longest_recovery_seconds": _longest(report), "faults": faults}


def _print(report: Report) -> None:
    typer.echo(f"accepted {report.accepted} = finished {report.finished}, lost {report.lost}, doubled {report.doubled}")
    for fault in report.faults:
        steps = [f"{step.told}: {'never' if step.seconds is None else f'{step.seconds:g} s'}" for step in fault.steps]
        typer.echo("; ".join([f"{fault.name}, {fault.hit} operations hit", *steps]))
    for told in report.findings:
        typer.echo(f"contradiction: {told}")
    typer.echo(f"longest recovery {_longest(report):g} s")


def _longest(report: Report) -> float:
    return max((step.seconds or 0 for fault in report.faults for step in fault.steps), default=0)
