"""HTTP calls to a person's own tools: a health check, a way to stop."""

from __future__ import annotations

import asyncio
import importlib


async def call(method: str, url: str) -> int:
    """The status of the answer; OSError when there is none. A local tool's own certificate is taken as it is."""
    # Imported at the first call and off the loop: it takes as long as a good part of starting the daemon.
    httpx = await asyncio.to_thread(importlib.import_module, "httpx")
    try:
        async with httpx.AsyncClient(trust_env=False, verify=False, timeout=None) as client:
            response = await client.request(method, url)
    except httpx.HTTPError as error:
        raise OSError(str(error) or type(error).__name__) from error
    return int(response.status_code)
