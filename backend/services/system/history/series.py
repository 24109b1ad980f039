"""Which series of figures there are: what each is called, in which unit it is, and where a sample has it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from backend.services.system.figures import Gpu, Sample
from backend.services.system.usage import Usage

Unit = Literal["percent", "bytes", "bytes_per_second", "celsius", "watt", "count"]

MOST_NAME = 200  # characters
MOST_INTERFACES = 16  # of a machine with containers there are hundreds, and each has a name that never comes again
_PASSING = ("veth", "tap", "vnet")  # interfaces of containers and virtual machines, as long as those live


@dataclass(frozen=True, slots=True)
class Series:
    """`label` is for people. A whole processor is 100 %: what has four busy threads has 400."""

    metric: str
    unit: Unit
    label: str


_MACHINE: dict[str, tuple[Unit, str]] = {
    "cpu": ("percent", "Processor"),
    "memory": ("percent", "Memory"),
    "swap": ("percent", "Swap"),
    "disk": ("percent", "Drive of the data folder"),
    "net_in": ("bytes_per_second", "Network, received"),
    "net_out": ("bytes_per_second", "Network, sent"),
    "disk_read": ("bytes_per_second", "Drives, read"),
    "disk_write": ("bytes_per_second", "Drives, written"),
    "gpu": ("percent", "GPU"),
    "gpu_memory": ("percent", "GPU memory"),
}
_OTHERS: tuple[tuple[str, Unit, str], ...] = (
    (r"disk:(.+)", "percent", "Drive {}"),
    (r"net:(.+):in", "bytes_per_second", "{}, received"),
    (r"net:(.+):out", "bytes_per_second", "{}, sent"),
    (r"gpu:(\d+)", "percent", "GPU {}"),
    (r"gpu:(\d+):memory", "bytes", "GPU {}, memory"),
    (r"gpu:(\d+):temperature", "celsius", "GPU {}, temperature"),
    (r"gpu:(\d+):power", "watt", "GPU {}, power"),
    (r"temperature:(.+)", "celsius", "{}"),
    (r"service:([A-Za-z0-9_-]+):cpu", "percent", "{}, processor"),
    (r"service:([A-Za-z0-9_-]+):memory", "bytes", "{}, memory"),
    (r"run:([A-Za-z0-9._-]+):cpu", "percent", "{}, processor"),
    (r"run:([A-Za-z0-9._-]+):memory", "bytes", "{}, memory"),
)


@lru_cache(maxsize=4096)
def series_of(metric: str) -> Series | None:
    """None where nothing can be called so."""
    if metric in _MACHINE:
        return Series(metric, *_MACHINE[metric])
    if len(metric) <= MOST_NAME and metric.isprintable():
        for pattern, unit, label in _OTHERS:
            if found := re.fullmatch(pattern, metric):
                return Series(metric, unit, label.format(found[1]))
    return None


def run_of(metric: str) -> str | None:
    """The run whose figures these are."""
    return metric.split(":")[1] if metric.startswith("run:") else None


def of_machine(sample: Sample) -> dict[str, float]:
    """What hardware does not have, and what the system does not tell, has no value."""
    found: dict[str, float | None] = {"cpu": sample.cpu.usage_percent, "memory": sample.memory.percent}
    if sample.swap is not None:
        found["swap"] = sample.swap.percent
    if sample.disk is not None:
        found["disk"] = sample.disk.percent
    if sample.network is not None:
        found |= {"net_in": sample.network.received_per_second, "net_out": sample.network.sent_per_second}
    if sample.disk_traffic is not None:
        found["disk_read"] = sample.disk_traffic.read_per_second
        found["disk_write"] = sample.disk_traffic.write_per_second
    found |= {f"disk:{drive.name}": drive.percent for drive in sample.disks}
    lasting = [one for one in sample.networks if one.up and not one.name.startswith(_PASSING)]
    for one in lasting[:MOST_INTERFACES]:
        found |= {f"net:{one.name}:in": one.in_per_second, f"net:{one.name}:out": one.out_per_second}
    found |= {f"temperature:{one.name}": one.celsius for one in sample.temperatures}
    return _known(found | _of_gpus(sample.gpus))


def _of_gpus(gpus: Iterable[Gpu]) -> dict[str, float | None]:
    """`gpu` is the busiest, `gpu_memory` the share that is taken of all of them together."""
    found: dict[str, float | None] = {}
    used = whole = 0
    for gpu in gpus:
        place = f"gpu:{gpu.index}"
        found |= {
            place: gpu.usage_percent,
            f"{place}:memory": gpu.memory_used,
            f"{place}:temperature": gpu.temperature,
            f"{place}:power": gpu.power,
        }
        if gpu.usage_percent is not None:
            found["gpu"] = max(found.get("gpu") or 0.0, gpu.usage_percent)
        if gpu.memory_used is not None and gpu.memory_total:
            used, whole = used + gpu.memory_used, whole + gpu.memory_total
    if whole:
        found["gpu_memory"] = round(100 * used / whole, 1)
    return found


def of_services(usage: Mapping[str, Usage]) -> dict[str, float]:
    found: dict[str, float] = {}
    for service, used in usage.items():
        found[f"service:{service}:cpu"] = used.cpu_percent
        found[f"service:{service}:memory"] = used.memory_bytes
    return found


def of_runs(using: Mapping[str, tuple[float, int]]) -> dict[str, float]:
    found: dict[str, float] = {}
    for run, (cpu, memory) in using.items():
        found |= {f"run:{run}:cpu": cpu, f"run:{run}:memory": memory}
    return found


def _known(values: Mapping[str, float | None]) -> dict[str, float]:
    return {name: value for name, value in values.items() if value is not None}
