"""Live frames by WebSocket and as server-sent events."""

import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import httpx
import pytest
import redis
from sqlalchemy import text
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Origin

from callboard import events, keys
from callboard.db import transaction
from callboard.settings import current
from callboard.shapes import ProgressPayload
from tests.web.conftest import told
from web import auth, hub, live, metrics

REVIEW = {"agent_id": "reviewer", "capability": "code_review"}
GONE = 'callboard_http_request_seconds_count{method="GET",status="499"}'
EVIL = Origin("http://evil.example")
Open = Callable[..., ClientConnection]


@pytest.fixture
def opened(address: str) -> Iterator[Open]:
    """Opens sockets of a client's key."""
    with ExitStack() as sockets:

        def make(client: httpx.Client, query: str = "", **options: Any) -> ClientConnection:
            headers = {"Authorization": client.headers["Authorization"]}
            url = f"ws://{address}/api/v1/live{query}"
            return sockets.enter_context(connect(url, additional_headers=headers, **options))

        yield make


def submit(client: httpx.Client, times: int = 1, project: str = "shop") -> None:
    for _ in range(times):
        assert client.post(f"/projects/{project}/operations", json=REVIEW).status_code == 202


def frame(socket: ClientConnection, type: str, timeout: float = 15) -> dict[str, Any]:
    while True:
        message: dict[str, Any] = json.loads(socket.recv(timeout=timeout))
        if message["type"] == type:
            return message


def numbers(socket: ClientConnection, upto: int) -> list[int]:
    seen: list[int] = []
    while not seen or seen[-1] < upto:
        message = json.loads(socket.recv(timeout=15))
        if "seq" in message:
            seen.append(message["seq"])
    return seen


def cut_redis() -> None:
    with redis.Redis.from_url(current().redis_url) as client:
        client.execute_command("CLIENT", "KILL", "TYPE", "pubsub")


def test_a_viewer_gets_what_it_missed_and_then_what_happens(opened: Open, client: httpx.Client, shop: str) -> None:
    submit(client, 2)
    socket = opened(client, "?project_id=shop&since=1")
    assert numbers(socket, 3) == [2, 3]
    submit(client, 2)
    assert numbers(socket, 5) == [4, 5]


def test_without_since_a_viewer_gets_what_happens_from_now_on(opened: Open, client: httpx.Client, shop: str) -> None:
    submit(client, 2)
    socket = opened(client, "?project_id=shop")
    events.progress("shop", ProgressPayload(operation_id="01900000-0000-7000-8000-000000000000", done=1, total=2))
    assert frame(socket, "progress")["payload"]["done"] == 1
    submit(client)
    assert numbers(socket, 4) == [4]


def test_cutting_redis_loses_and_repeats_nothing(opened: Open, client: httpx.Client, shop: str) -> None:
    socket = opened(client, "?project_id=shop&since=0")
    for _ in range(4):
        submit(client, 5)
        cut_redis()
    assert numbers(socket, 21) == list(range(1, 22))


def test_a_lost_last_message_is_found_in_the_table(opened: Open, client: httpx.Client, shop: str) -> None:
    socket = opened(client, "?project_id=shop&since=1")
    with transaction() as session:
        events.project_changed(session, "shop", {})
        session.info.clear()
    assert numbers(socket, 2) == [2]


@pytest.mark.parametrize("since", [1, 99])
def test_a_number_that_is_not_kept_resets_the_viewer(opened: Open, client: httpx.Client, shop: str, since: int) -> None:
    submit(client, 3)
    with transaction() as session:
        session.execute(text("DELETE FROM events WHERE seq < 4"))
    socket = opened(client, f"?project_id=shop&since={since}")
    assert frame(socket, "reset")["payload"] == {"oldest": 4, "head": 4}
    submit(client)
    assert numbers(socket, 5) == [5]


def test_a_viewer_of_all_projects_begins_with_their_heads(
    opened: Open, client: httpx.Client, as_caller: Callable[..., httpx.Client], shop: str
) -> None:
    client.post("/projects", json={"id": "other", "name": "Other", "source": {"path": "/other"}})
    everything, limited = opened(client), opened(as_caller("read", ["other"]))
    assert frame(everything, "heads")["payload"] == {"shop": 1, "other": 0}
    assert frame(limited, "heads")["payload"] == {"other": 0}
    submit(client)
    assert frame(everything, "agent_operation")["seq"] == 2
    client.patch("/projects/other", json={"name": "Changed"})
    assert json.loads(limited.recv(timeout=15))["project_id"] == "other"


def test_a_viewer_that_does_not_keep_up_is_cut_with_a_resume_point(
    opened: Open, client: httpx.Client, shop: str, until: Callable[[str, float], None]
) -> None:
    socket = opened(client, "?project_id=shop&since=0", max_queue=1, compression=None)
    assert numbers(socket, 1) == [1]
    cut = metrics.CUT._value.get()
    with redis.Redis.from_url(current().redis_url) as publisher:
        for _ in range(500):
            publisher.publish("callboard:project:shop", json.dumps({"type": "progress", "payload": "x" * 50_000}))
    until("callboard_viewers_cut_total", cut + 1)
    with pytest.raises(ConnectionClosed) as closed:
        numbers(socket, 2)
    assert closed.value.rcvd is not None
    assert (closed.value.rcvd.code, closed.value.rcvd.reason) == (1013, "since=1")


def test_what_is_no_frame_on_redis_is_left_out(opened: Open, client: httpx.Client, shop: str) -> None:
    socket = opened(client, "?project_id=shop")
    with redis.Redis.from_url(current().redis_url) as publisher:
        publisher.publish("callboard:project:shop", "nonsense")
        publisher.publish("callboard:project:shop", "[]")
        publisher.publish("callboard:project:shop", '{"type": "agent_operation"}')
        publisher.publish("callboard:project:shop", '{"type": "progress", "seq": "first"}')
        publisher.publish("callboard:project:shop", b"\xff")
        publisher.publish(b"callboard:project:\xff", "{}")
        publisher.publish("callboard:project:shop", "[" * 100_000)
    submit(client)
    assert numbers(socket, 2) == [2]


def test_live_begins_anew_after_an_error_that_nobody_foresaw(
    opened: Open, client: httpx.Client, shop: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    failed = threading.Event()

    def fail() -> None:
        failed.set()
        raise ZeroDivisionError

    with monkeypatch.context() as broken:
        broken.setattr(hub, "heads", fail)
        socket = opened(client, "?project_id=shop")
        assert failed.wait(15)
    submit(client)
    assert numbers(socket, 2) == [2]


def test_a_key_may_come_as_a_subprotocol(address: str, client: httpx.Client, shop: str) -> None:
    key: Any = client.headers["Authorization"].removeprefix("Bearer ")
    with connect(f"ws://{address}/api/v1/live", subprotocols=["bearer", key]) as socket:
        assert socket.subprotocol == "bearer"
        assert frame(socket, "heads")["payload"] == {"shop": 1}


def test_a_cookie_counts_only_from_our_own_pages(address: str, client: httpx.Client, shop: str) -> None:
    with transaction() as session:
        ticket = keys.ticket(session, client.headers["Authorization"].removeprefix("Bearer "))
        cookie = {"Cookie": f"{auth.COOKIE}={keys.redeem(session, ticket)}"}
    url = f"ws://{address}/api/v1/live"
    with connect(url, additional_headers=cookie, origin=Origin(f"http://{address}")) as socket:
        assert frame(socket, "heads")["payload"] == {"shop": 1}
    with pytest.raises(InvalidStatus) as refused, connect(url, additional_headers=cookie, origin=EVIL):
        pass
    assert refused.value.response.status_code == 403


@pytest.mark.parametrize(
    ("query", "key", "status"),
    [
        ("/", None, 404),
        ("", "Bearer nonsense", 401),
        ("?project_id=nowhere", None, 404),
        ("?since=-1", None, 422),
        ("?sicne=1", None, 422),
        ("?project_id=%00", None, 422),
    ],
)
def test_a_refused_viewer_gets_a_problem(
    address: str, client: httpx.Client, query: str, key: str | None, status: int
) -> None:
    headers = {"Authorization": key or client.headers["Authorization"]}
    url = f"ws://{address}/api/v1/live{query}"
    with pytest.raises(InvalidStatus) as refused, connect(url, additional_headers=headers):
        pass
    assert refused.value.response.status_code == status
    assert refused.value.response.headers["Content-Type"] == "application/problem+json"


def test_a_revoked_key_ends_its_socket(
    opened: Open, client: httpx.Client, shop: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(auth, "CACHE_SECONDS", 0.0)
    socket = opened(client, "?project_id=shop")
    with transaction() as session:
        keys.revoke(session, client.headers["Authorization"].split("_")[1])
    with pytest.raises(ConnectionClosed) as closed:
        socket.recv(timeout=15)
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 4401


def test_a_stream_of_events_ends_after_its_limit(client: httpx.Client, shop: str) -> None:
    submit(client, 2)
    streamed = client.get("/projects/shop/events?since=0&limit=2", headers={"Accept": "text/event-stream"})
    assert [line for line in streamed.text.splitlines() if line.startswith("id: ")] == ["id: 1", "id: 2"]


def test_who_comes_to_the_socket_without_one_is_told_to_upgrade(client: httpx.Client) -> None:
    answer = client.get("/live")
    assert (answer.status_code, answer.json()["code"]) == (426, "upgrade_required")
    assert answer.headers["Upgrade"] == "websocket"


def test_a_stream_of_events_goes_on_after_the_last_id(client: httpx.Client, shop: str) -> None:
    submit(client, 2)
    headers = {"Accept": "text/event-stream", "Last-Event-ID": "1"}
    with client.stream("GET", "/projects/shop/events", headers=headers) as stream:
        assert stream.headers["Content-Type"].startswith("text/event-stream")
        lines = stream.iter_lines()
        ids = [line for line in (next(lines) for _ in range(7)) if line.startswith("id: ")]
        assert ids == ["id: 2", "id: 3"]
        submit(client)
        assert "id: 4" in [next(lines) for _ in range(3)]


def test_a_client_that_takes_nothing_from_its_stream_is_cut(
    stranger: httpx.Client, client: httpx.Client, shop: str, until: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "SEND_SECONDS", 0.5)
    # What comes while nothing can be sent must not overflow the queue, which would cut the viewer in the other way.
    monkeypatch.setattr(hub, "QUEUE_BYTES", 100_000_000)
    submit(client)
    before, heard = told(stranger, GONE), b""
    key, place = client.headers["Authorization"], (client.base_url.host, client.base_url.port)
    head = "GET /api/v1/projects/shop/events?since=0 HTTP/1.1\r\nHost: x\r\nAccept: text/event-stream\r\n"
    with socket.create_connection(place, timeout=15) as stalled:
        stalled.sendall(f"{head}Authorization: {key}\r\n\r\n".encode())
        while b"id: " not in heard:
            heard += stalled.recv(8192)
        with redis.Redis.from_url(current().redis_url) as publisher:
            for _ in range(200):
                publisher.publish("callboard:project:shop", json.dumps({"type": "progress", "payload": "x" * 150_000}))
        until(GONE, before + 1)


def test_a_project_that_a_key_does_not_see_has_no_stream(
    opened: Open, as_caller: Callable[..., httpx.Client], shop: str
) -> None:
    with pytest.raises(InvalidStatus) as refused:
        opened(as_caller("read", ["other"]), "?project_id=shop")
    assert refused.value.response.status_code == 404
