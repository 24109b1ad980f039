"""How many clients are let in: so many that the daemon keeps the descriptors it needs for its own work.

With none left it could not ask a tool whether it is well, open the database or start anything. A client too many is
hung up on at once; those that are in stay.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from backend.core.events import Fact
from backend.hanging_up import HangingUp

OURS = 64  # descriptors for the database, the keeper, logs and probes
LEAST = 16  # clients that are let in all the same
TELL_AGAIN = 60.0  # seconds


def descriptor_limit() -> int | None:
    """How many descriptors this process may open; None where there is no such limit."""
    if sys.platform == "win32":
        return None
    import resource

    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return None if soft == resource.RLIM_INFINITY else soft


def admitting(tell: Callable[[Fact], object]) -> type[HttpToolsProtocol]:
    """The protocol of a server that tells when it begins to turn clients away."""
    told_at = float("-inf")

    def refuses(clients: int) -> bool:
        nonlocal told_at
        limit = descriptor_limit()
        if limit is None or clients < max(LEAST, limit - OURS):
            return False
        now = asyncio.get_running_loop().time()
        if now - told_at > TELL_AGAIN:
            tell(Fact("daemon", "daemon.descriptors_low", payload={"limit": limit, "clients": clients}))
        told_at = now
        return True

    class Admitting(HangingUp):
        def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
            refused = refuses(len(self.connections))
            super().connection_made(transport)
            if refused:
                transport.abort()

    return Admitting
