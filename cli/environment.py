"""The one place of the command line that reads the environment: what was set by hand, and what children inherit."""

import os
from collections.abc import Mapping
from pathlib import Path

from callboard.errors import SettingsError

_PASSED = {
    *("PATH", "HOME", "USER", "LOGNAME", "LANG", "LANGUAGE", "TZ", "TMPDIR"),
    *("HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE"),
}
_PASSED_PREFIXES = ("CALLBOARD_", "LC_", "PIP_")


def given(name: str) -> str | None:
    """What the operator set under this name, or put into the file of `<name>_FILE`. Raises SettingsError."""
    if path := os.environ.get(f"{name}_FILE"):
        try:
            return os.environ.get(name) or Path(path).read_text(encoding="utf-8").strip()
        except OSError as error:
            raise SettingsError(f"the file {path} named by {name}_FILE cannot be read: {error.strerror}") from error
    return os.environ.get(name) or None


def adopt(values: Mapping[str, str]) -> None:
    """Sets these for this process and so for every child that is started later."""
    os.environ.update(values)


def for_children() -> dict[str, str]:
    """What a child may see: Callboard's own settings, and the few names that any program needs."""
    passed = {name: value for name, value in os.environ.items() if _passes(name)}
    if paths := os.environ.get("PYTHONPATH"):
        # Children work in folders of their own, where a relative path would mean something else.
        passed["PYTHONPATH"] = os.pathsep.join(os.path.abspath(path) for path in paths.split(os.pathsep))
    return passed


def _passes(name: str) -> bool:
    return name.upper() in _PASSED or name.startswith(_PASSED_PREFIXES)
