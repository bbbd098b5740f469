"""The server as it is really started."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator

import httpx
import pytest


@pytest.fixture
def server(database: dict[str, str]) -> Iterator[subprocess.Popen[str]]:
    """A uvicorn process on a free port, ended as an operator would."""
    argv = [sys.executable, "-m", "uvicorn", "web.asgi:app", "--port", "0", "--no-access-log"]
    with subprocess.Popen(argv, stderr=subprocess.PIPE, text=True) as process:
        yield process
        process.terminate()


def test_the_program_serves_logs_json_and_stops(server: subprocess.Popen[str]) -> None:
    assert server.stderr is not None
    url = next(found[0] for line in server.stderr if (found := re.search(r"http://[\d.:]+", line)))
    assert httpx.get(f"{url}/readyz").json()["status"] == "ready"
    assert httpx.get(f"{url}/api/v1/projects", headers={"X-Request-Id": "r1"}).status_code == 401
    server.terminate()
    logged = [json.loads(line) for line in server.stderr if line.startswith("{")]
    requests = [line for line in logged if line["event"] == "request"]
    assert [(line["path"], line["status"], line["request_id"]) for line in requests] == [
        ("/api/v1/projects", 401, "r1")
    ]
    assert server.wait(20) in (0, -15)
