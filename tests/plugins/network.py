"""No test reaches beyond this machine: sockets connect to loopback and Unix sockets only."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Callable, Iterator
from typing import Any

import pytest


class NetworkUsed(AssertionError):
    """No OSError, so that code which copes with a network failure does not hide it."""


def is_local(family: int, address: Any) -> bool:
    if family == socket.AF_UNIX:
        return True
    host = address[0]
    if host in ("", "localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def guarded(real: Callable[[socket.socket, Any], Any]) -> Callable[[socket.socket, Any], Any]:
    def connect(sock: socket.socket, address: Any) -> Any:
        if not is_local(sock.family, address):
            sock.close()
            raise NetworkUsed(f"a test tried to connect to {address!r}")
        return real(sock, address)

    return connect


@pytest.fixture(scope="session", autouse=True)
def network_off() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", guarded(socket.socket.connect))
        patch.setattr(socket.socket, "connect_ex", guarded(socket.socket.connect_ex))
        yield
