"""Clients that submit over HTTP with an Idempotency-Key, try again until they are answered, and log every answer."""

import json
import random
import threading
import time
from pathlib import Path
from typing import Any

import httpx

from faults.stack import until
from faults.template import AGENT, PROJECTS

CLIENTS = 4
ANSWER_SECONDS = 15.0
PATIENCE_SECONDS = 180.0


class Log:
    """The clients' own account, one JSON line for each answer and mark; it never looks at the database."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.Lock()
        self.accepted: dict[str, str] = {}

    def write(self, **entry: Any) -> None:
        """Notes something that happened now."""
        with self._lock, self.path.open("a", encoding="utf-8") as file:
            file.write(json.dumps({"at": time.time(), **entry}) + "\n")
            if entry.get("id"):
                self.accepted[entry["key"]] = entry["id"]


class Load:
    """So many submits by four clients in the background; the `with` block ends when all are answered."""

    def __init__(self, url: str, api_key: str, log: Log, *, operations: int, seed: int, pause: float = 0.0) -> None:
        self.operations = operations
        self._url, self._api_key, self._log = url, api_key, log
        self._pause = pause
        self._seed = seed
        self._before = len(log.accepted)
        self._threads = [threading.Thread(target=self._client, args=(number,)) for number in range(CLIENTS)]

    def __enter__(self) -> "Load":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *raised: object) -> None:
        for thread in self._threads:
            thread.join()

    @property
    def accepted(self) -> int:
        """How many of these submits were answered with 2xx by now."""
        return len(self._log.accepted) - self._before

    def until_accepted(self, share: float) -> None:
        """Waits until this share of the submits was accepted."""
        until(f"{share:.0%} of the submits", lambda: self.accepted >= self.operations * share, PATIENCE_SECONDS)

    def _client(self, number: int) -> None:
        chance = random.Random(f"{self._seed} {number}")
        with httpx.Client(base_url=self._url, timeout=ANSWER_SECONDS, trust_env=False) as client:
            for n in range(number, self.operations, CLIENTS):
                key = f"load-{self._seed}-{self._before}-{n}"
                submit(
                    client, self._api_key, self._log, key=key, project=chance.choice(PROJECTS), parameters=work(chance)
                )
                time.sleep(self._pause * chance.uniform(0.5, 1.5))


def work(chance: random.Random) -> dict[str, Any]:
    """The parameters of an `act`: most are instant, some take a second, some stumble once."""
    kind = chance.random()
    if kind < 0.15:
        return {"seconds": round(chance.uniform(0.5, 1.5), 2)}
    return {"stumbles": 1} if kind < 0.2 else {}


def submit(
    client: httpx.Client,
    api_key: str,
    log: Log,
    *,
    key: str,
    project: str = PROJECTS[0],
    capability: str = "act",
    parameters: dict[str, Any] | None = None,
) -> str | None:
    """Submits one operation with the same key until a 2xx or a refusal; answers its id, None where it has none."""
    body = {"agent_id": AGENT, "capability": capability, "parameters": parameters or {}}
    headers = {"Authorization": f"Bearer {api_key}", "Idempotency-Key": key}
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        began = time.monotonic()
        try:
            answer = client.post(f"/api/v1/projects/{project}/operations", json=body, headers=headers)
        except httpx.HTTPError as error:
            log.write(key=key, unknown=type(error).__name__, seconds=time.monotonic() - began)
            time.sleep(0.3)
            continue
        id = answer.json()["id"] if answer.is_success else None
        retry = answer.headers.get("Retry-After")
        log.write(key=key, status=answer.status_code, id=id, seconds=time.monotonic() - began, retry_after=retry)
        if answer.status_code < 500:
            return id
        time.sleep(min(float(retry or 0.3), 0.5))
    return None
