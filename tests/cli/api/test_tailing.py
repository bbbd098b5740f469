"""Tailing tells each change once, whatever the connection does; the sockets here break as a real one may."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from threading import Thread
from typing import Any

import pytest
from websockets.sync.server import ServerConnection, serve

from callboard.errors import UnauthorizedError, UnavailableError
from cli.api import tailing
from cli.api.client import Client
from cli.api.connection import Connection
from tests.cli.conftest import Type, Up
from tests.cli.operation import operation


def frame(seq: int, project_id: str = "shop") -> dict[str, Any]:
    changed = operation(seq=seq, project_id=project_id).model_dump(mode="json")
    return {"type": "agent_operation", "project_id": project_id, "seq": seq, "payload": {"operation": changed}}


@contextmanager
def speaking(*connections: list[dict[str, Any]]) -> Iterator[Client]:
    """A client of a socket that says these frames on each connection in turn, and then hangs up."""
    left = list(connections)

    def speak(socket: ServerConnection) -> None:
        for message in left.pop(0) if left else []:
            socket.send(json.dumps(message))

    with serve(speak, "127.0.0.1", 0) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            with Client(Connection(f"http://127.0.0.1:{server.socket.getsockname()[1]}")) as client:
                yield client
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tailing, "_PATIENCE", (0, 0, 0))


def test_what_comes_twice_is_told_once() -> None:
    heads = {"type": "heads", "payload": {"shop": 3}}
    progress = {"type": "progress", "project_id": "shop", "payload": {}}
    first = [heads, frame(3), frame(4), frame(4), progress]
    with speaking(first, [frame(4), frame(5), frame(1, "new")]) as api:
        changes = islice(tailing.changes(api, lambda: None), 3)
        told = [(changed.project_id, changed.seq) for changed in changes]
    assert told == [("shop", 4), ("shop", 5), ("new", 1)]


def test_only_the_project_asked_for_is_told() -> None:
    said = [{"type": "heads", "payload": {"shop": 1, "other": 1}}, frame(2, "other"), frame(2)]
    with speaking(said) as api:
        assert next(tailing.changes(api, lambda: None, "shop")).project_id == "shop"


def test_what_a_lost_connection_hid_is_read_afterwards(up: Up, typed: Type, project: str, api: Client) -> None:
    heads: dict[str, int] = {}
    before = api.get("projects", project, "events")["items"]
    list(tailing._heard(api, iter([{"type": "heads", "payload": {project: before[-1]["seq"]}}]), heads, project))
    typed("run", "code_review", "-p", project)
    now = api.get("projects", project, "events")["items"][-1]["seq"]
    missed = tailing._heard(api, iter([{"type": "heads", "payload": {project: now}}]), heads, project)
    assert [changed.status for changed in missed] == ["pending", "running", "completed"]


def test_what_was_missed_is_told_page_by_page(up: Up, typed: Type, project: str, api: Client) -> None:
    for number in range(101):
        api.send("PATCH", "projects", project, body={"name": f"Shop {number}"})
    typed("run", "code_review", "-p", project)
    head = max(each["seq"] for each in api.get("projects", project, "events", limit=500)["items"])
    told = list(tailing._heard(api, iter([{"type": "heads", "payload": {project: head}}]), {"other": 1}, None))
    assert [changed.status for changed in told] == ["pending", "running", "completed"]


def test_a_refused_key_ends_it_at_once(up: Up) -> None:
    with Client(Connection(up.url, "cb_wrong_key")) as api, pytest.raises(UnauthorizedError, match="CALLBOARD_API_KEY"):
        next(tailing.changes(api, lambda: None))


def test_where_nothing_answers_it_gives_up_in_the_end() -> None:
    with Client(Connection("http://127.0.0.1:1")) as api, pytest.raises(UnavailableError, match="callboard doctor"):
        next(tailing.changes(api, lambda: None))
