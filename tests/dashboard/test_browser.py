"""The dashboard in a real browser, against everything that `callboard up` starts."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from cli.stack import ports
from dashboard import build

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
SHORT = {"CALLBOARD_LEASE_SECONDS": "4", "CALLBOARD_HEARTBEAT_SECONDS": "1", "CALLBOARD_SWEEP_SECONDS": "1"}

pytestmark = pytest.mark.skipif(
    not any(shutil.which(name) for name in BROWSERS), reason="no Chromium is installed: apt-get install chromium"
)


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """What a browser test needs to know of a stack that runs for these tests alone; a lost lease shows in seconds."""
    build.build()
    data = tmp_path_factory.mktemp("stack") / "data"
    command = [sys.executable, "-c", "from cli.main import app; app()", "up", "--data", str(data)]
    command += ["--port", str(ports.pick()), "--flower-port", str(ports.pick()), "--concurrency", "2"]
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), **SHORT}
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True) as up:
        try:
            assert up.stdout is not None
            assert next((line for line in up.stdout if line.startswith("ready ")), None), f"see {data}/logs"
            yield {
                **dict(line.split("=", 1) for line in (data / "env").read_text().splitlines()),
                "CALLBOARD_API_KEY": (data / "api-key").read_text().strip(),
                "CALLBOARD_UP_PID": str(up.pid),
                "CALLBOARD_SCRIPTS": str(HERE),
                "CALLBOARD_PYTHON": sys.executable,
                "PYTHONPATH": str(ROOT),
            }
        finally:
            up.terminate()
            up.wait(30)


@pytest.mark.timeout(600)
@pytest.mark.parametrize("what", ["live", "looks", "operate", "faults", pytest.param("load", marks=pytest.mark.quiet)])
def test_a_browser_sees_what_happens_as_it_happens(stack: dict[str, str], what: str) -> None:
    command = ["node", "--test", "--test-concurrency=1", f"e2e/{what}.test.mjs"]
    done = subprocess.run(
        command, cwd=build.HERE, env=build.prepare() | stack, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout[-10_000:] + done.stderr[-2_000:]
