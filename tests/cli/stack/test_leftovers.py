"""What an `up` that was killed has left is ended, on real processes."""

import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from cli.stack import leftovers

SLEEPER = "import time; print('there', flush=True); time.sleep(600)"
NEGLIGENT = f"import subprocess, sys; subprocess.Popen([sys.executable, '-c', {SLEEPER!r}], cwd=sys.argv[1]); input()"


def test_what_has_ended_is_not_waited_for_though_its_parent_never_asks_how(tmp_path: Path) -> None:
    command = (sys.executable, "-c", NEGLIGENT, str(tmp_path))
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as parent:
        assert parent.stdout
        parent.stdout.readline()
        (child,) = leftovers.find(tmp_path)
        began = time.monotonic()

        assert leftovers.end(tmp_path, 0) == 1

        assert time.monotonic() - began < leftovers._KILLED_SECONDS / 2
        assert child.status() == psutil.STATUS_ZOMBIE
        parent.kill()


@pytest.mark.parametrize("folder", ["here", "elsewhere"])
def test_only_what_runs_in_the_folder_is_ended(tmp_path: Path, folder: str) -> None:
    for name in ("here", "elsewhere"):
        (tmp_path / name).mkdir()
    command = (sys.executable, "-c", SLEEPER)
    with subprocess.Popen(command, cwd=tmp_path / folder, stdout=subprocess.PIPE) as process:
        assert process.stdout
        process.stdout.readline()

        assert leftovers.end(tmp_path / "here") == (folder == "here")

        assert (process.poll() is None) == (folder == "elsewhere")
        process.kill()
