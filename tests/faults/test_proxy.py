"""The proxy does to connections what a row of the matrix says that it does."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import suppress

import pytest

from faults.proxy import Proxy


@pytest.fixture
def proxy() -> Iterator[Proxy]:
    """A proxy before a server that says again what it hears."""
    listener = socket.create_server(("127.0.0.1", 0))

    def echo(own: socket.socket) -> None:
        with own, suppress(ConnectionResetError):
            while data := own.recv(1024):
                own.sendall(data)

    def serve() -> None:
        while True:
            try:
                own, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=echo, args=(own,), daemon=True).start()

    threading.Thread(target=serve, daemon=True).start()
    proxy = Proxy(listener.getsockname()[1])
    yield proxy
    proxy.close()
    listener.shutdown(socket.SHUT_RDWR)
    listener.close()


@pytest.fixture
def client(proxy: Proxy) -> Iterator[socket.socket]:
    with socket.create_connection(("127.0.0.1", proxy.port), timeout=5) as client:
        client.sendall(b"hello")
        assert client.recv(10) == b"hello"
        yield client


def test_it_delays(proxy: Proxy, client: socket.socket) -> None:
    proxy.delay = 0.1
    begun = time.monotonic()
    client.sendall(b"late")
    assert client.recv(10) == b"late"
    assert time.monotonic() - begun >= 0.2


def test_what_it_holds_comes_later(proxy: Proxy, client: socket.socket) -> None:
    proxy.held = True
    client.sendall(b"held")
    client.settimeout(0.2)
    with pytest.raises(TimeoutError):
        client.recv(10)
    proxy.held = False
    client.settimeout(5)
    assert client.recv(10) == b"held"


def test_it_resets(proxy: Proxy, client: socket.socket) -> None:
    proxy.reset()
    with pytest.raises(ConnectionResetError):
        client.recv(10)


def test_it_half_closes(proxy: Proxy, client: socket.socket) -> None:
    proxy.half_close()
    assert client.recv(10) == b""


def test_it_passes_the_trap_on_and_swallows_the_answer(proxy: Proxy, client: socket.socket) -> None:
    proxy.trap = b"COMMIT"
    client.sendall(b"COMMIT")
    with pytest.raises(ConnectionResetError):
        client.recv(10)
    assert proxy.trapped == 1
