"""Waiting for an operation's end without holding anything."""

import asyncio
import socket
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from callboard.db import transaction
from callboard.operations import cancel

Until = Callable[[str, float], None]
SUBMIT = {"agent_id": "reviewer", "capability": "code_review"}


@pytest.fixture
def waiting(client: httpx.Client, shop: str) -> str:
    """The id of an operation that waits."""
    id: str = client.post("/projects/shop/operations", json=SUBMIT).json()["id"]
    return id


@pytest.mark.quiet
def test_a_waiting_client_hears_the_end_at_once(client: httpx.Client, until: Until, waiting: str) -> None:
    with ThreadPoolExecutor(1) as other:
        answer = other.submit(client.get, f"/operations/{waiting}?wait=20")
        until("callboard_waiting", 1)
        began = time.monotonic()
        client.post(f"/operations/{waiting}/cancel")
        assert answer.result().json()["status"] == "cancelled"
        assert time.monotonic() - began < 2


def test_an_end_that_redis_did_not_tell_is_found_in_the_table(client: httpx.Client, until: Until, waiting: str) -> None:
    with ThreadPoolExecutor(1) as other:
        answer = other.submit(client.get, f"/operations/{waiting}?wait=20")
        until("callboard_waiting", 1)
        with transaction() as session:
            cancel(session, waiting)
            session.info.clear()
        assert answer.result().json()["status"] == "cancelled"


@pytest.mark.quiet
def test_waiting_ends_when_its_time_is_over(client: httpx.Client, until: Until, waiting: str) -> None:
    began = time.monotonic()
    assert client.get(f"/operations/{waiting}?wait=0.5").json()["status"] == "pending"
    assert 0.5 <= time.monotonic() - began < 5


def test_a_client_that_goes_away_is_waited_for_no_longer(
    client: httpx.Client, until: Until, waiting: str, break_off: Callable[..., None]
) -> None:
    key = client.headers["Authorization"]
    head = f"GET /api/v1/operations/{waiting}?wait=60 HTTP/1.1\r\nHost: x\r\nAuthorization: {key}\r\n\r\n"
    break_off(head, once=lambda: until("callboard_waiting", 1))
    assert client.get(f"/operations/{waiting}").json()["status"] == "pending"


@pytest.mark.parametrize("sent", [b"", b"1\r\nx\r\n"])
def test_a_body_that_does_not_end_is_not_waited_for(address: str, waiting: str, sent: bytes) -> None:
    host, _, port = address.partition(":")
    head = f"GET /api/v1/operations/{waiting}?wait=1 HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
    with socket.create_connection((host, int(port)), timeout=5) as connection:
        connection.sendall(head.encode() + sent)
        assert connection.recv(4096).startswith(b"HTTP/1.1 401 ")


@pytest.mark.parametrize("seconds", ["61", "-1", "soon", "nan"])
def test_a_wait_that_is_no_time_is_refused(client: httpx.Client, until: Until, waiting: str, seconds: str) -> None:
    assert client.get(f"/operations/{waiting}?wait={seconds}").status_code == 422


@pytest.mark.quiet
def test_five_hundred_waiting_clients_leave_a_submit_unharmed(client: httpx.Client, until: Until, waiting: str) -> None:
    async def crowd() -> tuple[float, set[str]]:
        limits = httpx.Limits(max_connections=600)
        headers = {"Authorization": client.headers["Authorization"]}
        async with httpx.AsyncClient(base_url=client.base_url, headers=headers, limits=limits, timeout=60) as many:
            answers = [asyncio.create_task(many.get(f"/operations/{waiting}?wait=50")) for _ in range(500)]
            await asyncio.to_thread(until, "callboard_waiting", 500)
            assert not any(answer.done() for answer in answers)
            began = time.monotonic()
            assert (await many.post("/projects/shop/operations", json=SUBMIT)).status_code == 202
            took = time.monotonic() - began
            await many.post(f"/operations/{waiting}/cancel")
            return took, {answer.json()["status"] for answer in await asyncio.gather(*answers)}

    took, statuses = asyncio.run(crowd())
    assert took < 1
    assert statuses == {"cancelled"}
