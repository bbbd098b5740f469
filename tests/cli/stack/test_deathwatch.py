import os
import subprocess
import sys
import time
from pathlib import Path

import psutil

from cli.stack import leftovers

UP = """
import os, subprocess, sys
from pathlib import Path
from cli.stack import deathwatch
folder = Path(sys.argv[1])
lock = os.open(folder / "lock", os.O_CREAT | os.O_RDWR)
deathwatch.start([folder], lock)
child = [sys.executable, "-c", "import time; print('here', flush=True); time.sleep(60)"]
subprocess.Popen(child, cwd=folder, start_new_session=True)
sys.stdin.read()
"""


def test_nothing_outlives_a_killed_parent(tmp_path: Path) -> None:
    command = (sys.executable, "-c", UP, str(tmp_path))
    environment = {"PYTHONPATH": os.getcwd()}
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment) as parent:
        assert parent.stdout is not None
        assert parent.stdout.readline() == b"here\n"
        assert len(leftovers.find(tmp_path)) == 1
        parent.kill()
    deadline = time.monotonic() + 10
    while leftovers.find(tmp_path) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert leftovers.find(tmp_path) == []


def test_a_process_elsewhere_is_left_alone(tmp_path: Path) -> None:
    ours, other = tmp_path / "ours", tmp_path / "other"
    ours.mkdir()
    other.mkdir()
    with subprocess.Popen((sys.executable, "-c", "input()"), cwd=other, stdin=subprocess.PIPE) as stranger:
        assert leftovers.end(ours) == 0
        assert psutil.pid_exists(stranger.pid)
        assert stranger.poll() is None


def test_a_shell_that_someone_opened_in_the_folder_is_left_alone(tmp_path: Path) -> None:
    with subprocess.Popen(("sh", "-c", "read line"), cwd=tmp_path, stdin=subprocess.PIPE) as shell:
        assert leftovers.end(tmp_path) == 0
        assert shell.poll() is None
