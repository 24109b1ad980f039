"""The machine's figures as they are told: one sample of all.

Sizes are bytes (`…_gb`: GiB, two decimals), percentages 0 to 100. What this system does not tell is None, and hardware
that is not there has no entry.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, is_dataclass
from datetime import datetime
from functools import cache
from typing import Any


@dataclass(frozen=True, slots=True)
class Frequency:
    """MHz."""

    current: float | None = None
    min: float | None = None
    max: float | None = None


@dataclass(frozen=True, slots=True)
class Cpu:
    usage_percent: float
    count: int
    frequency: Frequency
    per_core: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Memory:
    total: int
    available: int
    used: int
    percent: float
    total_gb: float
    used_gb: float
    available_gb: float


@dataclass(frozen=True, slots=True)
class Swap:
    total: int
    used: int
    percent: float


@dataclass(frozen=True, slots=True)
class Disk:
    """`path` is the drive or the mount point, never a folder in it."""

    total: int
    used: int
    free: int
    percent: float
    total_gb: float
    used_gb: float
    free_gb: float
    path: str


@dataclass(frozen=True, slots=True)
class Network:
    """All interfaces but loopback, since the machine started."""

    bytes_sent: int
    bytes_received: int
    sent_per_second: float
    received_per_second: float


@dataclass(frozen=True, slots=True)
class DiskTraffic:
    """Bytes of all drives together."""

    read_per_second: float
    write_per_second: float


@dataclass(frozen=True, slots=True)
class Drive:
    """One file system on a drive. What passes is None where the system counts it by whole drives only (Windows)."""

    name: str
    mount: str
    total: int
    used: int
    percent: float
    read_per_second: float | None
    write_per_second: float | None


@dataclass(frozen=True, slots=True)
class Interface:
    """Bytes a second through one network interface."""

    name: str
    in_per_second: float
    out_per_second: float
    up: bool


@dataclass(frozen=True, slots=True)
class Temperature:
    """Celsius; `high` and `critical` are where its maker sees danger."""

    name: str
    celsius: float
    high: float | None
    critical: float | None


@dataclass(frozen=True, slots=True)
class Fan:
    """Turns a minute."""

    name: str
    rpm: int


@dataclass(frozen=True, slots=True)
class Battery:
    """`seconds_left` is None while it charges, and where the system does not tell."""

    percent: float
    plugged: bool | None
    seconds_left: int | None


@dataclass(frozen=True, slots=True)
class GpuProcess:
    """`memory` is bytes of the GPU's, `service` the id of ours that it belongs to."""

    pid: int
    memory: int | None
    service: str | None


@dataclass(frozen=True, slots=True)
class Gpu:
    """Celsius, watts; `fan` is percent of its fastest."""

    index: int
    vendor: str
    name: str
    uuid: str | None
    driver: str | None
    usage_percent: float | None
    memory_used: int | None
    memory_total: int | None
    temperature: float | None
    power: float | None
    power_limit: float | None
    fan: float | None
    processes: tuple[GpuProcess, ...]


@dataclass(frozen=True, slots=True)
class Sample:
    timestamp: datetime
    cpu: Cpu
    memory: Memory
    swap: Swap | None
    disk: Disk | None
    network: Network | None
    disk_traffic: DiskTraffic | None
    disks: tuple[Drive, ...]
    networks: tuple[Interface, ...]
    temperatures: tuple[Temperature, ...]
    fans: tuple[Fan, ...]
    battery: Battery | None
    gpus: tuple[Gpu, ...]

    def as_json(self) -> dict[str, Any]:
        return {name: _plain(getattr(self, name)) for name in _names(Sample)} | {
            "timestamp": self.timestamp.isoformat()
        }


def _plain(value: Any) -> Any:
    """`dataclasses.asdict` makes a deep copy of every number: that takes four times as long."""
    if isinstance(value, tuple):
        return [_plain(one) for one in value]
    names = _names(value.__class__)
    return {name: _plain(getattr(value, name)) for name in names} if names else value


@cache
def _names(kind: type) -> tuple[str, ...]:
    """Of the figures that it holds; none for what is a figure itself."""
    return tuple(field.name for field in fields(kind)) if is_dataclass(kind) else ()
