"""Installs a lock file into the virtual environment that runs this, in half the time that pip takes alone.

1. Wheels are downloaded by several pips at once, each checking the hashes of its share.
2. One pip installs them, without network, and checks the hashes again.
3. All cores compile them.
"""

import re
import subprocess
import sys
import sysconfig
import tempfile
from concurrent.futures import ThreadPoolExecutor
from importlib import metadata
from pathlib import Path

PIP = (sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet")
STRICT = ("--require-hashes", "--no-deps", "--only-binary", ":all:")
SHARES = 4


def requirements(lock: Path) -> list[str]:
    """The requirements that are not installed yet, each with the lines of its hashes."""
    every = re.split(r"\n(?=\S)", lock.read_text(encoding="utf-8").strip())
    return [requirement for requirement in every if not is_installed(requirement)]


def is_installed(requirement: str) -> bool:
    """Whether this very version is there."""
    name, version = re.split(r"==|\s", requirement, maxsplit=2)[:2]
    try:
        return metadata.version(name.partition("[")[0]) == version
    except metadata.PackageNotFoundError:
        return False


def download(share: list[str], folder: Path) -> None:
    """Fetches the wheels of some requirements into the folder."""
    with tempfile.NamedTemporaryFile("w", suffix=".txt", encoding="utf-8") as file:
        file.write("\n".join(share))
        file.flush()
        subprocess.run((*PIP, "download", *STRICT, "-d", str(folder), "-r", file.name), check=True)


def install(lock: Path) -> None:
    """Brings the environment to what the lock says; a pip that fails has said why."""
    wanted = requirements(lock)
    with tempfile.TemporaryDirectory() as name, ThreadPoolExecutor(SHARES) as pool:
        shares = [share for share in (wanted[start::SHARES] for start in range(SHARES)) if share]
        list(pool.map(download, shares, [Path(name)] * len(shares)))
        offline = ("--no-index", "--find-links", name, "--no-compile")
        subprocess.run((*PIP, "install", *STRICT, *offline, "-r", str(lock)), check=True)
    # A package may bring files that are no Python for this version; they fail when used, not here.
    packages = sysconfig.get_path("purelib")
    subprocess.run((sys.executable, "-m", "compileall", "-qq", "-j", "0", packages), check=False)


if __name__ == "__main__":
    try:
        install(Path(sys.argv[1]))
    except subprocess.CalledProcessError as error:
        sys.exit(error.returncode)
