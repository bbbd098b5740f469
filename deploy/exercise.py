"""Has real work done through a running Callboard, kills its worker in the middle, and checks what is on record.

Usage: CALLBOARD_API_KEY=... python3 exercise.py URL COMPOSE...; the standard library is all that it needs.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from typing import Any
from urllib.request import Request, urlopen

CAPABILITIES = ["code_review", "testing"]
LONGEST_WAIT = 60
TAKEOVER_SECONDS = 45
# Ends Celery as the out-of-memory killer would: the container ends with it, and its restart policy brings it back.
KILL = "import psutil; [child.kill() for child in psutil.Process(1).children()]"


class Api:
    """The HTTP API behind `url`, for one key."""

    def __init__(self, url: str, key: str) -> None:
        self._url = url
        self._headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}

    def call(self, method: str, path: str, body: object = None) -> Any:
        """The JSON that a call answers. Raises HTTPError when it is refused."""
        data = None if body is None else json.dumps(body).encode()
        request = Request(f"{self._url}/api/v1{path}", data, self._headers, method=method)
        with urlopen(request, timeout=LONGEST_WAIT + 10) as answer:
            return json.load(answer)

    def project(self, name: str) -> None:
        """Makes the project of the folder /projects/<name>, on which the agent may do all that it can."""
        self.call("POST", "/projects", {"id": name, "name": name, "source": {"path": f"/projects/{name}"}})
        self.call("PUT", f"/projects/{name}/agents/exerciser", {"capabilities": CAPABILITIES})

    def submit(self, project: str, capability: str) -> str:
        """Asks for an operation and answers its id."""
        body = {"agent_id": "exerciser", "capability": capability}
        return str(self.call("POST", f"/projects/{project}/operations", body)["id"])

    def until(self, id: str, holds: Callable[[dict[str, Any]], bool], *, seconds: float) -> dict[str, Any]:
        """The operation once this holds of it; ends the program where that takes too long."""
        deadline = time.monotonic() + seconds
        while not holds(operation := self.call("GET", f"/operations/{id}")):
            _must(time.monotonic() < deadline, f"it still is so after {seconds:.0f} s: {operation}")
            time.sleep(0.2)
        return dict(operation)

    def completed(self, id: str) -> dict[str, Any]:
        """The operation once it has ended, which it must have done well, and in a sandbox."""
        operation: dict[str, Any] = self.call("GET", f"/operations/{id}?wait={LONGEST_WAIT}")
        _must(operation["status"] == "completed", f"it did not complete: {operation}")
        _must(operation["sandbox"] in ("bubblewrap", "landlock"), f"no sandbox is on record: {operation}")
        told = (operation[name] for name in ("capability", "project_id", "verdict", "sandbox", "attempt"))
        _say("{} on {}: verdict {}, in {}, attempt {}".format(*told))
        return operation


def check_work(api: Api) -> None:
    """The sample project's defects are found, in a sandbox."""
    api.project("shop")
    for id in [api.submit("shop", capability) for capability in CAPABILITIES]:
        operation = api.completed(id)
        _must(operation["verdict"] == "fail", f"the sample project has defects, but the verdict is {operation}")


def check_rescue(api: Api, compose: Sequence[str]) -> None:
    """An operation whose worker is killed is done by the next one, and is on record once."""
    api.project("slow")
    id = api.submit("slow", "testing")
    api.until(id, lambda operation: operation["status"] == "running", seconds=30)
    subprocess.run([*compose, "exec", "-T", "worker", "python", "-c", KILL], check=False)
    killed = time.monotonic()
    api.until(id, lambda operation: operation["attempt"] == 2, seconds=TAKEOVER_SECONDS)
    _say(f"the killed worker's operation was taken over after {time.monotonic() - killed:.1f} s")
    operation = api.completed(id)
    _must(operation["verdict"] == "pass" and operation["attempt"] == 2, f"not done by a second attempt: {operation}")
    history = api.call("GET", "/projects/slow")["agent_metadata"]["operation_history"]
    _must([record["id"] for record in history] == [id], f"the history is not that one operation: {history}")


def _must(holds: bool, otherwise: str) -> None:
    if not holds:
        sys.exit(f"exercise: {otherwise}")


def _say(sentence: str) -> None:
    sys.stdout.write(f"exercise: {sentence}\n")
    sys.stdout.flush()


def main(url: str, *compose: str) -> None:
    """Does all checks, or ends the program with a sentence at the first that does not hold."""
    api = Api(url, os.environ["CALLBOARD_API_KEY"])
    agent = {"id": "exerciser", "name": "Exerciser", "kind": "tool", "capabilities": CAPABILITIES}
    api.call("POST", "/agents", agent)
    check_work(api)
    check_rescue(api, compose)


if __name__ == "__main__":
    main(*sys.argv[1:])
