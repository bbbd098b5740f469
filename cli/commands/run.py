"""`callboard run`: one operation, submitted, followed live and judged by its exit code."""

from typing import Annotated, Any
from uuid import uuid4

import typer

from callboard.errors import InvalidCapabilityError
from cli import params
from cli.api import client
from cli.api.client import Client
from cli.options import AsJson, ExitZero, NoWait, Ref
from cli.terminal.running import Manner, see_through

Capability = Annotated[str, typer.Argument(help="The capability's name; `callboard agents ls` shows who can do what.")]
Project = Annotated[str, typer.Option("--project", "-p", help="The project's id.")]
Agent = Annotated[str | None, typer.Option("--agent", "-a", help="The agent's id, where several could do it.")]
Params = Annotated[
    list[str],
    typer.Option(
        "--param", "--params", metavar="NAME=TEXT", help="name=text, name:=json or @file of JSON; repeatable."
    ),
]
Timeout = Annotated[float | None, typer.Option(min=0.001, help="Seconds that it may run; else the capability's own.")]


def run(
    capability: Capability,
    *,
    project: Project,
    agent: Agent = None,
    ref: Ref = None,
    param: Params = [],  # noqa: B006
    timeout: Timeout = None,
    no_wait: NoWait = False,
    exit_zero: ExitZero = False,
    as_json: AsJson = False,
) -> None:
    """Run a capability on a project. Exits with 0 for pass, 1 for fail, 2 where refused, 3 where undecided."""
    work: dict[str, Any] = {"capability": capability, "parameters": params.parse(param)}
    work |= {name: value for name, value in (("ref", ref), ("timeout", timeout)) if value is not None}
    with client.connect() as api:
        work["agent_id"] = agent or _only_agent(api, project, capability)
        accepted = api.submit(project, work, once=str(uuid4()))
        see_through(api, accepted, Manner(json=as_json, wait=not no_wait, exit_zero=exit_zero))


def _only_agent(api: Client, project: str, capability: str) -> str:
    assigned = list(api.items("projects", project, "agents"))
    able = [item["id"] for item in assigned if capability in item["capabilities"]]
    if len(able) == 1:
        return str(able[0])
    if able:
        raise InvalidCapabilityError(
            f"{len(able)} agents may perform {capability!r} on {project!r}: {', '.join(able)}; name one with --agent"
        )
    granted = "; ".join(f"{item['id']}: {', '.join(item['capabilities'])}" for item in assigned) or "nobody yet"
    raise InvalidCapabilityError(
        f"No agent may perform {capability!r} on {project!r}; granted there: {granted}. "
        f"Grant it with `callboard agents assign AGENT {project} --capability {capability}`"
    )
