"""Finds who of a tree goes on with the work of its ended root: the member that serves the service's port.

ComfyUI restarted from its own manager is the case in mind: the process that was started ends, its child keeps the port.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection

import psutil

from backend.core.errors import CenterError
from backend.services.ports.model import PortReport
from backend.services.processes.runtime import Runtime
from backend.services.supervisor.entry import Entry
from backend.services.supervisor.happenings import NoHeir, Succeeded

PATIENCE = 60.0  # seconds that a successor may take until it serves the port, after an end that was no failure
LOOK = 0.25  # seconds between looks


class Heirs:
    def __init__(self, runtime: Runtime, look: Callable[[int], Awaitable[PortReport]]) -> None:
        self._runtime = runtime
        self._look = look

    async def seek(self, entry: Entry, tree: str, patient: bool) -> Succeeded | NoHeir | None:
        """None when nothing of the tree is left, of which its end tells, or when it is another tree's turn."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + (PATIENCE if patient else 0.0)
        while entry.state.tree == tree and entry.port is not None:
            try:
                members = {pid for pid, _ in (await self._runtime.members()).get(tree, [])}
                if not members:
                    return None
                heir = await self._serving(entry.port, members)
            except CenterError:
                heir = None
            if heir is not None:
                started = await asyncio.to_thread(_started, heir)
                if started is not None:
                    return Succeeded(tree, heir, started)
            if loop.time() >= deadline or entry.state.status == "stopping":
                return NoHeir(tree)
            await asyncio.sleep(LOOK)
        return None

    async def _serving(self, port: int, members: Collection[int]) -> int | None:
        report = await self._look(port)
        return next((one.pid for one in report.owners if one.protocol == "tcp" and one.pid in members), None)


def _started(pid: int) -> float | None:
    try:
        return float(psutil.Process(pid).create_time())
    except psutil.Error:
        return None


def names_of(pids: Collection[int]) -> dict[int, str]:
    """Of those that live."""
    names: dict[int, str] = {}
    for pid in pids:
        try:
            names[pid] = psutil.Process(pid).name()
        except psutil.Error:
            continue
    return names
