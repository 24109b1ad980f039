"""NVIDIA's driver as its library shows itself, for pynvml to call: cards whose figures a test sets, and what becomes of
the driver."""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pynvml

NOT_THERE: int = pynvml.NVML_ERROR_NOT_SUPPORTED
LOST: int = pynvml.NVML_ERROR_GPU_IS_LOST
NOT_LOADED: int = pynvml.NVML_ERROR_DRIVER_NOT_LOADED
UNINITIALIZED: int = pynvml.NVML_ERROR_UNINITIALIZED
TOO_SMALL: int = pynvml.NVML_ERROR_INSUFFICIENT_SIZE
NOT_TOLD = 2**64 - 1  # memory of a process, under Windows' own memory management

GIB = 1024**3


@dataclass
class FakeCard:
    """A figure is its value, or None for one that the card does not have. `fault` is what it answers to everything."""

    bus: int
    name: bytes = b"NVIDIA GeForce RTX 4090"
    uuid: bytes = b"GPU-1e2d3c4b-0000"
    usage: int | None = 41
    memory: tuple[int, int] | None = (6 * GIB, 24 * GIB)
    reserved: int = GIB // 2
    temperature: int | None = 63
    power: int | None = 231_650
    power_limit: int | None = 450_000
    fan: int | None = 45
    computing: list[tuple[int, int]] | None = field(default_factory=list)
    drawing: list[tuple[int, int]] | None = field(default_factory=list)
    fault: int = 0


class FakeDriver:
    """Its methods are the library's functions; `older` has none of those that came later."""

    def __init__(self, *cards: FakeCard, older: bool = False) -> None:
        self.cards = list(cards)
        self.loaded = True
        self.opened = 0
        self._open = False
        self._handles = [pynvml.struct_c_nvmlDevice_t() for _ in range(16)]
        self._older = older

    def __getattr__(self, name: str) -> Callable[..., int]:
        """As of a library: a function that is not in it is no attribute."""
        if not name.startswith("nvml") or (self._older and name == "nvmlDeviceGetMemoryInfo_v2"):
            raise AttributeError(name)
        function: Callable[..., int] = object.__getattribute__(self, f"_{name}")
        return function

    def _card(self, handle: Any) -> FakeCard:
        places = [ctypes.addressof(one) for one in self._handles]
        return self.cards[places.index(ctypes.addressof(handle.contents))]

    def _tell(self, handle: Any, value: Any, tell: Callable[[], None]) -> int:
        if not (self.loaded and self._open):
            return UNINITIALIZED
        if fault := self._card(handle).fault:
            return fault
        if value is None:
            return NOT_THERE
        tell()
        return 0

    def _number(self, handle: Any, value: int | None, place: Any) -> int:
        return self._tell(handle, value, lambda: setattr(place._obj, "value", value))

    def _text(self, handle: Any, text: bytes, place: Any) -> int:
        return self._tell(handle, text, lambda: setattr(place, "value", text))

    def _nvmlErrorString(self, code: Any) -> bytes:  # noqa: N802 - the library's names, here and below
        return f"error {code}".encode()

    def _nvmlInitWithFlags(self, _: int) -> int:  # noqa: N802
        self.opened += 1
        self._open = self.loaded
        return 0 if self.loaded else NOT_LOADED

    def _nvmlShutdown(self) -> int:  # noqa: N802
        was, self._open = self._open, False
        return 0 if was else UNINITIALIZED

    def _nvmlSystemGetDriverVersion(self, place: Any, _: Any) -> int:  # noqa: N802
        place.value = b"580.95.05"
        return 0

    def _nvmlDeviceGetCount_v2(self, place: Any) -> int:  # noqa: N802
        place._obj.value = len(self.cards)
        return 0

    def _nvmlDeviceGetHandleByIndex_v2(self, index: Any, place: Any) -> int:  # noqa: N802
        card: FakeCard = self.cards[index.value]
        if card.fault:
            return card.fault
        place._obj.contents = self._handles[index.value]
        return 0

    def _nvmlDeviceGetPciInfo_v3(self, handle: Any, place: Any) -> int:  # noqa: N802
        return self._tell(handle, 0, lambda: setattr(place._obj, "bus", self._card(handle).bus))

    def _nvmlDeviceGetName(self, handle: Any, place: Any, _: Any) -> int:  # noqa: N802
        return self._text(handle, self._card(handle).name, place)

    def _nvmlDeviceGetUUID(self, handle: Any, place: Any, _: Any) -> int:  # noqa: N802
        return self._text(handle, self._card(handle).uuid, place)

    def _nvmlDeviceGetUtilizationRates(self, handle: Any, place: Any) -> int:  # noqa: N802
        value = self._card(handle).usage
        return self._tell(handle, value, lambda: setattr(place._obj, "gpu", value))

    def _nvmlDeviceGetMemoryInfo(self, handle: Any, place: Any) -> int:  # noqa: N802
        return self._memory(handle, place, self._card(handle).reserved)

    def _nvmlDeviceGetMemoryInfo_v2(self, handle: Any, place: Any) -> int:  # noqa: N802
        return self._memory(handle, place, 0)

    def _memory(self, handle: Any, place: Any, more: int) -> int:
        def tell() -> None:
            used, total = self._card(handle).memory or (0, 0)
            place._obj.used, place._obj.total = used + more, total

        return self._tell(handle, self._card(handle).memory, tell)

    def _nvmlDeviceGetTemperature(self, handle: Any, _: Any, place: Any) -> int:  # noqa: N802
        return self._number(handle, self._card(handle).temperature, place)

    def _nvmlDeviceGetPowerUsage(self, handle: Any, place: Any) -> int:  # noqa: N802
        return self._number(handle, self._card(handle).power, place)

    def _nvmlDeviceGetEnforcedPowerLimit(self, handle: Any, place: Any) -> int:  # noqa: N802
        return self._number(handle, self._card(handle).power_limit, place)

    def _nvmlDeviceGetFanSpeed(self, handle: Any, place: Any) -> int:  # noqa: N802
        return self._number(handle, self._card(handle).fan, place)

    def _nvmlDeviceGetComputeRunningProcesses_v3(self, handle: Any, count: Any, places: Any) -> int:  # noqa: N802
        return self._processes(handle, self._card(handle).computing, count, places)

    def _nvmlDeviceGetGraphicsRunningProcesses_v3(self, handle: Any, count: Any, places: Any) -> int:  # noqa: N802
        return self._processes(handle, self._card(handle).drawing, count, places)

    def _processes(self, handle: Any, told: list[tuple[int, int]] | None, count: Any, places: Any) -> int:
        def tell() -> None:
            for place, (pid, memory) in zip(places or (), told or (), strict=False):
                place.pid, place.usedGpuMemory = pid, memory
            count._obj.value = len(told or ())

        status = self._tell(handle, told, tell)
        return TOO_SMALL if status == 0 and told and places is None else status
