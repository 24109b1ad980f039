"""Which of some processes holds the client's end of a TCP connection of this machine.

Linux: the kernel is asked for that one socket, then the processes for their descriptors. Elsewhere: psutil.
Everything here blocks for milliseconds: not for the event loop.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Collection

import psutil

from backend.services.ports.netlink import socket_inode

Address = tuple[str, int]


def holder(client: Address, server: Address, among: Collection[int]) -> int | None:
    """The pid; None where it is none of them, or this user may not know."""
    if sys.platform == "linux":
        try:
            inode = socket_inode(client, server)
        except OSError:
            return _by_psutil(client, server, among)  # a sandbox without sock_diag
        return None if inode is None else next((pid for pid in among if _holds(pid, inode)), None)
    return _by_psutil(client, server, among)


def _holds(pid: int, inode: int) -> bool:
    folder, wanted = f"/proc/{pid}/fd", f"socket:[{inode}]"
    try:
        descriptors = os.listdir(folder)  # noqa: PTH208 - as in holders.py
    except OSError:
        return False
    for descriptor in descriptors:
        try:
            if os.readlink(f"{folder}/{descriptor}") == wanted:  # noqa: PTH115
                return True
        except OSError:
            continue
    return False


def _by_psutil(client: Address, server: Address, among: Collection[int]) -> int | None:
    if sys.platform == "darwin":  # which tells a process's sockets only process by process
        return next((pid for pid in among if _has(pid, client, server)), None)
    rows = psutil.net_connections("tcp")
    found = next((row.pid for row in rows if (row.laddr, row.raddr) == (client, server)), None)
    return found if found in among else None


def _has(pid: int, client: Address, server: Address) -> bool:
    try:
        rows = psutil.Process(pid).net_connections("tcp")
    except psutil.Error:
        return False
    return any((row.laddr, row.raddr) == (client, server) for row in rows)
