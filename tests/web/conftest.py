"""The real application on the real servers, served by uvicorn, and keys to call it with."""

import socket
import threading
import time
from collections.abc import Callable, Iterator

import httpx
import pytest
import uvicorn

from callboard import keys
from callboard.db import transaction
from callboard.settings import current
from web.asgi import build

MakeKey = Callable[..., str]


@pytest.fixture(scope="session")
def address(servers: dict[str, str]) -> Iterator[str]:
    """Where the whole application answers, as `127.0.0.1:PORT`."""
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(build(current()), log_config=None, timeout_graceful_shutdown=1))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    yield f"127.0.0.1:{listener.getsockname()[1]}"
    server.should_exit = True
    thread.join(20)
    listener.close()


@pytest.fixture
def make_key(database: dict[str, str]) -> MakeKey:
    """Makes an API key of a role, on all projects or on some."""

    def make(role: str = "admin", projects: list[str] | None = None) -> str:
        with transaction() as session:
            return keys.create(session, name=role, role=role, projects=projects)

    return make


@pytest.fixture
def as_caller(address: str, make_key: MakeKey) -> Iterator[Callable[..., httpx.Client]]:
    """Makes a client with a key of a role, on all projects or on some; its addresses begin under /api/v1."""
    clients = []

    def make(role: str = "admin", projects: list[str] | None = None) -> httpx.Client:
        headers = {"Authorization": f"Bearer {make_key(role, projects)}"}
        clients.append(httpx.Client(base_url=f"http://{address}/api/v1", headers=headers, timeout=30, verify=False))
        return clients[-1]

    yield make
    for client in clients:
        client.close()


@pytest.fixture
def client(as_caller: Callable[..., httpx.Client]) -> httpx.Client:
    """A client with an admin key."""
    return as_caller()


@pytest.fixture
def stranger(address: str) -> Iterator[httpx.Client]:
    """A client without a key; its addresses begin at the root."""
    with httpx.Client(base_url=f"http://{address}", timeout=30, verify=False) as client:
        yield client


@pytest.fixture
def until(stranger: httpx.Client) -> Callable[[str, float], None]:
    """Waits until a metric has at least this value."""

    def wait(metric: str, value: float) -> None:
        deadline = time.monotonic() + 60
        while told(stranger, metric) < value:
            assert time.monotonic() < deadline, f"{metric} is still {told(stranger, metric)}"

    return wait


@pytest.fixture
def break_off(address: str, stranger: httpx.Client, until: Callable[[str, float], None]) -> Callable[..., None]:
    """Sends the head of a request, hangs up `once` that was called, and waits until the server has noticed."""

    def break_off(head: str, once: Callable[[], object] = lambda: None) -> None:
        method, (host, _, port) = head.partition(" ")[0], address.partition(":")
        gone = f'callboard_http_request_seconds_count{{method="{method}",status="499"}}'
        before = told(stranger, gone)
        with socket.create_connection((host, int(port))) as connection:
            connection.sendall(head.encode())
            once()
        until(gone, before + 1)

    return break_off


def told(stranger: httpx.Client, metric: str) -> float:
    """The value of a metric, named with its labels where it has some; 0 while there was nothing to count."""
    lines = stranger.get("/metrics").text.splitlines()
    return float(next((line for line in lines if line.startswith(f"{metric} ")), "0").rpartition(" ")[2])
