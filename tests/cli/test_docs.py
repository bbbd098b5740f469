"""docs/commands.md tells of every command, argument and option, and of nothing else."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer
from typer.main import get_command

from cli.main import app

PAGE = Path(__file__).parents[2] / "docs" / "commands.md"
ROW = re.compile(r"^\| `(.+?)` \|", re.MULTILINE)


def commands(command: Any, path: str) -> Iterator[tuple[str, set[str]]]:
    """Every command by its full name, with its arguments and options as the page names them."""
    if not hasattr(command, "list_commands"):
        yield path, {told(parameter) for parameter in command.params if parameter.name != "help"}
        return
    context = typer.Context(command)
    for name in command.list_commands(context):
        if name != "ops":
            yield from commands(command.get_command(context, name), f"{path} {name}")


def told(parameter: Any) -> str:
    if parameter.param_type_name == "option":
        return ", ".join([*parameter.opts, *parameter.secondary_opts])
    return str(parameter.metavar or parameter.name.upper()).replace("|", " or ")


def test_the_page_has_every_command_with_exactly_its_options() -> None:
    sections = re.split(r"^### `(callboard .+?)`$", PAGE.read_text(), flags=re.MULTILINE)
    documented = {name: set(ROW.findall(text)) for name, text in zip(sections[1::2], sections[2::2], strict=True)}
    assert documented == dict(commands(get_command(app), "callboard"))


def test_the_exit_codes_on_the_page_are_the_program_s() -> None:
    assert dict(re.findall(r"^\| (\d+) \| (\w+)", PAGE.read_text(), flags=re.MULTILINE)) == {
        "0": "pass",
        "1": "fail",
        "2": "refused",
        "3": "undecided",
        "130": "interrupted",
    }
