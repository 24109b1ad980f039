"""NVIDIA's GPUs by NVML, the library that comes with their driver.

The Python side of it is imported only where the driver is installed. A card that tells nothing any more has fallen off
its bus or lost its driver: it is left out, and the library is opened anew from time to time until all are back.

A card that sleeps is not asked, as that would wake it; an idle one that may sleep is asked so seldom that it can.
"""

from __future__ import annotations

import ctypes
import logging
import os
import sys
from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from backend.core.clock import Clock
from backend.services.system.gpu.card import Card
from backend.services.system.gpu.runtime_power import asleep, may_sleep

log = logging.getLogger(__name__)

LOOK_AGAIN = 30.0  # seconds between attempts to find what is away
REST = 30.0  # seconds that an idle card which may sleep is left alone
DEVICES = Path("/sys/bus/pci/devices")


def open_nvidia(clock: Clock) -> NvidiaGpus | None:
    """None where no driver is installed, or it knows of no card."""
    if not _installed():
        return None
    import pynvml

    reader = NvidiaGpus(pynvml, clock, DEVICES)
    if reader.open():
        return reader
    reader.close()
    return None


def _installed() -> bool:
    if sys.platform == "win32":
        return any(path.exists() for path in _windows_libraries())
    try:
        ctypes.CDLL("libnvidia-ml.so.1")
    except OSError:
        return False
    return True


def _windows_libraries() -> list[Path]:
    """Where drivers of today put it, and those of some years ago."""
    return [
        Path(os.environ.get("WINDIR", "C:/Windows"), "System32/nvml.dll"),
        Path(os.environ.get("ProgramFiles", "C:/Program Files"), "NVIDIA Corporation/NVSMI/nvml.dll"),  # noqa: SIM112
    ]


@dataclass(frozen=True, slots=True)
class _Device:
    handle: Any
    key: str
    name: str
    uuid: str | None


class NvidiaGpus:
    """`nvml` is the module pynvml, `folder` where the kernel shows each slot, or a recording of it."""

    def __init__(self, nvml: Any, clock: Clock, folder: Path) -> None:
        self._nvml = nvml
        self._clock = clock
        self._folder = folder
        self._idle: dict[str, tuple[float, Card]] = {}  # when it was asked, and what it said
        self._driver: str | None = None
        self._devices: Sequence[_Device] = ()
        self._known = 0
        self._opened_at = float("-inf")

    def open(self) -> bool:
        """Whether there is a card."""
        self._opened_at = self._clock.monotonic()
        try:
            self._nvml.nvmlInit()
            self._driver = self._told(self._nvml.nvmlSystemGetDriverVersion)
            found = [self._device(index) for index in range(self._nvml.nvmlDeviceGetCount())]
        except self._nvml.NVMLError as error:
            log.info("NVIDIA's driver does not answer: %s", error)
            return False
        self._devices = [device for device in found if device is not None]
        self._known = max(self._known, len(self._devices))
        return bool(self._devices)

    def close(self) -> None:
        self._devices = ()
        with suppress(self._nvml.NVMLError):
            self._nvml.nvmlShutdown()

    def read(self, ours: Collection[int]) -> list[Card]:
        cards = self._cards()
        if len(cards) < self._known and self._clock.monotonic() - self._opened_at >= LOOK_AGAIN:
            self.close()
            self.open()
            cards = self._cards()
        return cards

    def _cards(self) -> list[Card]:
        return [card for device in self._devices if (card := self._awake(device)) is not None]

    def _awake(self, device: _Device) -> Card | None:
        """The card as it is, without figures where it sleeps; as it was, where it is left alone to fall asleep."""
        place, now = self._folder / device.key, self._clock.monotonic()
        if asleep(place):
            self._idle.pop(device.key, None)
            return Card(device.key, "NVIDIA", device.name, uuid=device.uuid, driver=self._driver)
        asked_at, said = self._idle.get(device.key, (float("-inf"), None))
        if said is not None and now - asked_at < REST:
            return said
        self._idle.pop(device.key, None)
        card = self._card(device)
        if card is not None and card.usage_percent == 0 and not card.processes and may_sleep(place):
            self._idle[device.key] = now, card
        return card

    def _device(self, index: int) -> _Device | None:
        """None for one that its driver counts and cannot reach."""
        nvml = self._nvml
        try:
            handle = nvml.nvmlDeviceGetHandleByIndex(index)
            slot = nvml.nvmlDeviceGetPciInfo(handle)
        except nvml.NVMLError:
            return None
        name = self._told(nvml.nvmlDeviceGetName, handle) or "NVIDIA GPU"
        uuid = self._told(nvml.nvmlDeviceGetUUID, handle)
        return _Device(handle, f"{slot.domain:04x}:{slot.bus:02x}:{slot.device:02x}.0", name, uuid)

    def _card(self, device: _Device) -> Card | None:
        nvml, handle = self._nvml, device.handle
        usage = self._told(nvml.nvmlDeviceGetUtilizationRates, handle)
        memory = self._memory(handle)
        temperature = self._told(nvml.nvmlDeviceGetTemperature, handle, nvml.NVML_TEMPERATURE_GPU)
        power = self._told(nvml.nvmlDeviceGetPowerUsage, handle)
        fan = self._told(nvml.nvmlDeviceGetFanSpeed, handle)
        if all(figure is None for figure in (usage, memory, temperature, power)):
            return None
        return Card(
            key=device.key,
            vendor="NVIDIA",
            name=device.name,
            uuid=device.uuid,
            driver=self._driver,
            usage_percent=None if usage is None else float(usage.gpu),
            memory_used=None if memory is None else memory.used,
            memory_total=None if memory is None else memory.total,
            temperature=None if temperature is None else float(temperature),
            power=_watts(power),
            power_limit=_watts(self._told(nvml.nvmlDeviceGetEnforcedPowerLimit, handle)),
            fan=None if fan is None else float(fan),
            processes=self._processes(handle),
        )

    def _memory(self, handle: Any) -> Any:
        """Without what the driver keeps for itself, where it tells that apart."""
        nvml = self._nvml
        apart = self._told(nvml.nvmlDeviceGetMemoryInfo, handle, nvml.nvmlMemory_v2)
        return apart or self._told(nvml.nvmlDeviceGetMemoryInfo, handle)

    def _processes(self, handle: Any) -> dict[int, int | None]:
        """One that computes and draws is in both lists, each time with all that it has."""
        nvml = self._nvml
        found: dict[int, int | None] = {}
        for ask in (nvml.nvmlDeviceGetComputeRunningProcesses_v3, nvml.nvmlDeviceGetGraphicsRunningProcesses_v3):
            for process in self._told(ask, handle) or ():
                known, memory = found.get(process.pid), process.usedGpuMemory
                found[process.pid] = memory if known is None else max(known, memory or 0)
        return found

    def _told(self, ask: Callable[..., Any], *arguments: Any) -> Any:
        """None where the card has no such figure, does not tell it to this user, or is away."""
        try:
            return ask(*arguments)
        except self._nvml.NVMLError:
            return None


def _watts(milliwatts: int | None) -> float | None:
    return None if milliwatts is None else round(milliwatts / 1000, 1)
