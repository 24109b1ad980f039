"""Which GPUs this machine has: what is not there is not imported either."""

from __future__ import annotations

import sys

from backend.core.clock import Clock
from backend.services.system.gpu.card import CardReader


def find_readers(clock: Clock) -> list[CardReader]:
    """May take a while: a driver that sleeps is woken."""
    from backend.services.system.gpu.nvidia import open_nvidia

    nvidia = open_nvidia(clock)
    others: CardReader | None = None
    if sys.platform == "win32":
        from backend.services.system.gpu.windows import open_windows

        if (others := open_windows(nvidia)) is not None:
            return [others]  # NVIDIA's among them
    if sys.platform == "linux":
        from backend.services.system.gpu.drm import open_drm

        others = open_drm(clock)
    return [reader for reader in (nvidia, others) if reader is not None]
