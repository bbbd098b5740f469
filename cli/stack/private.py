"""Files and folders that only their owner may read."""

import os
from pathlib import Path


def write(path: Path, text: str) -> None:
    """Replaces `path` by `text` in one step, with mode 0600."""
    draft = path.with_name(f".{path.name}.new")
    draft.unlink(missing_ok=True)
    with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(text)
    draft.replace(path)


def folder(path: Path) -> Path:
    """`path` as a folder with mode 0700, made where it is missing."""
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.chmod(0o700)
    return path
