"""`callboard new`: a capability of one's own to start from, with its test, both working as they are."""

import keyword
import sys
from pathlib import Path
from typing import Annotated

import typer

from callboard.capabilities import NAME
from callboard.errors import AlreadyExistsError, InvalidCapabilityError, InvalidError

app = typer.Typer(no_args_is_help=True, help="Start something of one's own.")

Name = Annotated[str, typer.Argument(help="The capability's name: lower-case letters, digits and _.")]
Folder = Annotated[Path, typer.Option(help="Folder to write into.", file_okay=False)]

_TEMPLATES = Path(__file__).resolve().parents[1] / "templates"


@app.callback()
def new() -> None:
    """Start something of one's own."""


@app.command()
def capability(name: Name, *, folder: Folder = Path()) -> None:
    """Write NAME.py, a capability that works, and test_NAME.py, its test."""
    if not NAME.fullmatch(name) or keyword.iskeyword(name) or name in sys.stdlib_module_names:
        raise InvalidCapabilityError(
            f"{name!r} cannot name a capability and its file: use up to 63 lower-case letters, digits and _,"
            " no name of Python's"
        )
    if name.startswith("test_"):
        raise InvalidCapabilityError(
            f"{name!r} cannot name a capability and its file: workers pass tests over; leave out `test_`"
        )
    files = {folder / f"{name}.py": "capability.py.txt", folder / f"test_{name}.py": "test_capability.py.txt"}
    for path in files:
        if path.exists():
            raise AlreadyExistsError(f"{path} is there already and stays as it is; choose another name or --folder")
    for path, template in files.items():
        _write(path, (_TEMPLATES / template).read_text(encoding="utf-8").replace("@NAME@", name))
        typer.echo(f"wrote {path}")
    typer.echo(f"test it:  {Path(sys.executable).with_name('pytest')} {folder / f'test_{name}.py'}")
    typer.echo(f"offer it: CALLBOARD_CAPABILITIES={folder.resolve()} callboard up")


def _write(path: Path, text: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise InvalidError(f"{path} cannot be written: {error.strerror}; name another --folder") from error
