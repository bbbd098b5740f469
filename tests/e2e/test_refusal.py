"""A worker that cannot offer what it should refuses to start, in one sentence."""

import subprocess
import sys
from pathlib import Path

from tests.e2e.nodes import ROOT

COMMAND = (sys.executable, "-m", "celery", "-A", "worker.app", "worker", "-c", "1")


def test_a_worker_with_a_broken_capability_file_refuses_to_start(
    worker_environment: dict[str, str], tmp_path: Path
) -> None:
    (tmp_path / "broken.py").write_text("raise RuntimeError('at import')\n")
    env = {**worker_environment, "CALLBOARD_CAPABILITIES": str(tmp_path), "PYTHONPATH": str(ROOT)}

    done = subprocess.run(COMMAND, env=env, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)

    assert done.returncode != 0
    assert f"{tmp_path / 'broken.py'} does not import: RuntimeError: at import" in done.stderr
    assert "Traceback" not in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
