"""HTTP calls to a person's own tools: a health check, a way to stop.

Only the status is wanted, hundreds of times a minute, of servers on this machine; so plain HTTP is asked for over a
bare connection, at a sixth of what a client for everything costs. HTTPS goes through such a client.
"""

from __future__ import annotations

import asyncio
import importlib
from urllib.parse import quote, urlsplit

LONGEST_STATUS_LINE = 8192


async def call(method: str, url: str) -> int:
    """The status of the answer, redirects not followed; OSError when there is none. A local tool's own certificate is
    taken as it is."""
    return await (_plain(method, url) if url[:7].lower() == "http://" else _secure(method, url))


async def _plain(method: str, url: str) -> int:
    parts = urlsplit(url)
    path = quote((parts.path or "/") + (f"?{parts.query}" if parts.query else ""), safe="/?%:@!$&'()*+,;=~[]")
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port or 80, limit=LONGEST_STATUS_LINE)
    try:
        head = f"{method} {path} HTTP/1.1\r\nHost: {parts.netloc.rpartition('@')[2]}\r\nConnection: close\r\n"
        writer.write(f"{head}Content-Length: 0\r\nAccept: */*\r\nUser-Agent: control-center\r\n\r\n".encode())
        return await _status(reader, url)
    finally:
        writer.transport.abort()  # nobody waits for the body


async def _status(reader: asyncio.StreamReader, url: str) -> int:
    while True:
        try:
            line = await reader.readline()
        except ValueError:
            line = b"?"
        if not line:
            raise OSError(f"{url} closed the connection without an answer")
        words = line.split(None, 2)
        if len(words) < 2 or not words[0].startswith(b"HTTP/") or not words[1].isdigit():
            raise OSError(f"{url} does not speak HTTP")
        status = int(words[1])
        if status >= 200:
            return status
        while (await reader.readline()).strip():  # an interim answer: the real one follows
            pass


async def _secure(method: str, url: str) -> int:
    # Imported at the first call and off the loop: it takes as long as a good part of starting the daemon.
    httpx = await asyncio.to_thread(importlib.import_module, "httpx")
    try:
        async with httpx.AsyncClient(trust_env=False, verify=False, timeout=None) as client:
            response = await client.request(method, url)
    except httpx.HTTPError as error:
        raise OSError(str(error) or type(error).__name__) from error
    return int(response.status_code)
