"""`callboard keys`: who may call the API; works on the database, so it needs the server's settings."""

from typing import Annotated

import typer

from callboard import keys
from callboard.db import transaction
from cli.api import connection
from cli.options import AsJson
from cli.terminal import show

app = typer.Typer(no_args_is_help=True, help="API keys: create, list and revoke them, on the server's machine.")

Name = Annotated[str, typer.Argument(help="Whose key it is.")]
Role = Annotated[str, typer.Option(help="read, submit (reads and submits) or admin (all).")]
Projects = Annotated[list[str], typer.Option("--project", "-p", help="Only for this project; may be repeated.")]
KeyId = Annotated[str, typer.Argument(metavar="ID", help="The key's id, as `callboard keys ls` shows it.")]


@app.callback()
def adopt() -> None:
    """Use the settings of the nearest `callboard up` where none are set."""
    connection.adopt_running()


@app.command()
def create(
    name: Name,
    *,
    role: Role = "submit",
    project: Projects = [],  # noqa: B006
    as_json: AsJson = False,
) -> None:
    """Make a key and print it; it cannot be seen again."""
    with transaction() as session:
        key = keys.create(session, name=name, role=role, projects=project or None)
    if as_json:
        show.print_json({"key": key})
    else:
        typer.echo(key)


@app.command("ls")
def list_(*, as_json: AsJson = False) -> None:
    """List the valid keys, without their secrets."""
    with transaction() as session:
        found = keys.listed(session)
    if as_json:
        show.print_json([{"id": key.id, "name": key.name, "role": key.role, "projects": key.projects} for key in found])
        return
    rows = [
        (key.id, key.name, key.role, ", ".join(key.projects or ["all"]), show.moment(key.created_at)) for key in found
    ]
    show.print_table(("id", "name", "role", "projects", "created"), rows, empty="no keys")


@app.command()
def revoke(key: KeyId) -> None:
    """End a key and the browser sessions that it opened; the API notices within seconds."""
    with transaction() as session:
        keys.revoke(session, key)
    typer.echo(f"revoked {key}")
