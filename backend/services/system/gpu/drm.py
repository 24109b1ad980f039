"""GPUs of AMD and Intel on Linux, by what their drivers show as files (`/sys/class/drm`).

Intel's drivers count how long a GPU has slept and what energy it has taken: how busy it is and what it draws lie
between two readings.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

from backend.core.clock import Clock
from backend.services.system.gpu.card import Card, first
from backend.services.system.gpu.fdinfo import Clients
from backend.services.system.gpu.hwmon import Sensors, number
from backend.services.system.gpu.pci_names import PciNames
from backend.services.system.gpu.runtime_power import asleep

CLASS = Path("/sys/class/drm")
PROC = Path("/proc")
VENDORS = {"1002": "AMD", "8086": "Intel"}
CLIENTS_AGE = 10.0  # seconds: to find them, every open file of our processes is looked at
_SLEPT = ("gt/gt*/rc6_residency_ms", "power/rc6_residency_ms", "device/tile*/gt*/gtidle/idle_residency_ms")


def open_drm(clock: Clock) -> DrmGpus | None:
    """None where there is no such card."""
    reader = DrmGpus(clock)
    return reader if reader.there() else None


@dataclass(frozen=True, slots=True)
class _Slot:
    """A card where it sits; `folder` is its own, with its device's below."""

    folder: Path
    key: str
    vendor: str
    name: str
    driver: str | None

    @property
    def device(self) -> Path:
        return self.folder / "device"


@dataclass(frozen=True, slots=True)
class _Counted:
    """Milliseconds that each part has slept, microjoules."""

    at: float
    slept: Mapping[Path, int]
    energy: int | None


class DrmGpus:
    """`folder` and `proc` are the kernel's, or recordings of them."""

    def __init__(self, clock: Clock, folder: Path = CLASS, proc: Path = PROC, names: PciNames | None = None) -> None:
        self._clock = clock
        self._folder = folder
        self._names = names or PciNames()
        self._clients = Clients(proc)
        self._processes: Mapping[str, Mapping[int, int | None]] = {}
        self._processes_at = float("-inf")
        self._before: dict[str, _Counted] = {}

    def there(self) -> bool:
        return bool(self._slots())

    def read(self, ours: Collection[int]) -> list[Card]:
        """Only `ours` are asked whether they use a card: others' files may not be read."""
        slots = self._slots()
        if slots and self._clock.monotonic() - self._processes_at >= CLIENTS_AGE:
            self._processes, self._processes_at = self._clients.of(ours), self._clock.monotonic()
        return [self._card(slot, ours) for slot in slots]

    def close(self) -> None:
        """Nothing is held open."""

    def _slots(self) -> list[_Slot]:
        if not self._folder.is_dir():
            return []
        found = (path for path in self._folder.iterdir() if re.fullmatch(r"card\d+", path.name))
        slots = [slot for path in found if (slot := self._slot(path)) is not None]
        return sorted(slots, key=lambda slot: slot.key)

    def _slot(self, folder: Path) -> _Slot | None:
        """None for cards of other makers, and for what is no card (a virtual display)."""
        try:
            text = (folder / "device/uevent").read_text()
        except OSError:
            return None
        told = dict(line.split("=", 1) for line in text.splitlines() if "=" in line)
        vendor, _, device = told.get("PCI_ID", "").partition(":")
        maker, key = VENDORS.get(vendor), told.get("PCI_SLOT_NAME")
        if maker is None or key is None:
            return None
        name = (
            _text(folder / "device/product_name") or self._names.of(vendor, device) or f"{maker} GPU {device.lower()}"
        )
        return _Slot(folder, key, maker, name, told.get("DRIVER"))

    def _card(self, slot: _Slot, ours: Collection[int]) -> Card:
        if asleep(slot.device):
            self._before.pop(slot.key, None)
            return Card(slot.key, slot.vendor, slot.name, driver=slot.driver)
        sensors = Sensors(slot.device)
        busy, power = number(slot.device / "gpu_busy_percent"), sensors.power()
        slept, drawn = self._between(slot, sensors) if busy is None or power is None else (None, None)
        clients = self._processes.get(slot.key, {})
        return Card(
            key=slot.key,
            vendor=slot.vendor,
            name=slot.name,
            uuid=_text(slot.device / "unique_id"),
            driver=slot.driver,
            usage_percent=slept if busy is None else float(busy),
            memory_used=number(slot.device / "mem_info_vram_used"),
            memory_total=_memory(slot.device),
            temperature=sensors.temperature(),
            power=first(power, drawn),
            power_limit=sensors.power_limit(),
            fan=sensors.fan(),
            processes={pid: memory for pid, memory in clients.items() if pid in ours},
        )

    def _between(self, slot: _Slot, sensors: Sensors) -> tuple[float | None, float | None]:
        """Percent busy and watts since the reading before, of a driver that counts."""
        after = _Counted(self._clock.monotonic(), _slept(slot.folder), sensors.energy())
        before = self._before.get(slot.key)
        self._before[slot.key] = after
        if before is None or after.at <= before.at:
            return None, None
        return _busy(before, after), _drawn(before, after)


def _slept(folder: Path) -> dict[Path, int]:
    """A counter that stands at zero belongs to a part that was told never to sleep."""
    counted = {path: number(path) for pattern in _SLEPT for path in folder.glob(pattern)}
    return {path: count for path, count in counted.items() if count}


def _busy(before: _Counted, after: _Counted) -> float | None:
    """Of the part that slept least."""
    milliseconds = (after.at - before.at) * 1000
    rested = [
        count - before.slept[path] for path, count in after.slept.items() if count >= before.slept.get(path, count + 1)
    ]
    if not rested:
        return None
    return round(min(max(100 * (1 - min(rested) / milliseconds), 0.0), 100.0), 1)


def _drawn(before: _Counted, after: _Counted) -> float | None:
    if before.energy is None or after.energy is None or after.energy < before.energy:
        return None
    return round((after.energy - before.energy) / 1e6 / (after.at - before.at), 1)


def _memory(device: Path) -> int | None:
    whole = number(device / "mem_info_vram_total")
    if whole is not None:
        return whole
    tiles = (_hexadecimal(path) for path in device.glob("tile*/physical_vram_size_bytes"))
    return sum(size or 0 for size in tiles) or None


def _hexadecimal(path: Path) -> int | None:
    text = _text(path)
    try:
        return int(text, 0) if text else None
    except ValueError:
        return None


def _text(path: Path) -> str | None:
    """None where there is nothing to read."""
    try:
        return path.read_text(errors="replace").strip() or None
    except OSError:
        return None
