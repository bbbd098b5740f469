"""The `callboard` command: finds its commands in cli/commands and turns refusals into one sentence."""

from importlib import import_module
from importlib.metadata import version
from pkgutil import iter_modules
from typing import Annotated, Any

import typer
from typer.core import TyperGroup
from typer.main import get_group

from callboard.errors import CallboardError
from cli import commands
from cli.terminal.say import say


class _Commands(TyperGroup):
    """Loads a command when it is named, and prints a CallboardError as its sentence with exit code 2."""

    def list_commands(self, ctx: Any) -> list[str]:
        return sorted(found.name for found in iter_modules(commands.__path__))

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """The file's function of the same name, or its Typer `app` of more commands."""
        if cmd_name not in self.list_commands(ctx):
            return None
        module = import_module(f"{commands.__name__}.{cmd_name}")
        loaded = typer.Typer(add_completion=False)
        loaded.callback()(_nothing)
        if hasattr(module, "app"):
            loaded.add_typer(module.app, name=cmd_name)
        else:
            loaded.command(cmd_name)(getattr(module, cmd_name))
        return get_group(loaded).commands[cmd_name]

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except CallboardError as error:
            say(str(error))
            raise typer.Exit(2) from None


def _nothing() -> None:
    """Holds the commands together."""


def _tell_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"callboard {version('callboard')}")
        raise typer.Exit


def callboard(
    version: Annotated[
        bool, typer.Option("--version", callback=_tell_version, is_eager=True, help="Say which.")
    ] = False,
) -> None:
    """Point agents at a repository: every run is a durable job that you can watch, and its record is never lost."""


app = typer.Typer(cls=_Commands, no_args_is_help=True, pretty_exceptions_enable=False)
app.callback()(callboard)
