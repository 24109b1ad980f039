"""What the house was doing before the tour: figures of a day, put into the real store as the daemon would have."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

from backend.core.clock import SystemClock
from backend.database.database import open_database
from backend.services.system.history.points import MINUTE, QUARTER
from backend.services.system.history.recent import Recent
from backend.services.system.history.store import Store

DAY = timedelta(hours=26)
ASLEEP = (timedelta(hours=17), timedelta(hours=10))  # from and to, before now
PACE = MINUTE // 4  # seconds
MB = 1 << 20
SERVICES = {"ollama": (6.0, 170 * MB), "open-webui": (1.5, 95 * MB), "postgres": (0.8, 64 * MB), "n8n": (2.5, 86 * MB)}


async def remember(data_dir: Path, url: str) -> None:
    """Lays the day down in the database of a daemon that does not run."""
    clock = SystemClock()
    now = int(clock.now().timestamp())
    begin = int(now - DAY.total_seconds())
    recent = Recent()
    async with open_database(url, data_dir, clock) as database:
        store = Store(database, recent)
        await store.open(begin)
        for at in range(begin, now, PACE):
            if not ASLEEP[1].total_seconds() < now - at < ASLEEP[0].total_seconds():
                figures = dict(_figures(at))
                recent.add(at, figures)
                store.measured(at, figures)
            if at % QUARTER < PACE:
                await store.flush(at)
        await store.flush(now)


def _figures(at: int) -> Iterator[tuple[str, float]]:
    busy = _wave(at, 5400) * _wave(at, 900)
    yield "cpu", _percent(8 + 45 * busy + random.uniform(0, 6))
    yield "memory", _percent(46 + 18 * _wave(at, 9000))
    yield "swap", 1.5
    yield "disk", 61.0
    yield "net_in", 4_000 + 9e6 * busy * random.random()
    yield "net_out", 2_000 + 6e5 * busy * random.random()
    yield "disk_read", 3e7 * busy * random.random()
    yield "disk_write", 1e5 + 9e6 * busy * random.random()
    for name, (processor, memory) in SERVICES.items():
        yield f"service:{name}:cpu", _percent(processor * (0.4 + 2 * busy + random.random() / 3))
        yield f"service:{name}:memory", memory * (1 + 0.15 * _wave(at, 7000)) + random.uniform(0, MB)


def _wave(at: int, seconds: int) -> float:
    """Between 0 and 1."""
    return 0.5 + 0.5 * math.sin(2 * math.pi * at / seconds)


def _percent(value: float) -> float:
    return round(min(value, 100), 1)
