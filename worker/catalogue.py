"""Finds the capabilities that this worker offers: the built-in files, a folder of one's own, installed packages."""

import importlib.util
import sys
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from types import ModuleType

from callboard.capabilities import Capability
from callboard.errors import CallboardError, SettingsError
from callboard.settings import current
from worker import capabilities as built_in

GROUP = "callboard.capabilities"
PASSED_OVER = ("_", "test_", "conftest.")


def discover(folder: Path | None = None) -> dict[str, Capability]:
    """Every capability by name: built-in, from `folder`, and from entry points of the group `callboard.capabilities`.

    Raises CallboardError, naming the file or the entry point, where one does not import, holds no capability, or takes
    a name that is taken.
    """
    found: dict[str, Capability] = {}
    origins: dict[str, str] = {}
    for origin, offered in [*_in_folder(Path(built_in.__path__[0]), built_in.__name__), *_own(folder), *_installed()]:
        for capability in offered:
            if capability.name in found:
                raise CallboardError(
                    f"{origin} offers the capability {capability.name!r}, which {origins[capability.name]} offers "
                    "already; rename one of them."
                )
            found[capability.name], origins[capability.name] = capability, origin
    return found


def configured() -> dict[str, Capability]:
    """What this worker's settings offer; see `discover`."""
    return discover(current().capabilities)


def _own(folder: Path | None) -> list[tuple[str, list[Capability]]]:
    if folder is None:
        return []
    if not folder.is_dir():
        raise SettingsError(f"CALLBOARD_CAPABILITIES names {folder}, which is no folder; make it, or unset it.")
    return _in_folder(folder.resolve(), "callboard_own_capabilities")


def _in_folder(folder: Path, package: str) -> list[tuple[str, list[Capability]]]:
    files = [path for path in sorted(folder.glob("*.py")) if not path.name.startswith(PASSED_OVER)]
    return [(str(path), _offered(_import(path, f"{package}.{path.stem}"), str(path))) for path in files]


def _import(path: Path, name: str) -> ModuleType:
    if name in sys.modules and sys.modules[name].__file__ == str(path):
        return sys.modules[name]
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise CallboardError(f"{path} is no Python file that can be imported.")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except Exception as error:
        # Whatever a stranger's module raises at import, the operator is told which file it was.
        del sys.modules[name]
        raise CallboardError(f"{path} does not import: {type(error).__name__}: {error}") from error
    return module


def _offered(module: ModuleType, origin: str) -> list[Capability]:
    offered = [value for value in vars(module).values() if isinstance(value, Capability)]
    own = [capability for capability in offered if capability.handler.__module__ == module.__name__]
    if not own:
        raise CallboardError(f"{origin} holds no capability; decorate its handler with @capability(...) or remove it.")
    return own


def _installed() -> list[tuple[str, list[Capability]]]:
    return [(f"the entry point {entry.value}", _load(entry)) for entry in entry_points(group=GROUP)]


def _load(entry: EntryPoint) -> list[Capability]:
    try:
        loaded = entry.load()
    except Exception as error:
        raise CallboardError(
            f"The entry point {entry.value} does not import: {type(error).__name__}: {error}"
        ) from error
    if isinstance(loaded, Capability):
        return [loaded]
    if isinstance(loaded, ModuleType):
        return _offered(loaded, f"The module {entry.value}")
    raise CallboardError(f"The entry point {entry.value} is no capability and no module of some.")
