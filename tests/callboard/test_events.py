"""Events: gap-free numbers, frames as the contract says, published after the commit and never after a rollback."""

import json
import socket
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import redis
from pydantic import TypeAdapter
from sqlalchemy import select

from callboard import attempts, db, errands, events, operations, settings
from callboard.agents import AgentService
from callboard.attempts import Outcome
from callboard.lifecycle import Verdict
from callboard.models import Event
from callboard.projects import ProjectService
from callboard.shapes import ProgressPayload, WebSocketMessage

OPERATION = {
    *("id", "project_id", "agent_id", "capability", "capability_version", "parameters", "ref", "commit", "dirty"),
    *("status", "reason", "error", "verdict", "result", "attempt", "tries", "cancel_requested_at", "wait_reason"),
    *("progress", "requested_by", "rerun_of", "run_at", "created_at", "started_at", "finished_at", "timestamp"),
    *("duration_ms", "seq"),
}
FRAMES: TypeAdapter[Any] = TypeAdapter(WebSocketMessage)


@pytest.fixture
def heard(shop: str, database: dict[str, str]) -> Iterator[Callable[[], list[dict[str, Any]]]]:
    """A real subscription to the project's channel; answers the frames that came since the last call."""
    errands.flush()
    with redis.Redis.from_url(database["CALLBOARD_REDIS_URL"]) as client, client.pubsub() as subscription:
        subscription.subscribe(f"callboard:project:{shop}")
        subscription.get_message(timeout=5)

        def frames() -> list[dict[str, Any]]:
            errands.flush()
            client.publish(f"callboard:project:{shop}", "null")
            messages = iter(lambda: json.loads(subscription.get_message(timeout=5)["data"]), None)
            return list(messages)

        yield frames


def stored_frames(after: int = 0) -> list[dict[str, Any]]:
    with db.transaction() as session:
        return events.since(session, "shop", after, 1000)


def test_what_is_published_is_what_is_stored(
    heard: Callable[[], list[dict[str, Any]]], submitted: Callable[..., str]
) -> None:
    head = stored_frames()[-1]["seq"]
    id = submitted(parameters={})
    with db.transaction() as session:
        attempts.claim(session, id, attempt=1, worker="one@test", version="1")
    with db.transaction() as session:
        attempts.complete(session, id, 1, Outcome(Verdict.PASS, {"summary": "fine", "findings": [{"line": 1}]}))
    frames = heard()
    assert frames == stored_frames(after=head)
    assert [frame["payload"]["operation"]["status"] for frame in frames] == ["pending", "running", "completed"]
    assert [frame["seq"] for frame in frames] == [head + 1, head + 2, head + 3]


def test_an_operations_frame_is_as_the_contract_says(submitted: Callable[..., str]) -> None:
    id = submitted("testing")
    frame = stored_frames()[-1]
    assert set(frame) == {"type", "project_id", "seq", "payload"}
    assert (frame["type"], frame["project_id"]) == ("agent_operation", "shop")
    assert set(frame["payload"]) == {"project_id", "agent_id", "operation"}
    operation = frame["payload"]["operation"]
    assert set(operation) >= OPERATION
    assert (operation["id"], operation["parameters"], operation["seq"]) == (id, None, frame["seq"])
    assert operation["created_at"].endswith("Z")


def test_a_frames_result_is_cut_like_the_windows(running: Callable[..., str]) -> None:
    id = running()
    with db.transaction() as session:
        attempts.complete(session, id, 1, Outcome(None, {"summary": "s" * 900, "findings": ["x"] * 900}))
        [record] = ProjectService(session).get_by_id("shop").agent_metadata["operation_history"]
    assert stored_frames()[-1]["payload"]["operation"]["result"] == record["result"]


def test_a_rolled_back_change_is_neither_stored_nor_published(
    heard: Callable[[], list[dict[str, Any]]], running: Callable[..., str]
) -> None:
    id = running()
    heard()
    before = stored_frames()
    with db.transaction() as session:
        attempts.complete(session, id, 1, Outcome(None, {}))
        session.rollback()
        session.info.clear()
    assert (heard(), stored_frames()) == ([], before)


def test_an_assignment_is_told_with_the_new_metadata(heard: Callable[[], list[dict[str, Any]]], shop: str) -> None:
    with db.transaction() as session:
        AgentService(session).unassign("reviewer", shop)
    [frame] = heard()
    assert frame["type"] == "project_update"
    assert frame["payload"]["metadata"]["assigned_agents"] == []


def test_progress_is_published_without_a_number_and_never_stored(
    heard: Callable[[], list[dict[str, Any]]], submitted: Callable[..., str]
) -> None:
    id = submitted()
    heard()
    before = stored_frames()
    events.progress("shop", ProgressPayload(operation_id=id, done=1, total=2, text="half"))
    payload = {"operation_id": id, "done": 1, "total": 2, "text": "half"}
    assert heard() == [{"type": "progress", "project_id": "shop", "payload": payload}]
    assert stored_frames() == before


def test_every_frame_fits_the_published_union(submitted: Callable[..., str], shop: str) -> None:
    operations_id = submitted()
    with db.transaction() as session:
        operations.cancel(session, operations_id)
    for frame in stored_frames():
        assert FRAMES.validate_python(frame).model_dump(mode="json") == frame


def test_numbers_have_no_gap_and_no_repeat_under_eight_writers(
    shop: str, submitted: Callable[..., str], race: Callable[..., list[Any]]
) -> None:
    def write(writer: int) -> None:
        for round in range(10):
            id = submitted()
            with db.transaction() as session:
                operations.cancel(session, id)
                if (writer + round) % 3 == 0:
                    session.rollback()

    assert race(*[lambda writer=writer: write(writer) for writer in range(8)]) == [None] * 8
    with db.transaction() as session:
        numbers = session.scalars(select(Event.seq).where(Event.project_id == shop).order_by(Event.seq)).all()
        head = events.bounds(session, shop)[1]
    assert list(numbers) == list(range(1, head + 1))


def test_frames_are_read_in_order_from_a_number_on(submitted: Callable[..., str]) -> None:
    for _ in range(5):
        submitted()
    with db.transaction() as session:
        assert [frame["seq"] for frame in events.since(session, "shop", 2, limit=3)] == [3, 4, 5]
        assert events.since(session, "shop", 6, limit=3) == []
        assert events.bounds(session, "shop") == (1, 6)
        assert events.bounds(session, "nowhere") == (1, 0)


@pytest.mark.quiet
@pytest.mark.parametrize("listening", [False, True])
def test_a_dead_or_frozen_redis_costs_a_frame_at_most_a_second(
    servers: dict[str, str], monkeypatch: pytest.MonkeyPatch, listening: bool
) -> None:
    with socket.socket() as frozen:
        frozen.bind(("127.0.0.1", 0))
        if listening:
            frozen.listen()
        monkeypatch.setenv("CALLBOARD_REDIS_URL", f"redis://127.0.0.1:{frozen.getsockname()[1]}/0")
        events.close()
        settings.current.cache_clear()
        began = time.monotonic()
        with pytest.raises(redis.RedisError):
            events.publish("shop", "{}")
        assert time.monotonic() - began < 2.5
        events.close()
    monkeypatch.undo()
    settings.current.cache_clear()
