"""Ports on 127.0.0.1: the usual one if it is free, else the next free one."""

from __future__ import annotations

import contextlib
import socket

HOST = "127.0.0.1"


def is_free(port: int) -> bool:
    """Whether a server could listen on ``port`` now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


def answers(port: int, timeout: float = 1.0) -> bool:
    """Whether something accepts connections on ``port``."""
    with contextlib.suppress(OSError), socket.create_connection((HOST, port), timeout=timeout):
        return True
    return False


def choose(usual: int, taken: set[int] | None = None) -> int:
    """The first free port from ``usual`` upwards that is not in ``taken``.

    :raises OSError: if two hundred ports in a row are taken
    """
    for port in range(usual, usual + 200):
        if port not in (taken or set()) and is_free(port):
            return port
    raise OSError(f"no free port between {usual} and {usual + 199}")
