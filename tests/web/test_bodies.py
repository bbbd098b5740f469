"""How bodies arrive: in pieces, too large, too slowly."""

import json
import socket
import time
from collections.abc import Callable, Iterator

import httpx
import pytest

from web import bodies

PROJECT = {"id": "pieces", "name": "Pieces", "source": {"path": "/pieces"}}


def test_a_body_may_come_in_pieces(client: httpx.Client) -> None:
    def pieces() -> Iterator[bytes]:
        text = json.dumps(PROJECT).encode()
        yield text[:10]
        yield text[10:]

    answer = client.post("/projects", content=pieces(), headers={"Content-Type": "application/json"})
    assert answer.status_code == 201, answer.text


@pytest.mark.parametrize("announced", [True, False])
def test_a_body_that_is_too_large_is_refused(client: httpx.Client, announced: bool) -> None:
    large = b'{"name": "' + b"x" * 1_000_001
    content = large if announced else iter([large[:500_000], large[500_000:]])
    answer = client.post("/projects", content=content, headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")


def test_a_client_that_goes_away_in_its_body_has_done_nothing(
    client: httpx.Client, break_off: Callable[..., None]
) -> None:
    key = client.headers["Authorization"]
    break_off(f"POST /api/v1/projects HTTP/1.1\r\nHost: x\r\nAuthorization: {key}\r\nContent-Length: 50\r\n\r\n{{")
    assert client.get("/projects").json()["items"] == []


@pytest.mark.quiet
def test_stalled_clients_are_cut_and_hinder_nobody(
    address: str, client: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bodies, "BODY_SECONDS", 1.0)
    host, _, port = address.partition(":")
    stalled = [socket.create_connection((host, int(port)), timeout=20) for _ in range(30)]
    for connection in stalled:
        connection.sendall(b"POST /api/v1/projects HTTP/1.1\r\nHost: x\r\nContent-Length: 50\r\n\r\n{")
    began = time.monotonic()
    assert client.post("/projects", json=PROJECT).status_code == 201
    assert time.monotonic() - began < 1
    answers = [connection.recv(4096) for connection in stalled]
    for connection in stalled:
        connection.close()
    assert {answer.split(b"\r\n")[0] for answer in answers} == {b"HTTP/1.1 408 Request Timeout"}
