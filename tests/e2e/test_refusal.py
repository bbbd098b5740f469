"""A worker that cannot offer what it should refuses to start, in one sentence."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.e2e.nodes import ROOT

COMMAND = (sys.executable, "-m", "celery", "-A", "worker.app", "worker", "-c", "1")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("def broken(:\n", "does not import: SyntaxError"),
        ("raise RuntimeError('at import')\n", "does not import: RuntimeError: at import"),
        ("answer = 42\n", "holds no capability"),
    ],
)
def test_a_worker_with_a_broken_capability_file_refuses_to_start(
    worker_environment: dict[str, str], tmp_path: Path, text: str, told: str
) -> None:
    (tmp_path / "broken.py").write_text(text)
    env = {**worker_environment, "CALLBOARD_CAPABILITIES": str(tmp_path), "PYTHONPATH": str(ROOT)}

    done = subprocess.run(COMMAND, env=env, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)

    assert done.returncode != 0
    assert f"{tmp_path / 'broken.py'} {told}" in done.stderr
    assert "Traceback" not in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
