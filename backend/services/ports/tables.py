"""The system's tables of bound sockets, one reader for each kind of system, chosen once.

Linux: sock_diag, with holders remembered by inode. Elsewhere, and where a sandbox refuses sock_diag: psutil. macOS
shows a process's sockets to its own user and to root only: what belongs to others has no row there, and the bind
probes tell.
"""

from __future__ import annotations

import logging
import socket
import sys
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, NamedTuple, Protocol

import psutil

from backend.services.ports.holders import Holder, Holders, process_name
from backend.services.ports.model import Listener, Transport
from backend.services.ports.netlink import BoundSocket, NetlinkSockets

if TYPE_CHECKING:
    from psutil._ntuples import pconn, sconn

log = logging.getLogger(__name__)

Wanted = Callable[[int], bool]


class SocketTable(Protocol):
    def read(self, wanted: Wanted) -> list[Listener]:
        """Who listens on the wanted ports, as far as this user may know; which service it is, is not known here."""


class NetlinkTable:
    def __init__(self) -> None:
        self._sockets = NetlinkSockets()
        self._holders = Holders()
        self._last = _Look([], {}, [])

    def read(self, wanted: Wanted) -> list[Listener]:
        bound = self._sockets.read()
        rows = [row for row in bound if wanted(row.port)]
        holders = self._holders.of({row.inode for row in rows}, {row.inode for row in bound})
        if holders is not self._last.holders or rows != self._last.rows:
            self._last = _Look(rows, holders, [_listener(row, holders.get(row.inode)) for row in rows])
        return self._last.listeners.copy()


class _Look(NamedTuple):
    rows: list[BoundSocket]
    holders: Mapping[int, Holder]
    listeners: list[Listener]


def _listener(row: BoundSocket, holder: Holder | None) -> Listener:
    pid, name = (holder.pid, holder.name) if holder else (None, None)
    return Listener(row.port, row.protocol, row.address, pid, name)


class PsutilTable:
    def __init__(self) -> None:
        self._names: dict[tuple[int, float], str | None] = {}

    def read(self, wanted: Wanted) -> list[Listener]:
        known, self._names = self._names, {}
        listeners = []
        for row, pid in _connections():
            if row.laddr and wanted(row.laddr.port) and _waits(row):
                protocol: Transport = "tcp" if row.type == socket.SOCK_STREAM else "udp"
                listeners.append(Listener(row.laddr.port, protocol, row.laddr.ip, pid, self._name(pid, known)))
        return listeners

    def _name(self, pid: int | None, known: dict[tuple[int, float], str | None]) -> str | None:
        if pid is None:
            return None
        try:
            key = (pid, psutil.Process(pid).create_time())
        except psutil.Error:
            return process_name(pid)
        if key not in self._names:
            self._names[key] = known[key] if key in known else process_name(pid)
        return self._names[key]


def choose_table() -> SocketTable:
    if sys.platform == "linux":
        try:
            NetlinkSockets().read()
        except OSError as error:
            log.info("sock_diag is not available here (%s): ports are read by psutil, which is slower", error)
        else:
            return NetlinkTable()
    return PsutilTable()


def _connections() -> Iterator[tuple[sconn | pconn, int | None]]:
    try:
        rows = psutil.net_connections("inet")
    except psutil.AccessDenied:  # macOS without root: what belongs to this user can still be seen, process by process
        for process in psutil.process_iter():
            yield from ((row, process.pid) for row in _connections_of(process))
    else:
        yield from ((row, row.pid or None) for row in rows)


def _connections_of(process: psutil.Process) -> list[pconn]:
    try:
        return process.net_connections("inet")
    except psutil.Error:
        return []


def _waits(row: sconn | pconn) -> bool:
    if row.type == socket.SOCK_STREAM:
        return row.status == psutil.CONN_LISTEN
    return not row.raddr
