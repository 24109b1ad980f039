"""Who holds the other end of a connection: a service of ours, a run, or nobody that we started.

Only the processes of our own trees are looked at, in a thread, and once for each connection: clients keep theirs.
"""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping, Sequence

import psutil

from backend.core.errors import CenterError
from backend.services.ports.connections import Address, holder
from backend.services.processes.runtime import Tree
from backend.services.usage.model import Owner

log = logging.getLogger(__name__)

REMEMBERED = 1000  # connections

Members = Callable[[], Awaitable[Mapping[str, Sequence[tuple[int, str]]]]]
OwnerOfTree = Callable[[Tree], Awaitable[Owner | None]]


class Callers:
    """`members` are pid and start of the living processes of each tree, `trees` all that are held, `owner` says whose
    a tree is."""

    def __init__(self, members: Members, trees: Callable[[], Awaitable[Sequence[Tree]]], owner: OwnerOfTree) -> None:
        self._members = members
        self._trees = trees
        self._owner = owner
        self._known: OrderedDict[int, tuple[Address, Owner | None]] = OrderedDict()

    async def of(self, client: Address, server: Address) -> Owner | None:
        """`client` must be the very tuple that the server gives to all requests of the connection: by that the
        connection is known again, for another one may have the same port later."""
        known = self._known.get(id(client))
        if known is not None:
            return known[1]
        try:
            owner = await self._look(client, server)
        except (CenterError, OSError, psutil.Error) as error:
            log.info("who calls cannot be told: %s", error)
            return None
        self._known[id(client)] = client, owner  # held, so that no other gets its id
        if len(self._known) > REMEMBERED:
            self._known.popitem(last=False)
        return owner

    async def _look(self, client: Address, server: Address) -> Owner | None:
        members = await self._members()
        trees = {pid: tree for tree, ones in members.items() for pid, _ in ones}
        if not trees:
            return None
        pid = await asyncio.to_thread(holder, client, server, list(trees))
        if pid is None:
            return None
        found = next((tree for tree in await self._trees() if tree.id == trees[pid]), None)
        return None if found is None else await self._owner(found)
