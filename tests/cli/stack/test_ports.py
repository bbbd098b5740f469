"""Ports: which are free, and which are picked."""

import socket

from cli.stack import ports


def test_a_port_is_free_until_somebody_listens() -> None:
    with socket.create_server((ports.LOOPBACK, 0)) as listening:
        port = listening.getsockname()[1]
        assert not ports.is_free(port)
    assert ports.is_free(port)


def test_two_who_pick_at_once_get_two_ports_that_no_connection_is_given() -> None:
    picked = {ports.pick() for _ in range(20)}
    assert len(picked) > 10
    assert picked <= set(ports.CHOICE)
    assert all(ports.is_free(port) for port in picked)
