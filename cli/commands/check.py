"""`callboard check`: a folder or a git URL, reviewed and tested by one command and told in one table."""

from collections.abc import Iterator, Sequence
from typing import Annotated, Any
from uuid import uuid4

import typer

from callboard.errors import InvalidCapabilityError
from callboard.shapes import AgentProjectOperation
from cli.api import client, newcomer, outcome
from cli.api.client import Client
from cli.options import AsJson, ExitZero, Ref
from cli.terminal import show
from cli.terminal.running import follow_all
from cli.terminal.say import say

Target = Annotated[str, typer.Argument(metavar="PATH|GIT_URL", help="A folder of this machine, or a git URL.")]

_SHOWN = 20
_COLUMNS = ("capability", "verdict", "findings", "new", "fixed", "time", "summary")
_RANK = {"error": 0, "warning": 1, "note": 2}


def check(target: Target, *, ref: Ref = None, exit_zero: ExitZero = False, as_json: AsJson = False) -> None:
    """Review and test a folder or a git repository; its project and agents are made where they are missing."""
    source = newcomer.source_of(target)
    with client.connect() as api:
        project = newcomer.project_for(api, source)
        newcomer.staff(api, project)
        accepted = [api.submit(project, work, once=str(uuid4())) for work in _works(api, project, ref)]
        if not accepted:
            raise InvalidCapabilityError(
                f"No live worker offers what is granted on {project!r}; `callboard doctor` helps"
            )
        ended = follow_all(api, accepted)
    if as_json:
        show.print_json({"project_id": project, "operations": [item.model_dump(mode="json") for item in ended]})
    else:
        _print(ended)
        _explain_refusal(source, ended)
    raise typer.Exit(0 if exit_zero else outcome.worst(ended))


def _works(api: Client, project: str, ref: str | None) -> Iterator[dict[str, Any]]:
    """What is granted on the project and offered by a live worker: one piece of work for each capability."""
    offered = {item["name"] for item in api.items("capabilities") if item["workers"]}
    by_agent = [(agent["id"], agent["capabilities"]) for agent in api.items("projects", project, "agents")]
    agent_of = {capability: agent for agent, capabilities in by_agent[::-1] for capability in capabilities}
    kinds = {agent: api.get("agents", agent)["kind"] for agent, _ in by_agent}
    for capability, agent in sorted(agent_of.items()):
        task = newcomer.COMMAND if kinds[agent] == newcomer.COMMAND else capability
        if task in offered:
            yield {"agent_id": agent, "capability": capability, **({"ref": ref} if ref else {})}
        else:
            say(f"{capability} is left out: no live worker offers it")


def _print(ended: Sequence[AgentProjectOperation]) -> None:
    show.print_table(_COLUMNS, [_row(operation) for operation in ended], empty="nothing ran")
    findings = [finding for operation in ended for finding in show.result_of(operation).get("findings", ())]
    findings.sort(key=lambda found: (found.get("state") != "new", _RANK.get(found.get("severity"), len(_RANK))))
    if findings:
        show.print_findings(findings[:_SHOWN])
    if len(findings) > _SHOWN:
        typer.echo(
            f"{len(findings) - _SHOWN} more findings; `callboard operations show ID` has those of one operation:"
        )
        for operation in ended:
            typer.echo(f"  {operation.id}  {operation.capability}")


def _row(operation: AgentProjectOperation) -> tuple[Any, ...]:
    result = show.result_of(operation)
    counts, found = result.get("delta") or {}, result.get("metrics", {}).get("findings", "")
    numbers = (found, counts.get("new", ""), counts.get("fixed", ""))
    time = show.duration(operation.duration_ms)
    return (operation.capability, show.outcome_text(operation), *map(str, numbers), time, show.sentence(operation))


def _explain_refusal(source: dict[str, str], ended: Sequence[AgentProjectOperation]) -> None:
    if "path" in source and any("CALLBOARD_WORKSPACE_ROOTS" in (operation.error or "") for operation in ended):
        say(f"if the folder is not among the allowed ones: start with `callboard up --root {source['path']}`")
