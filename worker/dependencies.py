"""What a project says that it needs: its requirements files and pyproject.toml, as plain requirements of an index."""

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from packaging.requirements import InvalidRequirement, Requirement

from callboard.errors import DependenciesError

EXTRAS = ("test", "tests", "testing", "dev")
NESTED = ("-r", "--requirement")


def dependencies(folder: Path) -> list[str]:
    """The requirements of a project's folder, sorted, without the project itself.

    Index options are the worker's own affair and passed over. Raises DependenciesError for what is no wheel of an
    index (a URL, a path, a repository) or cannot be read.
    """
    project = _pyproject(folder)
    own = _name(str(project.get("project", {}).get("name", "")))
    lines = [line for file in sorted(folder.glob("requirements*.txt")) for line in _lines(folder, file, set())]
    lines += _declared(project)
    return sorted({str(wanted) for wanted in map(_requirement, lines) if _name(wanted.name) != own})


def _pyproject(folder: Path) -> dict[str, Any]:
    file = folder / "pyproject.toml"
    try:
        return tomllib.loads(_text(folder, file)) if file.is_file() else {}
    except tomllib.TOMLDecodeError as error:
        raise DependenciesError(f"pyproject.toml cannot be read: {error}") from error


def _declared(project: dict[str, Any]) -> list[str]:
    """Dependencies, and those of the extras and dependency groups that are for tests."""
    table, groups = project.get("project", {}), project.get("dependency-groups", {})
    extras = table.get("optional-dependencies", {})
    lines = list(table.get("dependencies", ()))
    for name in EXTRAS:
        lines += [*extras.get(name, ()), *_group(groups, name, ())]
    return lines


def _group(groups: dict[str, Any], name: str, above: tuple[str, ...]) -> Iterator[str]:
    if name in above:
        raise DependenciesError(f"pyproject.toml: the dependency group {name!r} includes itself")
    for entry in groups.get(name, ()):
        if isinstance(entry, str):
            yield entry
        elif isinstance(entry, dict) and "include-group" in entry:
            yield from _group(groups, entry["include-group"], (*above, name))


def _lines(folder: Path, file: Path, seen: set[Path]) -> Iterator[str]:
    """The requirement lines of a file and of those that it names with -r."""
    if (file := file.resolve()) in seen:
        return
    seen.add(file)
    for line in _text(folder, file).replace("\\\n", " ").splitlines():
        line = f" {line}".split(" #")[0].split(" --hash")[0].strip()
        option, _, value = line.replace("=", " ", 1).partition(" ") if line.startswith("--") else line.partition(" ")
        if option in NESTED:
            yield from _lines(folder, file.parent / value.strip(), seen)
        elif line and not line.startswith(("-", ".[")) and line != ".":
            yield line
        elif option in ("-e", "--editable") and value.strip().partition("[")[0] not in (".", "./"):
            raise DependenciesError(f"{value.strip()!r} in {file.name} is no wheel of a package index")


def _requirement(line: str) -> Requirement:
    try:
        wanted = Requirement(line)
    except InvalidRequirement as error:
        raise DependenciesError(f"{line!r} is no requirement that a package index could answer") from error
    if wanted.url:
        raise DependenciesError(f"{wanted.name} comes from a URL; only wheels of a package index are installed")
    return wanted


def _text(folder: Path, file: Path) -> str:
    place = file.resolve()
    if not place.is_relative_to(folder.resolve()) or not place.is_file():
        raise DependenciesError(f"{file.name} is no file of the project")
    return place.read_text(encoding="utf-8-sig", errors="replace")


def _name(name: str) -> str:
    return name.lower().replace("_", "-").replace(".", "-")
