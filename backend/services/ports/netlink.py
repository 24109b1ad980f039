"""Bound sockets of Linux by sock_diag: the kernel's own table, no text to parse, nobody connected to.

Knows inodes, not processes: `holders.py` finds who holds them.
"""

from __future__ import annotations

import errno
import os
import socket
import struct
from functools import lru_cache
from typing import NamedTuple

from backend.services.ports.model import Transport

SOCK_DIAG = 4
SOCK_DIAG_BY_FAMILY = 20
REQUEST, DUMP = 0x001, 0x300
ERROR, DONE = 2, 3
STATE_CLOSE, STATE_LISTEN = 7, 10  # a UDP socket without a peer is in the state that TCP calls closed

HEADER = struct.Struct("=IHHII")
QUESTION = struct.Struct("=BBBxI48s")
ANSWER = struct.Struct("=IH10xB3xBB2x16s44xI")  # length, kind; family, source port, source address, inode
KINDS: tuple[tuple[Transport, int, int], ...] = (
    ("tcp", socket.IPPROTO_TCP, STATE_LISTEN),
    ("udp", socket.IPPROTO_UDP, STATE_CLOSE),
)


class BoundSocket(NamedTuple):
    port: int
    protocol: Transport
    address: str
    inode: int


class NetlinkSockets:
    """Raises OSError where the kernel or a sandbox has no sock_diag."""

    def read(self) -> list[BoundSocket]:
        found: list[BoundSocket] = []
        with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, SOCK_DIAG) as link:
            for protocol, number, state in KINDS:
                for family in (socket.AF_INET, socket.AF_INET6):
                    link.send(_question(family, number, state))
                    found.extend(_answers(link, protocol))
        return found


def _question(family: int, protocol: int, state: int) -> bytes:
    body = QUESTION.pack(family, protocol, 0, 1 << state, bytes(48))
    return HEADER.pack(HEADER.size + len(body), SOCK_DIAG_BY_FAMILY, REQUEST | DUMP, 1, 0) + body


def _answers(link: socket.socket, protocol: Transport) -> list[BoundSocket]:
    found: list[BoundSocket] = []
    while True:
        data = link.recv(1 << 16)
        place = 0
        while len(data) - place >= ANSWER.size:
            length, kind, family, high, low, address, inode = ANSWER.unpack_from(data, place)
            if kind != SOCK_DIAG_BY_FAMILY:
                break
            found.append(BoundSocket(high << 8 | low, protocol, _text(family, address), inode))
            place += length + 3 & ~3
        if place < len(data):  # what is no answer is the end or an error
            _, kind, _, _, _ = HEADER.unpack_from(data, place)
            if kind == ERROR:
                _raise(data, place + HEADER.size)
            return found


def _raise(data: bytes, place: int) -> None:
    """Not for a protocol that this kernel lacks, as IPv6 where it is left out: nothing is bound by it."""
    code = -struct.unpack_from("=i", data, place)[0]
    if code != errno.ENOENT:
        raise OSError(code, os.strerror(code))


@lru_cache(maxsize=256)
def _text(family: int, address: bytes) -> str:
    return socket.inet_ntop(family, address[:4] if family == socket.AF_INET else address)
