"""The `callboard` command: finds its commands in cli/commands and turns refusals into one sentence."""

from importlib import import_module
from pkgutil import iter_modules
from typing import Any

import typer
from typer.core import TyperGroup

from callboard.errors import CallboardError
from cli import commands

_HELP = "Point agents at a repository: every run is a durable job that you can watch, and its record is never lost."


class _Commands(TyperGroup):
    """Prints a CallboardError as its sentence and exits with 2."""

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except CallboardError as error:
            typer.echo(f"callboard: {error}", err=True)
            raise typer.Exit(2) from None


def build() -> typer.Typer:
    """The program with every command of cli/commands: a function named like its file, or a Typer `app` of more."""
    program = typer.Typer(cls=_Commands, no_args_is_help=True, pretty_exceptions_enable=False, help=_HELP)
    for found in iter_modules(commands.__path__):
        module = import_module(f"{commands.__name__}.{found.name}")
        for name in (found.name.replace("_", "-"), *getattr(module, "ALIASES", ())):
            if hasattr(module, "app"):
                program.add_typer(module.app, name=name)
            else:
                program.command(name)(getattr(module, found.name))
    return program


app = build()
