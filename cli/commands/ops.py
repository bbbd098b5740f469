"""`callboard ops`: short for `callboard operations`."""

from cli.commands.operations import app

__all__ = ["app"]
