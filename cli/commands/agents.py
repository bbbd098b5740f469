"""`callboard agents`: who works, and on which projects."""

from typing import Annotated, Any

import typer

from cli import params
from cli.api import client
from cli.options import AgentId, AsJson, Limit, ProjectId
from cli.terminal import show

app = typer.Typer(no_args_is_help=True, help="Who works: add, list, show, remove and assign agents.")

Name = Annotated[str, typer.Argument(help="The agent's name.")]
Id = Annotated[str | None, typer.Option(help="Its id; made of the name where none is given.")]
Kind = Annotated[str, typer.Option(help="tool: a handler that the workers have; command: a program in the sandbox.")]
Capabilities = Annotated[list[str], typer.Option("--capability", "-c", help="A capability's name; may be repeated.")]
Granted = Annotated[
    list[str], typer.Option("--capability", "-c", help="What to grant; may be repeated. All that it can by default.")
]
Settings = Annotated[list[str], typer.Option("--setting", metavar="NAME=TEXT", help="name=text, name:=json or @file.")]
OnProject = Annotated[str | None, typer.Option("--project", "-p", help="Only those assigned there, with their grants.")]


@app.command()
def add(
    name: Name,
    *,
    capability: Capabilities,
    id: Id = None,
    kind: Kind = "tool",
    setting: Settings = [],  # noqa: B006
    as_json: AsJson = False,
) -> None:
    """Add an agent that can perform these capabilities."""
    body: dict[str, Any] = {"name": name, "kind": kind, "capabilities": capability, "settings": params.parse(setting)}
    with client.connect() as api:
        agent = api.send("POST", "agents", body=body | ({"id": id} if id else {}))
    if as_json:
        show.print_json(agent)
    else:
        typer.echo(f"added {agent['id']}; `callboard agents assign {agent['id']} PROJECT` puts it on a project")


@app.command("ls")
def list_(*, project: OnProject = None, limit: Limit = 100, as_json: AsJson = False) -> None:
    """List the agents and what they can do."""
    with client.connect() as api:
        found = api.items("projects", project, "agents") if project else api.items("agents", limit=limit)
        agents = list(found)
    if as_json:
        show.print_json(agents)
        return
    rows = [(item["id"], item["name"], ", ".join(item["capabilities"])) for item in agents]
    show.print_table(("id", "name", "capabilities"), rows, empty="no agents; `callboard agents add` makes one")


@app.command("show")
def show_(agent: AgentId, *, as_json: AsJson = False) -> None:
    """Show an agent: its kind, capabilities and settings."""
    with client.connect() as api:
        found = api.get("agents", agent)
    if as_json:
        show.print_json(found)
        return
    settings = [(f"setting {name}", value) for name, value in found.get("settings", {}).items()]
    can = ", ".join(found["capabilities"])
    show.print_facts([("name", found["name"]), ("kind", found["kind"]), ("capabilities", can), *settings])


@app.command("rm")
def remove(agent: AgentId) -> None:
    """Remove an agent from all projects; one with history is archived and keeps its id."""
    with client.connect() as api:
        api.send("DELETE", "agents", agent)
    typer.echo(f"removed {agent}")


@app.command()
def assign(
    agent: AgentId,
    project: ProjectId,
    *,
    capability: Granted = [],  # noqa: B006
    as_json: AsJson = False,
) -> None:
    """Grant an agent capabilities on a project, besides those that it has there already."""
    with client.connect() as api:
        granted = capability or api.get("agents", agent)["capabilities"]
        answer = api.send("PUT", "projects", project, "agents", agent, body={"capabilities": granted})
    if as_json:
        show.print_json(answer)
    else:
        typer.echo(f"{agent} may perform {', '.join(granted)} on {project}")


@app.command()
def unassign(agent: AgentId, project: ProjectId) -> None:
    """Take an agent off a project."""
    with client.connect() as api:
        api.send("DELETE", "projects", project, "agents", agent)
    typer.echo(f"{agent} is off {project}")
