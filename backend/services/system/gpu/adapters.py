"""Windows' graphics adapters with what each of its sources tells of them put together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from backend.services.system.gpu.card import Card, first
from backend.services.system.gpu.instances import Counted

VENDORS = {0x10DE: "NVIDIA", 0x1002: "AMD", 0x8086: "Intel", 0x5143: "Qualcomm"}


@dataclass(frozen=True, slots=True)
class Adapter:
    """`slot` (`0000:01:00.0`) is None where Windows does not tell it. `memory` is bytes of its own."""

    luid: int
    slot: str | None
    vendor: int
    name: str
    memory: int


def joined(adapters: Iterable[Adapter], counted: Mapping[int, Counted], by_nvml: Iterable[Card]) -> list[Card]:
    """`counted` is by LUID. Cards of NVIDIA's that only compute are no graphics adapters, and come last."""
    left = {card.key: card for card in by_nvml}
    cards = [_card(one, counted.get(one.luid) or Counted(), left.pop(one.slot or "", None)) for one in adapters]
    return [*cards, *left.values()]


def _card(adapter: Adapter, counted: Counted, by_nvml: Card | None) -> Card:
    """What Windows counts goes before what NVIDIA's driver says of the same."""
    key = adapter.slot or f"luid {adapter.luid:x}"
    known = by_nvml or Card(key, VENDORS.get(adapter.vendor, "unknown"), adapter.name)
    return replace(
        known,
        usage_percent=first(counted.usage_percent, known.usage_percent),
        memory_used=first(counted.memory_used, known.memory_used),
        memory_total=adapter.memory or known.memory_total,
        processes=counted.processes,
    )
