"""Connections and HTTP calls to a person's own tools: a health check, a way to stop.

Only the status is wanted, hundreds of times a minute, of servers on this machine; so plain HTTP is asked for over a
bare socket, at a tenth of what a client for everything costs. HTTPS goes through such a client.
"""

from __future__ import annotations

import asyncio
import errno
import importlib
import os
import socket
import sys
from functools import lru_cache
from typing import Any
from urllib.parse import quote, urlsplit

LONGEST_HEAD = 65536  # bytes of an answer that are read in search of its status
URLS_KEPT = 256
_V4, _V6 = (socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")
_LOOPBACK = {"localhost": (_V4, _V6), "127.0.0.1": (_V4,), "::1": (_V6,)}
_UNDER_WAY = {errno.EINPROGRESS, errno.EALREADY, errno.EWOULDBLOCK}


async def call(method: str, url: str) -> int:
    """The status of the answer, redirects not followed; OSError when there is none. A local tool's own certificate is
    taken as it is."""
    return await (_plain(method, url) if url[:7].lower() == "http://" else _secure(method, url))


async def connect(host: str, port: int) -> socket.socket:
    """A connection to the first of the host's addresses that takes one, for the caller to close. OSError when none
    does: the first one's."""
    refused: OSError | None = None
    for family, address in await _addresses(host, port):
        one = socket.socket(family, socket.SOCK_STREAM)
        try:
            one.setblocking(False)
            if sys.platform == "win32" or not _taken_at_once(one, address):
                await asyncio.get_running_loop().sock_connect(one, address)
        except OSError as error:
            one.close()
            refused = refused or error
        except BaseException:
            one.close()
            raise
        else:
            return one
    raise refused or OSError(f"{host} has no address")


async def _addresses(host: str, port: int) -> list[tuple[int, Any]]:
    if host in _LOOPBACK:
        return [(family, (address, port)) for family, address in _LOOPBACK[host]]
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [(family, address) for family, _, _, _, address in found]


def _taken_at_once(one: socket.socket, address: Any) -> bool:
    """A server on this machine has taken a connection by the time of a second look: most need not be waited for."""
    for _ in range(2):
        code = one.connect_ex(address)
        if code in {0, errno.EISCONN}:
            return True
        if code not in _UNDER_WAY:
            raise OSError(code, f"{os.strerror(code)} ({address[0]}, port {address[1]})")
    return False


async def _plain(method: str, url: str) -> int:
    host, port, request = _request(method, url)
    connection = await connect(host, port)
    try:
        await asyncio.get_running_loop().sock_sendall(connection, request)
        return await _status(connection, url)
    finally:
        connection.close()  # nobody waits for the body


@lru_cache(URLS_KEPT)
def _request(method: str, url: str) -> tuple[str, int, bytes]:
    parts = urlsplit(url)
    path = quote((parts.path or "/") + (f"?{parts.query}" if parts.query else ""), safe="/?%:@!$&'()*+,;=~[]")
    head = f"{method} {path} HTTP/1.1\r\nHost: {parts.netloc.rpartition('@')[2]}\r\nConnection: close\r\n"
    request = f"{head}Content-Length: 0\r\nAccept: */*\r\nUser-Agent: control-center\r\n\r\n".encode()
    return parts.hostname or "localhost", parts.port or 80, request


async def _status(connection: socket.socket, url: str) -> int:
    """Of the answer that follows any interim ones."""
    data = b""
    while True:
        data = await _read_to(b"\n", connection, data)
        status = _status_of(data, url)
        if status >= 200:
            return status
        data = await _read_to(b"\r\n\r\n", connection, data)
        data = data.partition(b"\r\n\r\n")[2]


async def _read_to(mark: bytes, connection: socket.socket, data: bytes) -> bytes:
    """What has come when the mark has, or the end."""
    loop = asyncio.get_running_loop()
    while mark not in data and len(data) < LONGEST_HEAD:
        more = await loop.sock_recv(connection, LONGEST_HEAD)
        if not more:
            break
        data += more
    return data


def _status_of(data: bytes, url: str) -> int:
    if not data:
        raise OSError(f"{url} closed the connection without an answer")
    words = data.partition(b"\n")[0].split(None, 2)
    if len(words) < 2 or not words[0].startswith(b"HTTP/") or not words[1].isdigit():
        raise OSError(f"{url} does not speak HTTP")
    return int(words[1])


async def _secure(method: str, url: str) -> int:
    # Imported at the first call and off the loop: it takes as long as a good part of starting the daemon.
    httpx = await asyncio.to_thread(importlib.import_module, "httpx")
    try:
        async with httpx.AsyncClient(trust_env=False, verify=False, timeout=None) as client:
            response = await client.request(method, url)
    except httpx.HTTPError as error:
        raise OSError(str(error) or type(error).__name__) from error
    return int(response.status_code)
