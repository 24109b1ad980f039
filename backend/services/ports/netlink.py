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

AF_NETLINK = 16  # Python names it on Linux only, and this module is type-checked for Windows too
SOCK_DIAG = 4
SOCK_DIAG_BY_FAMILY = 20
REQUEST, DUMP = 0x001, 0x300
ERROR, DONE = 2, 3
STATE_CLOSE, STATE_LISTEN = 7, 10  # a UDP socket without a peer is in the state that TCP calls closed

HEADER = struct.Struct("=IHHII")
QUESTION = struct.Struct("=BBBxI48s")
IDENT = struct.Struct("!HH16s16sIII")  # ports, addresses, interface, cookie
NO_COOKIE = 0xFFFFFFFF
_REMOTE_PORT = struct.Struct("!6xH")
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


class _Block(NamedTuple):
    """A part of an answer; `last` is its end."""

    sockets: list[BoundSocket]
    last: bool


class NetlinkSockets:
    """What the kernel says as it said it the last time is not taken apart again."""

    def __init__(self) -> None:
        self._known: dict[tuple[Transport, bytes], _Block] = {}

    def read(self) -> list[BoundSocket]:
        """Raises OSError where the kernel or a sandbox has no sock_diag."""
        before, self._known = self._known, {}
        found: list[BoundSocket] = []
        with socket.socket(AF_NETLINK, socket.SOCK_RAW, SOCK_DIAG) as link:
            for protocol, number, state in KINDS:
                for family in (socket.AF_INET, socket.AF_INET6):
                    link.send(_question(family, number, state))
                    last = False
                    while not last:
                        said = protocol, link.recv(1 << 16)
                        block = self._known[said] = before.get(said) or _taken_apart(*said)
                        found += block.sockets
                        last = block.last
        return found


def socket_inode(local: tuple[str, int], remote: tuple[str, int]) -> int | None:
    """The inode of one TCP connection, seen from the end that is `local`; None where there is none any more.

    Raises OSError where the kernel or a sandbox has no sock_diag.
    """
    family = socket.AF_INET6 if ":" in local[0] else socket.AF_INET
    with socket.socket(AF_NETLINK, socket.SOCK_RAW, SOCK_DIAG) as link:
        link.send(_question_of_one(family, local, remote))
        data = link.recv(1 << 12)
    _, kind, _, _, _ = HEADER.unpack_from(data)
    if kind != SOCK_DIAG_BY_FAMILY:
        _raise(data, HEADER.size)
        return None
    (port,) = _REMOTE_PORT.unpack_from(data, HEADER.size)
    return int(ANSWER.unpack_from(data)[-1]) if port == remote[1] else None  # else a listener on that local port


def _question_of_one(family: int, local: tuple[str, int], remote: tuple[str, int]) -> bytes:
    ends = (socket.inet_pton(family, local[0]), socket.inet_pton(family, remote[0]))
    ident = IDENT.pack(local[1], remote[1], *ends, 0, NO_COOKIE, NO_COOKIE)
    body = QUESTION.pack(family, socket.IPPROTO_TCP, 0, 0xFFFFFFFF, ident)
    return HEADER.pack(HEADER.size + len(body), SOCK_DIAG_BY_FAMILY, REQUEST, 1, 0) + body


def _question(family: int, protocol: int, state: int) -> bytes:
    body = QUESTION.pack(family, protocol, 0, 1 << state, bytes(48))
    return HEADER.pack(HEADER.size + len(body), SOCK_DIAG_BY_FAMILY, REQUEST | DUMP, 1, 0) + body


def _taken_apart(protocol: Transport, data: bytes) -> _Block:
    found: list[BoundSocket] = []
    place = 0
    while len(data) - place >= ANSWER.size:
        length, kind, family, high, low, address, inode = ANSWER.unpack_from(data, place)
        if kind != SOCK_DIAG_BY_FAMILY:
            break
        found.append(_bound(protocol, family, high << 8 | low, address, inode))
        place += length + 3 & ~3
    last = place < len(data)  # what is no answer is the end or an error
    if last:
        _, kind, _, _, _ = HEADER.unpack_from(data, place)
        if kind == ERROR:
            _raise(data, place + HEADER.size)
    return _Block(found, last)


def _raise(data: bytes, place: int) -> None:
    """Not for a protocol that this kernel lacks, as IPv6 where it is left out: nothing is bound by it."""
    code = -struct.unpack_from("=i", data, place)[0]
    if code != errno.ENOENT:
        raise OSError(code, os.strerror(code))


@lru_cache(maxsize=1024)  # the lengths of its queues change more often than a socket does
def _bound(protocol: Transport, family: int, port: int, address: bytes, inode: int) -> BoundSocket:
    return BoundSocket(port, protocol, _text(family, address), inode)


@lru_cache(maxsize=256)
def _text(family: int, address: bytes) -> str:
    return socket.inet_ntop(family, address[:4] if family == socket.AF_INET else address)
