"""A project's own virtual environment: built once per set of dependencies, then shared read-only."""

import configparser
import fcntl
import hashlib
import json
import os
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import unquote, urlsplit

from callboard.errors import AttemptLostError, DependenciesError
from callboard.settings import Settings
from worker.confinement import grants
from worker.confinement.run import Limits
from worker.dependencies import dependencies
from worker.sandbox import Sandbox
from worker.sources import tree
from worker.workspace import Workspace, work_dir

ALWAYS = ("pytest", "pytest-cov")
LIMITS = Limits(seconds=900, memory_bytes=8 << 30, file_bytes=4 << 30)
INSTALL = ("install", "--only-binary", ":all:", "--no-input", "--no-cache-dir", "--progress-bar", "off", "--")
READY = "callboard-ready"
LAST_LINES = 5
UNUSED_SECONDS = 30 * 86400


def environment(workspace: Workspace, *, settings: Settings) -> Path | None:
    """The Python interpreter that has the project's dependencies; its folder is the environment's `bin`.

    None stands for the worker's own, where no dependencies are asked for. Raises DependenciesError with pip's own last
    lines, AttemptLostError when the attempt was stopped.
    """
    wanted = dependencies(workspace.path)
    if not wanted:
        return None
    home = work_dir(settings, workspace.sandbox) / "environments"
    home.mkdir(mode=0o755, exist_ok=True)
    digest = hashlib.sha256(json.dumps([sys.version, sys.base_prefix, ALWAYS, wanted]).encode()).hexdigest()[:24]
    folder = home / digest
    with _alone(home / f"{digest}.lock", workspace.sandbox):
        if not (folder / READY).exists():
            _build(folder, wanted, workspace.sandbox)
    return folder / "bin" / "python"


def remove_unused(settings: Settings) -> int:
    """Removes the environments that no attempt has asked for in a month; answers how many."""
    gone = 0
    for lock in (settings.work_dir / "environments").glob("*.lock"):
        folder = lock.with_suffix("")
        with lock.open("a") as file:
            # whoever asks for one opens its lock anew, and waits for it as long as it is held here
            if folder.exists() and _try_lock(file.fileno()) and time.time() - lock.stat().st_mtime > UNUSED_SECONDS:
                (folder / READY).unlink(missing_ok=True)
                tree.remove(folder)
                gone += 1
    return gone


def _build(folder: Path, wanted: Sequence[str], sandbox: Sandbox) -> None:
    """Builds at its final place, for an environment cannot be moved; the mark written last makes it one."""
    if folder.exists():
        tree.remove(folder)
    folder.mkdir(mode=0o755)
    env, files = _pip_settings()
    _step(sandbox, folder, [sys.executable, "-m", "venv", "--without-pip", str(folder)])
    # The worker's own pip: to install one into the environment takes longer than most projects' packages.
    install = [sys.executable, "-m", "pip", "--python", str(folder / "bin" / "python"), *INSTALL, *ALWAYS, *wanted]
    _step(sandbox, folder, install, env=env, readable=files)
    (folder / READY).touch()


def _step(
    sandbox: Sandbox,
    folder: Path,
    argv: list[str],
    *,
    env: dict[str, str] | None = None,
    readable: Sequence[Path] = (),
) -> None:
    completed = sandbox.run(
        argv, cwd=folder, writable=[folder], readable=readable, env=env, limits=LIMITS, network=env is not None
    )
    if completed.stopped:
        raise AttemptLostError("The attempt was stopped while its dependencies were installed")
    if completed.timed_out:
        raise DependenciesError(f"The dependencies were not installed within {LIMITS.seconds:g} seconds")
    if completed.returncode != 0:
        lines = (completed.error_text.strip() or completed.text.strip()).splitlines()
        told = "\n".join(lines[-LAST_LINES:])
        raise DependenciesError(f"The project's dependencies could not be installed as wheels: {told}")


@contextmanager
def _alone(lock: Path, sandbox: Sandbox) -> Iterator[None]:
    """Holds the lock of one environment across all workers of this host; a set stop event ends the waiting."""
    with lock.open("w") as file:
        while not _try_lock(file.fileno()):
            if sandbox.stop.wait(0.2):
                raise AttemptLostError("The attempt was stopped while another one installed its dependencies")
        yield


def _try_lock(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _pip_settings() -> tuple[dict[str, str], list[Path]]:
    """The host's own settings for pip (indexes, certificates, proxies) and the files that they name; nothing else."""
    env, files = grants.network_environment()
    env |= {name: os.environ[name] for name in grants.PIP_VARIABLES if name in os.environ}
    home = Path.home()
    users = [file for file in (home / ".config/pip/pip.conf", home / ".pip/pip.conf") if file.is_file()]
    if users:
        # the HOME inside is another one, so the user's file takes the place of one named by the environment
        env.setdefault("PIP_CONFIG_FILE", str(users[0]))
    configs = [Path("/etc/pip.conf"), Path(sys.prefix, "pip.conf"), Path(env.get("PIP_CONFIG_FILE", os.devnull))]
    configs = [file for file in configs if file.is_file()]
    words = [word for value in (*env.values(), *_values(configs)) for word in value.split()]
    named = [Path(unquote(urlsplit(word).path)) for word in words if word.startswith(("/", "file:///"))]
    return env, [path for path in dict.fromkeys((*files, *configs, *named)) if _grantable(path)]


def _grantable(path: Path) -> bool:
    return path.is_file() or (path.is_dir() and path != Path("/"))


def _values(configs: Sequence[Path]) -> Iterator[str]:
    parser = configparser.RawConfigParser()
    try:
        parser.read(configs, encoding="utf-8")
    except configparser.Error as error:
        raise DependenciesError(f"pip's configuration cannot be read: {error}") from error
    for section in parser.sections():
        yield from (value for _, value in parser.items(section))
