"""`callboard projects`: what work is done on."""

from pathlib import Path
from typing import Annotated, Any

import typer

from callboard.errors import InvalidSourceError
from cli import params
from cli.api import client
from cli.options import AsJson, Limit, ProjectId
from cli.terminal import show

app = typer.Typer(no_args_is_help=True, help="What work is done on: add, list, show and remove projects.")

Name = Annotated[str, typer.Argument(help="The project's name.")]
Id = Annotated[str | None, typer.Option(help="Its id; made of the name where none is given.")]
Folder = Annotated[Path | None, typer.Option("--path", help="A folder of the workers' machine.")]
Git = Annotated[str | None, typer.Option(metavar="URL", help="A git repository.")]
GitRef = Annotated[str | None, typer.Option("--ref", help="Branch, tag or commit of the git repository.")]
Credential = Annotated[str | None, typer.Option(help="Name of the server's credential for a private repository.")]
Description = Annotated[str | None, typer.Option(help="What the project is.")]
Policy = Annotated[list[str], typer.Option(metavar="NAME:=JSON", help="What it allows, such as network_setup:=true.")]


@app.command()
def add(
    name: Name,
    *,
    id: Id = None,
    path: Folder = None,
    git: Git = None,
    ref: GitRef = None,
    credential: Credential = None,
    description: Description = None,
    policy: Policy = [],  # noqa: B006
    as_json: AsJson = False,
) -> None:
    """Add a project whose source is a folder or a git repository."""
    source = {"git": git, "ref": ref, "credential": credential, "path": str(path.resolve()) if path else None}
    source = {name: value for name, value in source.items() if value is not None}
    if ("path" in source) == ("git" in source):
        raise InvalidSourceError("Give the project one source: --path FOLDER or --git URL")
    body: dict[str, Any] = {"name": name, "source": source, "policy": params.parse(policy)}
    body |= {key: value for key, value in (("id", id), ("description", description)) if value is not None}
    with client.connect() as api:
        project = api.send("POST", "projects", body=body)
    if as_json:
        show.print_json(project)
    else:
        typer.echo(f"added {project['id']}; `callboard agents assign AGENT {project['id']}` puts an agent on it")


@app.command("ls")
def list_(*, limit: Limit = 100, as_json: AsJson = False) -> None:
    """List the projects."""
    with client.connect() as api:
        projects = list(api.items("projects", limit=limit))
    if as_json:
        show.print_json(projects)
        return
    rows = [(item["id"], item["name"], _source(item), item["status"]) for item in projects]
    show.print_table(("id", "name", "source", "status"), rows, empty="no projects; `callboard projects add` makes one")


@app.command("show")
def show_(project: ProjectId, *, as_json: AsJson = False) -> None:
    """Show a project: its source, policy, agents and newest records."""
    with client.connect() as api:
        found = api.get("projects", project)
        agents = list(api.items("projects", project, "agents"))
    if as_json:
        show.print_json(found | {"agents": agents})
        return
    facts = [("name", found["name"]), ("source", _source(found)), ("status", found["status"])]
    policy = ", ".join(f"{name}={value}" for name, value in found["policy"].items())
    facts += [("description", found.get("description")), ("policy", policy)]
    facts += [(f"agent {agent['id']}", ", ".join(agent["capabilities"])) for agent in agents]
    show.print_facts(facts)
    records = found["agent_metadata"]["operation_history"][-10:]
    rows = [(record["timestamp"], record["capability"], record["agent_id"], _told(record)) for record in records[::-1]]
    show.print_table(("ended", "capability", "agent", "outcome"), rows, empty="nothing was run yet")


@app.command("rm")
def remove(project: ProjectId) -> None:
    """Remove a project with its history; refused while operations wait or run."""
    with client.connect() as api:
        api.send("DELETE", "projects", project)
    typer.echo(f"removed {project}")


def _source(project: dict[str, Any]) -> str:
    source = project["source"]
    place = source.get("path") or source.get("git")
    return f"{place} at {source['ref']}" if source.get("ref") else str(place)


def _told(record: dict[str, Any]) -> str:
    return f"{record['status']} {record.get('verdict') or record.get('reason') or ''}".strip()
