"""Live frames by WebSocket and as server-sent events."""

import json

import httpx
from websockets.sync.client import ClientConnection, connect

REVIEW = {"agent_id": "reviewer", "capability": "code_review"}


def opened(address: str, client: httpx.Client, query: str = "") -> ClientConnection:
    headers = {"Authorization": client.headers["Authorization"]}
    return connect(f"ws://{address}/api/v1/live{query}", additional_headers=headers)


def submit(client: httpx.Client, times: int = 1) -> None:
    for _ in range(times):
        assert client.post("/projects/shop/operations", json=REVIEW).status_code == 202


def numbers(socket: ClientConnection, upto: int) -> list[int]:
    seen: list[int] = []
    while not seen or seen[-1] < upto:
        frame = json.loads(socket.recv(timeout=15))
        if "seq" in frame:
            seen.append(frame["seq"])
    return seen


def test_a_viewer_gets_what_it_missed_and_then_what_happens(address: str, client: httpx.Client, shop: str) -> None:
    submit(client, 2)
    with opened(address, client, "?project_id=shop&since=1") as socket:
        assert numbers(socket, 3) == [2, 3]
        submit(client, 2)
        assert numbers(socket, 5) == [4, 5]
