"""All GPUs on Windows: adapters by DXGI, what they do and whose memory is on them by the performance counters.

NVIDIA's driver does not tell there which process has how much of its memory; it does tell temperature and power, which
Windows' counters do not have.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING

assert sys.platform == "win32"

from backend.services.system.gpu.adapters import joined
from backend.services.system.gpu.card import Card
from backend.services.system.gpu.dxgi import Adapters
from backend.services.system.gpu.instances import Counted, amount
from backend.services.system.gpu.pdh import Counters

if TYPE_CHECKING:
    from backend.services.system.gpu.nvidia import NvidiaGpus

log = logging.getLogger(__name__)

_ENGINES = r"\GPU Engine(*)\Utilization Percentage"
_ADAPTERS = r"\GPU Adapter Memory(*)\Dedicated Usage"
_PROCESSES = r"\GPU Process Memory(*)\Dedicated Usage"


def open_windows(nvidia: NvidiaGpus | None) -> WindowsGpus | None:
    """None where there is no adapter, or Windows counts nothing of it."""
    adapters = None
    try:
        adapters = Adapters()
        if adapters.present():
            return WindowsGpus(adapters, Counters(_ENGINES, _ADAPTERS, _PROCESSES), nvidia)
    except (OSError, AttributeError) as error:
        log.info("Windows tells of no GPUs: %s", error)
    if adapters is not None:
        adapters.close()
    return None


class WindowsGpus:
    """`nvidia` is closed with it."""

    def __init__(self, adapters: Adapters, counters: Counters, nvidia: NvidiaGpus | None) -> None:
        self._adapters = adapters
        self._counters = counters
        self._nvidia = nvidia
        self._read_before = False

    def read(self, ours: Collection[int]) -> list[Card]:
        by_nvml = () if self._nvidia is None else self._nvidia.read(ours)
        return joined(self._adapters.present(), self._counted(), by_nvml)

    def close(self) -> None:
        self._counters.close()
        self._adapters.close()
        if self._nvidia is not None:
            self._nvidia.close()

    def _counted(self) -> Mapping[int, Counted]:
        told = self._counters.read()
        engines = told[_ENGINES] if self._read_before else None  # percent are between two readings
        self._read_before = True
        return amount(engines, told[_ADAPTERS], told[_PROCESSES])
