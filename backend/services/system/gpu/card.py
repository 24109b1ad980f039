"""One GPU as a driver tells of it, before anybody has said whose processes are on it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol, TypeVar

from backend.services.system.figures import Gpu, GpuProcess

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Card:
    """`key` is the slot that it sits in, which stays when a driver begins anew. Units are those of `Gpu`, None is what
    the driver does not tell; `processes` is bytes by pid."""

    key: str
    vendor: str
    name: str
    uuid: str | None = None
    driver: str | None = None
    usage_percent: float | None = None
    memory_used: int | None = None
    memory_total: int | None = None
    temperature: float | None = None
    power: float | None = None
    power_limit: float | None = None
    fan: float | None = None
    processes: Mapping[int, int | None] = field(default_factory=dict)

    def as_gpu(self, index: int, services: Mapping[int, str]) -> Gpu:
        """Those that have most of its memory come first."""
        most_first = sorted(self.processes.items(), key=lambda one: (-(one[1] or 0), one[0]))
        return Gpu(
            index=index,
            vendor=self.vendor,
            name=self.name,
            uuid=self.uuid,
            driver=self.driver,
            usage_percent=self.usage_percent,
            memory_used=self.memory_used,
            memory_total=self.memory_total,
            temperature=self.temperature,
            power=self.power,
            power_limit=self.power_limit,
            fan=self.fan,
            processes=tuple(GpuProcess(pid, memory, services.get(pid)) for pid, memory in most_first),
        )


class CardReader(Protocol):
    """Used by one thread. A driver that is gone for a while is no error: its cards are not in that reading."""

    def read(self, ours: Collection[int]) -> Sequence[Card]:
        """All cards of its kind; `ours` are the processes of our services, for drivers that are asked one by one."""

    def close(self) -> None: ...


def first(*values: T | None) -> T | None:
    """Of what several sources tell of one thing, the first that is told."""
    return next((value for value in values if value is not None), None)
