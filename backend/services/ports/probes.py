"""May a TCP server bind a port? Tried on both loopbacks and both wildcards, let go at once; never listens or connects.

A table can leave out what this user may not see, and says nothing of what the system reserves: this cannot.
"""

from __future__ import annotations

import errno
import socket
import sys
from dataclasses import dataclass
from typing import Literal

Answer = Literal["free", "in use", "refused"]
ADDRESSES = ("127.0.0.1", "::1", "0.0.0.0", "::")  # noqa: S104
WSAEACCES = 10013


@dataclass(frozen=True, slots=True)
class Probe:
    address: str
    answer: Answer


def probe(port: int) -> list[Probe]:
    """One answer for each address that this machine has: without IPv6 there are two."""
    return [Probe(address, answer) for address in ADDRESSES if (answer := _try(address, port)) is not None]


def _try(address: str, port: int) -> Answer | None:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    try:
        with socket.socket(family, socket.SOCK_STREAM) as server:
            if family == socket.AF_INET6:
                server.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            for option in _server_options():
                server.setsockopt(socket.SOL_SOCKET, option, 1)
            server.bind((address, port))
    except OSError as error:
        return _meaning(error)
    return "free"


def _server_options() -> tuple[int, ...]:
    """What servers ask for, so that connections which are still being closed do not count as a port in use.

    On Windows the same option would take the port from whoever has it, and a server needs none.
    """
    return () if sys.platform == "win32" else (socket.SO_REUSEADDR,)


def _meaning(error: OSError) -> Answer | None:
    if error.errno == errno.EADDRINUSE:
        return "in use"
    if error.errno in (errno.EACCES, errno.EPERM, WSAEACCES):
        return "refused"
    return None  # no such address or family here
