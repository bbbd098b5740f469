"""TCP ports of this machine's loopback address."""

import random
import socket

LOOPBACK = "127.0.0.1"
CHOICE = range(10_000, 32_768)
"""Below the ports that systems give to connections: none of those takes one before its server listens."""


def is_free(port: int) -> bool:
    """Whether a server could listen on this port of 127.0.0.1 now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except (OSError, OverflowError):
            return False
        return True


def pick() -> int:
    """A port of 127.0.0.1 that nobody listens on; by chance, so that two who pick at once get two."""
    port = random.choice(CHOICE)
    while not is_free(port):
        port = random.choice(CHOICE)
    return port
