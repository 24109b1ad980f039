"""The system area: samples for whoever watches, processes, what services use; each read once for all."""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import psutil

from backend.core.bus import Latest
from backend.core.clock import Clock
from backend.core.errors import Unavailable
from backend.services.ports import OwnerOf
from backend.services.system.info import MachineInfo, read_info
from backend.services.system.pace import STALE_AFTER, Pace
from backend.services.system.passes import Pass
from backend.services.system.readings import ProcessReader, Reading, choose_reader
from backend.services.system.table import ProcessRow, ProcessTable, Sort, Top
from backend.services.system.usage import Usage, usage_of

if TYPE_CHECKING:
    from backend.services.system.figures import Gpu, Sample
    from backend.services.system.machine import Machine

log = logging.getLogger(__name__)


class FiguresUnavailable(Unavailable):
    code, title = "figures_unavailable", "The system does not tell its figures"


class System:
    """`samples` carries the JSON text of each sample, encoded once; `run` makes them, only while somebody follows.

    `interval` is seconds between samples and the age up to which one reading serves all who ask. `owner_of` tells which
    pids belong to services of ours, `redact` takes secrets out of command lines.
    """

    def __init__(
        self,
        *,
        data_dir: Path,
        interval: float,
        clock: Clock,
        owner_of: OwnerOf,
        redact: Callable[[str], str] = str,
        processes: ProcessReader | None = None,
    ) -> None:
        self.samples: Latest[str] = Latest(self._somebody_follows)
        self._interval = interval
        self._owner_of = owner_of
        self._wake = asyncio.Event()
        self._clock = clock
        self._published: Sample | None = None
        self._published_at = float("-inf")
        self._folder = data_dir
        self._stale_after = stale_after = max(STALE_AFTER, 2.5 * interval)
        self._present_gpus: Callable[[], tuple[Gpu, ...]] = tuple
        self._machine: Machine | None = None
        reader = processes or choose_reader()
        self._passes: Pace[Mapping[int, Reading], Pass] = Pace(reader.read, _pass, clock=clock, stale_after=stale_after)
        self._table = ProcessTable(reader, redact)
        self._table_turn = asyncio.Lock()
        self._info: MachineInfo | None = None

    async def run(self) -> None:
        """Samples while somebody follows; otherwise waits, and costs nothing. Ends only when cancelled."""
        while True:
            self._wake.clear()
            if not self.samples.watched:
                await self._wake.wait()
                self._wake.clear()
            await self._publish()
            with suppress(TimeoutError):
                async with asyncio.timeout(self._interval):
                    await self._wake.wait()

    async def stats(self, max_age: float | None = None) -> Sample:
        """The figures of now: at most `max_age` seconds old, or one interval. Raises `FiguresUnavailable`."""
        return await self._sample(self._interval if max_age is None else max_age)

    def show_gpus(self, gpus: Callable[[], tuple[Gpu, ...]]) -> None:
        """From now on each sample has what `gpus` gives: what was last read of them, at once, from any thread."""
        self._present_gpus = gpus

    def gpus(self) -> tuple[Gpu, ...]:
        """As they were last read, some seconds ago at most."""
        return self._present_gpus()

    async def processes(self, limit: int = 50, sort: Sort = "cpu") -> Top:
        """The `limit` processes that use most. Their shares are true on the first call too, which takes 0.2 s."""
        seen = await self._passes.latest(self._interval)
        return Top(len(seen.readings), await self._rows(self._table.choose(seen, limit, sort), seen))

    async def processes_of(self, pids: Iterable[int]) -> list[ProcessRow]:
        """Those of the pids that live, in the order given."""
        seen = await self._passes.latest(self._interval)
        return await self._rows([seen.readings[pid] for pid in pids if pid in seen.readings], seen)

    async def _rows(self, chosen: list[Reading], seen: Pass) -> list[ProcessRow]:
        memory = (await self.info()).total_memory
        services = await self._owner_of({reading.pid for reading in chosen})
        async with self._table_turn:
            return await asyncio.to_thread(self._table.rows, chosen, seen, services, memory)

    async def usage(self, members: Mapping[str, Iterable[int]]) -> Mapping[str, Usage]:
        """What each service's processes use together, from one pass over all processes for everybody who asks.

        The children of members count too. A service of which nobody lives has no entry.
        """
        return usage_of(members, await self._passes.latest(self._interval))

    async def info(self) -> MachineInfo:
        if self._info is None:
            self._info = await asyncio.to_thread(read_info)
        return self._info

    def _somebody_follows(self) -> None:
        old = self._clock.monotonic() - self._published_at > self._interval
        if old:
            self.samples.value = None  # who comes now waits a moment for the truth rather than see the past
        if old or not self.samples.watched:
            self._wake.set()

    async def _publish(self) -> None:
        try:
            sample = await self._sample(self._interval / 2)
        except FiguresUnavailable as error:
            log.warning("%s", error.detail)
            return
        if sample is self._published:  # who comes just after another has left was given it when they came
            return
        self._published, self._published_at = sample, self._clock.monotonic()
        self.samples.publish(json.dumps({"type": "system_stats", **sample.as_json()}, separators=(",", ":")))

    async def _sample(self, max_age: float) -> Sample:
        if self._machine is None:
            from backend.services.system.machine import Machine  # services start without it

            self._machine = Machine(self._folder, self._clock, self.gpus, self._stale_after)
        try:
            return await self._machine.latest(max_age)
        except (OSError, RuntimeError, psutil.Error) as error:
            raise FiguresUnavailable(f"This system does not tell processor and memory figures: {error}") from error


def _pass(before: Mapping[int, Reading], after: Mapping[int, Reading], seconds: float) -> Pass:
    return Pass(before, after, seconds, time.time())
