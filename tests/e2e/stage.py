"""What a test does with an operation, and the waits for what must follow, each bounded and named for its event."""

import json
import time
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

import redis
from sqlalchemy import select

from callboard import operations
from callboard.agents import AgentService
from callboard.db import AFTER_COMMIT, transaction
from callboard.events import channel
from callboard.models import Operation, Project
from callboard.operations import Request
from worker.catalogue import discover
from worker.intelligence import CoreIntelligence

CAPABILITIES = Path(__file__).parents[1] / "data" / "capabilities"
Answer = TypeVar("Answer")
core = CoreIntelligence(discover(CAPABILITIES))


def until(what: str, look: Callable[[], Answer | None], seconds: float = 30) -> Answer:
    """The first true answer of `look`; fails, naming what was awaited, when there is none in time."""
    deadline = time.monotonic() + seconds
    while not (answer := look()):
        assert time.monotonic() < deadline, f"{what} did not happen within {seconds:g} s"
        time.sleep(0.03)
    return answer


class Stage:
    """One project with one agent, who may do all that the test capabilities offer."""

    def __init__(self, project_id: str, redis_url: str) -> None:
        self.project_id = project_id
        self.redis_url = redis_url

    def submit(self, capability: str, **parameters: Any) -> str:
        """Asks for an operation through the service, and answers its id."""
        with transaction() as session:
            service = AgentService(session, core)
            return str(service.execute_capability("actor", self.project_id, capability, parameters).id)

    def submit_unrung(self, capability: str, *, run_at: datetime | None = None) -> str:
        """The same, with the ring lost between the commit and the broker."""
        request = Request(self.project_id, "actor", capability, run_at=run_at)
        with transaction() as session:
            id = str(AgentService(session, core).submit(request).id)
            session.info.pop(AFTER_COMMIT)
        return id

    def cancel(self, id: str) -> None:
        with transaction() as session:
            operations.cancel(session, id)

    def operation(self, id: str) -> Operation:
        with transaction() as session:
            return operations.get(session, id)

    def until_status(self, id: str, *statuses: str, attempt: int = 0, seconds: float = 30) -> Operation:
        """The operation, once it has one of the statuses in this attempt or a later one."""

        def look() -> Operation | None:
            row = self.operation(id)
            return row if row.status in statuses and row.attempt >= attempt else None

        return until(f"{' or '.join(statuses)} of {id}", look, seconds)

    def until_ended(self, id: str, seconds: float = 30) -> Operation:
        return self.until_status(id, "completed", "failed", "cancelled", seconds=seconds)

    def records(self, id: str | None = None) -> list[dict[str, Any]]:
        """The project's history window, or one operation's part of it."""
        with transaction() as session:
            metadata = session.scalars(select(Project.agent_metadata).where(Project.id == self.project_id)).one()
        return [record for record in metadata["operation_history"] if id in (None, record["id"])]

    def unended(self) -> list[str]:
        with transaction() as session:
            mine = (Operation.project_id == self.project_id, Operation.finished_at.is_(None))
            return [str(id) for id in session.scalars(select(Operation.id).where(*mine))]


class Frames:
    """The frames of a project as `redis-cli subscribe` shows them."""

    def __init__(self, stage: Stage) -> None:
        self._client = redis.Redis.from_url(stage.redis_url)
        self._subscription = self._client.pubsub(ignore_subscribe_messages=True)
        self._subscription.subscribe(channel(stage.project_id))
        self.seen: list[dict[str, Any]] = []

    def until(self, fits: Callable[[Mapping[str, Any]], bool], seconds: float = 30) -> dict[str, Any]:
        """The first frame that fits; all that came are in `seen`."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            message: Any = self._subscription.get_message(timeout=0.5)
            if message is not None and message["type"] == "message":
                self.seen.append(json.loads(message["data"]))
                if fits(self.seen[-1]):
                    return self.seen[-1]
        raise AssertionError(f"no such frame within {seconds:g} s; there were {self.seen}")

    def close(self) -> None:
        self._subscription.close()
        self._client.close()
