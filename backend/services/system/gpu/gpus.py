"""The GPUs, read at a pace of their own; what was last read is there at once for whoever asks.

Where none is found when the daemon opens, nothing runs and nothing was imported.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from functools import partial

from backend.core.clock import Clock
from backend.services.system.figures import Gpu
from backend.services.system.gpu.card import Card, CardReader
from backend.services.system.gpu.own_thread import OwnThread
from backend.services.system.trees import MEMBERS_AGE, Owners

log = logging.getLogger(__name__)

PACE = 2.0  # seconds between readings
STALE_AFTER = 10.0  # seconds after which what was read is no figure of now

Find = Callable[[Clock], Sequence[CardReader]]


class Gpus:
    """`find` looks, in a thread, for readers of what hardware there is; `owners` tells whose processes are which."""

    def __init__(self, find: Find, owners: Owners, clock: Clock) -> None:
        self._find = find
        self._owners = owners
        self._clock = clock
        self._last: tuple[Gpu, ...] = ()
        self._read_at = float("-inf")
        self._numbers: dict[str, int] = {}
        self._failing: set[CardReader] = set()

    def present(self) -> tuple[Gpu, ...]:
        """What was last read; from any thread. Empty where a driver has not answered for a while."""
        return self._last if self._clock.monotonic() - self._read_at <= STALE_AFTER else ()

    async def run(self) -> None:
        """Until cancelled; ends at once where there is no GPU."""
        thread = OwnThread("gpus")
        readers: Sequence[CardReader] = ()
        try:
            readers = await thread.do(partial(self._find, self._clock))
            while readers:
                services = dict(await self._owners(MEMBERS_AGE))
                self._last = await thread.do(partial(self._read, readers, services))
                self._read_at = self._clock.monotonic()
                await asyncio.sleep(PACE)
        finally:
            thread.end(partial(_close, readers))

    def _read(self, readers: Sequence[CardReader], services: Mapping[int, str]) -> tuple[Gpu, ...]:
        cards = [card for reader in readers for card in self._cards(reader, services)]
        found = [card.as_gpu(self._number(card), services) for card in cards]
        return tuple(sorted(found, key=lambda gpu: gpu.index))

    def _cards(self, reader: CardReader, services: Mapping[int, str]) -> Sequence[Card]:
        try:
            cards = reader.read(services.keys())
        except Exception as error:
            if reader not in self._failing:
                log.warning("GPUs cannot be read for now: %s", error, exc_info=True)
            self._failing.add(reader)
            return ()
        self._failing.discard(reader)
        return cards

    def _number(self, card: Card) -> int:
        """The same for a card that was away and is back: its series goes on."""
        return self._numbers.setdefault(card.key, len(self._numbers))


def _close(readers: Sequence[CardReader]) -> None:
    for reader in readers:
        reader.close()
