"""The machine's counters as psutil has them, on systems that have no reader of their own."""

from __future__ import annotations

import psutil

from backend.services.system.counters import Core, gib
from backend.services.system.figures import Memory, Swap
from backend.services.system.hardware import told
from backend.services.system.traffic import DriveTraffic, Traffic, is_loopback


class PsutilCounters:
    def cores(self) -> tuple[Core, ...]:
        return tuple(_core(times._asdict()) for times in psutil.cpu_times(percpu=True))

    def memory(self) -> tuple[Memory, Swap | None]:
        memory = psutil.virtual_memory()
        total, available, used = memory.total, memory.available, memory.used
        return Memory(total, available, used, memory.percent, gib(total), gib(used), gib(available)), told(_swap)

    def interfaces(self) -> dict[str, Traffic]:
        counters = psutil.net_io_counters(pernic=True, nowrap=False)
        return {
            name: Traffic(count.bytes_recv, count.bytes_sent)
            for name, count in counters.items()
            if not is_loopback(name)
        }

    def drives(self) -> DriveTraffic:
        counters = psutil.disk_io_counters(perdisk=True, nowrap=False) or {}
        parts = {name: Traffic(count.read_bytes, count.write_bytes) for name, count in counters.items()}
        return DriveTraffic(parts, parts)


def _core(times: dict[str, float]) -> Core:
    """A core that waits for a disk is idle."""
    total = sum(times.values())
    return Core(total - times["idle"] - times.get("iowait", 0.0), total)


def _swap() -> Swap | None:
    swap = psutil.swap_memory()
    return Swap(swap.total, swap.used, swap.percent) if swap.total else None
