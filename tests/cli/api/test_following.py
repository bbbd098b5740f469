"""Following ends whatever the stream does; the streams here have every trouble that a healthy API does not make."""

import json

import pytest

from callboard.errors import UnavailableError
from callboard.shapes import AgentProjectOperation
from cli.api import following
from cli.api.client import Client
from tests.cli.conftest import Type
from tests.cli.operation import operation
from tests.cli.scripted import Answer, scripted

ENDED = operation(status="completed", verdict="pass", seq=3, result={"summary": "whole"}).model_dump_json().encode()


def told(status: str, seq: int) -> bytes:
    changed = operation(status=status, seq=seq).model_dump(mode="json")
    frame = {"type": "agent_operation", "seq": seq, "payload": {"operation": changed}}
    return f"data: {json.dumps(frame)}\n\n".encode()


PROGRESS = {"operation_id": str(operation().id), "done": 1, "total": 4, "text": "half"}
STREAMS = {
    "refused": (503, "application/problem+json", b"{}"),
    "no_stream": (200, "application/json", b"{}"),
    "cut_short": (200, "text/event-stream", told("running", 2)),
    "garbled": (200, "text/event-stream", b"data: {half\n\n"),
    "of_another_shape": (200, "text/event-stream", b'data: {"type": "agent_operation", "payload": {}}\n\n'),
}


@pytest.mark.parametrize("trouble", sorted(STREAMS))
def test_a_stream_in_trouble_is_replaced_by_asking(trouble: str) -> None:
    asked = []

    def answer(path: str) -> Answer:
        if "/events" in path:
            return STREAMS[trouble]
        asked.append(path)
        return (200, "application/json", ENDED)

    with scripted(answer) as api:
        (ended,) = following.follow(api, [operation()], lambda changed: None)
    assert ended.result == {"summary": "whole"}
    assert asked == [f"/api/v1/operations/{ended.id}?wait=20"]


def test_frames_are_shown_in_order_and_old_ones_are_not() -> None:
    progress = f"data: {json.dumps({'type': 'progress', 'payload': PROGRESS})}\n\n".encode()
    alien = b'data: {"type": "project_update", "seq": 3, "payload": {}}\n\n: still here\n\n'
    frames = told("running", 2) + told("pending", 1) + alien + progress + told("completed", 4)
    shown: list[AgentProjectOperation] = []
    with scripted(lambda path: (200, *(("text/event-stream", frames) if "/events" in path else ("", ENDED)))) as api:
        following.follow(api, [operation(seq=1)], shown.append)
    assert [changed.status for changed in shown] == ["pending", "running", "running", "completed", "completed"]
    assert shown[2].progress is not None
    assert shown[2].progress.text == "half"


def test_an_api_that_stays_away_is_said_in_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(following, "_PATIENCE", (0, 0))
    asked = []

    def answer(path: str) -> Answer:
        asked.append(path)
        return (503, "text/plain", b"")

    with scripted(answer) as api, pytest.raises(UnavailableError, match="answers 503"):
        following.follow(api, [operation()], lambda changed: None)
    assert len(asked) == 4


def test_a_real_operation_is_followed_by_frames_to_its_end(typed: Type, project: str, api: Client) -> None:
    shown: list[AgentProjectOperation] = []
    accepted = api.submit(project, {"agent_id": project, "capability": "code_review"}, once=project)
    (ended,) = following.follow(api, [accepted], shown.append)
    assert (ended.status, ended.verdict) == ("completed", "fail")
    statuses = list(dict.fromkeys(changed.status for changed in shown))
    assert statuses == ["pending", "running", "completed"]
