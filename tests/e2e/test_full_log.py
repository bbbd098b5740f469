"""A worker whose log has no room from its start on still works."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.e2e.conftest import QUICK
from tests.e2e.nodes import ROOT
from tests.e2e.stage import Stage

COMMAND = (sys.executable, "-m", "celery", "-A", "worker.app", "worker", "-c", "1", "-n", "full@%h", "-l", "INFO")

pytestmark = [
    pytest.mark.usefixtures("nobody"),
    pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a device that is always full"),
]


def test_a_worker_whose_output_cannot_be_written_still_works(
    worker_environment: dict[str, str], stage: Stage, tmp_path: Path
) -> None:
    env = {**worker_environment, **QUICK, "PYTHONPATH": str(ROOT)}
    with Path("/dev/full").open("wb") as full:
        worker = subprocess.Popen(COMMAND, cwd=tmp_path, env=env, stdout=full, stderr=full)
    try:
        assert stage.until_ended(stage.submit("echo"), seconds=60).status == "completed"
    finally:
        worker.send_signal(signal.SIGTERM)
        worker.wait(30)
