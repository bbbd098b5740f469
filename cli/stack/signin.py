"""The administrator's key in the data folder, and the browser's one-use way in."""

from pathlib import Path

from callboard import keys
from callboard.db import transaction
from callboard.errors import UnauthorizedError
from cli.stack import private

_NAME = "callboard up"


def admin_key(file: Path) -> str:
    """The key in `file`; a new one is made and written there where it is missing or opens this database no more."""
    with transaction() as session:
        if file.exists():
            key = file.read_text(encoding="ascii").strip()
            try:
                keys.authenticate(session, key)
            except UnauthorizedError:
                file.unlink()
            else:
                return key
        key = keys.create(session, name=_NAME, role="admin")
    private.write(file, f"{key}\n")
    return key


def link(url: str, key: str) -> str:
    """The address that signs a browser in once, in the name of this key."""
    with transaction() as session:
        return f"{url}/login?ticket={keys.ticket(session, key)}"
