"""The dashboard in a real browser, against everything that `callboard up` starts."""

import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from dashboard import build

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
ROOT = Path(__file__).resolve().parents[2]

pytestmark = pytest.mark.skipif(
    not any(shutil.which(name) for name in BROWSERS), reason="no Chromium is installed: apt-get install chromium"
)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


@pytest.fixture
def stack(tmp_path: Path) -> Iterator[dict[str, str]]:
    """What a browser test needs to know of a stack that runs for the test alone."""
    build.build()
    data = tmp_path / "data"
    url = f"http://127.0.0.1:{(port := free_port())}"
    command = [sys.executable, "-c", "from cli.main import app; app()", "up", "--data", str(data)]
    command += ["--port", str(port), "--flower-port", str(free_port()), "--concurrency", "2"]
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True) as up:
        try:
            assert up.stdout is not None
            assert next((line for line in up.stdout if line.startswith("ready ")), None), f"see {data}/logs"
            web = next(child for child in psutil.Process(up.pid).children() if "web.asgi:app" in child.cmdline())
            key = (data / "api-key").read_text().strip()
            yield {"CALLBOARD_URL": url, "CALLBOARD_API_KEY": key, "CALLBOARD_WEB_PID": str(web.pid)}
        finally:
            up.terminate()
            up.wait(30)


@pytest.mark.timeout(600)
def test_a_browser_sees_what_happens_as_it_happens(stack: dict[str, str]) -> None:
    command = ["node", "--test", "--test-concurrency=1", "e2e/live.test.mjs"]
    done = subprocess.run(
        command, cwd=build.HERE, env=build.prepare() | stack, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout[-10_000:] + done.stderr[-2_000:]
