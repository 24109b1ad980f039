"""What is asked seldom, since it changes slowly or takes long to tell: file systems, sensors, which links are up.

It is read in a thread at a pace of its own: no sample waits for a sensor or for a drive that has to wake.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import PurePath
from typing import Any, TypeVar

import psutil

from backend.core.clock import Clock
from backend.services.system.figures import Battery, Fan, Temperature

log = logging.getLogger(__name__)

T = TypeVar("T")

AGE = 10.0  # seconds
PATIENCE = 1.0  # seconds that who comes first waits
_NO_DRIVES = frozenset({"squashfs", "iso9660", "udf"})  # full from the beginning: packages and discs


@dataclass(frozen=True, slots=True)
class FileSystem:
    name: str
    mount: str
    total: int
    used: int
    percent: float


@dataclass(frozen=True, slots=True)
class Hardware:
    file_systems: tuple[FileSystem, ...] = ()
    up: Mapping[str, bool] = field(default_factory=dict)
    temperatures: tuple[Temperature, ...] = ()
    fans: tuple[Fan, ...] = ()
    battery: Battery | None = None


class HardwareReader:
    """`present` is what the last look has found: at most about `AGE` seconds old while somebody keeps it fresh."""

    def __init__(self, clock: Clock) -> None:
        self.present = Hardware()
        self._clock = clock
        self._read_at = float("-inf")
        self._reading: asyncio.Future[Hardware] | None = None

    async def keep_fresh(self) -> None:
        """Begins a look where the last one is old. Only who comes before the first has ended waits for it, for a
        while."""
        if self._reading is None and self._clock.monotonic() - self._read_at >= AGE:
            self._reading = asyncio.ensure_future(asyncio.to_thread(read_hardware))
            self._reading.add_done_callback(self._have_read)
        if self._reading is not None and self._read_at == float("-inf"):
            await asyncio.wait((self._reading,), timeout=PATIENCE)

    def _have_read(self, reading: asyncio.Future[Hardware]) -> None:
        self._reading, self._read_at = None, self._clock.monotonic()
        if reading.cancelled():
            return
        if (error := reading.exception()) is not None:
            log.warning("hardware could not be looked at: %s", error)
        else:
            self.present = reading.result()


def read_hardware() -> Hardware:
    """May take long where a drive sleeps: to be called in a thread."""
    return Hardware(
        file_systems=told(_file_systems) or (),
        up=told(_links) or {},
        temperatures=told(_temperatures) or (),
        fans=told(_fans) or (),
        battery=told(_battery),
    )


def told(figure: Callable[[], T | None]) -> T | None:
    """What the system tells of one thing; None where it does not."""
    try:
        return figure()
    except (OSError, RuntimeError, AttributeError, ValueError, psutil.Error) as error:
        log.debug("%s is not told by this system: %s", figure.__name__, error)
        return None


def _file_systems() -> tuple[FileSystem, ...]:
    """One for each device: a folder that is mounted a second time elsewhere is no other drive."""
    found: dict[str, FileSystem] = {}
    for part in psutil.disk_partitions(all=False):
        name = PurePath(part.device).name or part.device.rstrip("\\")
        if name in found or part.fstype in _NO_DRIVES or "cdrom" in part.opts or not part.fstype:
            continue
        try:
            usage = psutil.disk_usage(part.mountpoint)
        except OSError:  # no disc in it, or not for this user
            continue
        if usage.total:
            found[name] = FileSystem(name, part.mountpoint, usage.total, usage.used, usage.percent)
    return tuple(found.values())


def _links() -> dict[str, bool]:
    return {name: link.isup for name, link in psutil.net_if_stats().items()}


def _temperatures() -> tuple[Temperature, ...]:
    sensors: Any = psutil.sensors_temperatures()  # type: ignore[attr-defined, unused-ignore]  # not on Windows
    return tuple(
        Temperature(name, round(found.current, 1), found.high, found.critical)
        for name, found in _named(sensors)
        if found.current is not None
    )


def _fans() -> tuple[Fan, ...]:
    sensors: Any = psutil.sensors_fans()  # type: ignore[attr-defined, unused-ignore]  # not on Windows
    return tuple(Fan(name, int(found.current)) for name, found in _named(sensors))


def _named(sensors: Mapping[str, list[Any]]) -> list[tuple[str, Any]]:
    """Each sensor with a name that no other has: `coretemp Core 0`, `nvme Composite`, `nvme Composite 2`."""
    found: dict[str, Any] = {}
    for chip, ones in sensors.items():
        for one in ones:
            name = f"{chip} {one.label}".strip()
            number = 1 + sum(known == name or known.startswith(f"{name} #") for known in found)
            found[name if number == 1 else f"{name} #{number}"] = one
    return list(found.items())


def _battery() -> Battery | None:
    found: Any = psutil.sensors_battery()
    if found is None:
        return None
    left = found.secsleft if isinstance(found.secsleft, int) and found.secsleft >= 0 else None
    return Battery(round(found.percent, 1), found.power_plugged, left)
