"""Where the API is and which key opens it: what was set by hand, else what a running `callboard up` has written."""

import os
import shlex
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from cli import environment

DEFAULT_URL = "http://127.0.0.1:8080"
_NAME = ".callboard"


@dataclass(frozen=True)
class Connection:
    """An API's address without its path, and the key for it where one is known."""

    url: str
    key: str | None = field(default=None, repr=False)


def find() -> Connection:
    """CALLBOARD_URL and CALLBOARD_API_KEY, else those of the nearest `up`; its key goes nowhere but to its own URL."""
    folder = data_folder()
    started = written(folder).get("CALLBOARD_URL") if folder else None
    url = (environment.given("CALLBOARD_URL") or started or DEFAULT_URL).rstrip("/")
    key = environment.given("CALLBOARD_API_KEY")
    if key is None and folder and url == started:
        key = _text(folder / "api-key") or None
    return Connection(url, key)


def adopt_running() -> None:
    """Sets what the nearest `up` has written for this process, where nothing else was set by hand."""
    folder = data_folder()
    values = written(folder) if folder else {}
    environment.adopt({name: value for name, value in values.items() if environment.given(name) is None})


def note(folder: Path) -> None:
    """Notes for this user's commands, wherever they are typed, that the newest `up` has its data in this folder."""
    if file := _note():
        with suppress(OSError):  # without a note, commands typed elsewhere need CALLBOARD_DATA_DIR
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(f"{folder}\n", encoding="utf-8")


def data_folder() -> Path | None:
    """The data folder of `up`: CALLBOARD_DATA_DIR, else `.callboard` here or above, else that of the newest `up`."""
    return next((folder for folder in _candidates() if _is_private(folder) and (folder / "env").is_file()), None)


def written(folder: Path) -> dict[str, str]:
    """What DIR/env says, by name."""
    words = shlex.split(_text(folder / "env"), comments=True)
    return {name: value for name, _, value in (word.partition("=") for word in words)}


def _candidates() -> Iterator[Path]:
    if given := environment.given("CALLBOARD_DATA_DIR"):
        yield Path(given).expanduser()
        return
    here = Path.cwd()
    yield from (folder / _NAME for folder in (here, *here.parents))
    if (file := _note()) and (noted := _text(file)):
        yield Path(noted)


def _note() -> Path | None:
    home = environment.given("HOME")
    state = environment.given("XDG_STATE_HOME") or (f"{home}/.local/state" if home else None)
    return Path(state) / "callboard" / "up" if state else None


def _is_private(folder: Path) -> bool:
    # A checkout can bring a folder of this name, but never one that others may not enter.
    try:
        status = folder.stat()
    except OSError:
        return False
    return status.st_uid == os.getuid() and not status.st_mode & 0o077


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8").strip()
    except OSError:
        return ""
