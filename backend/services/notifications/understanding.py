"""Whether Apprise understands the addresses of targets, found out soon after they were written: who has mistyped one
shall not learn of it by a message that never came."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping

from backend.services.notifications.courier import Courier
from backend.services.notifications.model import Target
from backend.services.notifications.sending.by_apprise import NOT_UNDERSTOOD

log = logging.getLogger(__name__)

AFTER = 5.0  # seconds: when a daemon begins, services come first


class Understanding:
    def __init__(self, courier: Courier, targets: Callable[[], Mapping[str, Target]], after: float = AFTER) -> None:
        self._courier, self._targets, self._after = courier, targets, after
        self._known: dict[str, bool] = {}
        self._look = asyncio.Event()
        self._look.set()

    def look_again(self) -> None:
        """The targets may be others now."""
        self._look.set()

    def fault(self, target: Target) -> str | None:
        """What is wrong with its address, as far as that is known yet."""
        return None if self._known.get(target.url, True) else NOT_UNDERSTOOD

    async def run(self) -> None:
        while True:
            await self._look.wait()
            await asyncio.sleep(self._after)
            self._look.clear()
            wanted = [one.url for one in self._targets().values() if one.means == "apprise"]
            self._known = {url: known for url, known in self._known.items() if url in wanted}
            if unknown := [url for url in wanted if url not in self._known]:
                await self._ask(unknown)

    async def _ask(self, urls: list[str]) -> None:
        try:
            self._known |= zip(urls, await self._courier.understood(urls), strict=True)
        except (OSError, TimeoutError, ValueError) as error:
            log.warning("whether the addresses of targets are right cannot be told: %s", type(error).__name__)
