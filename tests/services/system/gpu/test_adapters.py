"""What Windows and NVIDIA's driver tell of the same adapters, put together."""

from __future__ import annotations

from backend.services.system.gpu.adapters import Adapter, joined
from backend.services.system.gpu.card import Card
from backend.services.system.gpu.instances import Counted

GIB = 1024**3
SLOT = "0000:01:00.0"
ADAPTER = Adapter(0xD4B2, SLOT, 0x10DE, "NVIDIA GeForce RTX 4090 (display)", 24 * GIB)
BY_NVML = Card(
    key=SLOT,
    vendor="NVIDIA",
    name="NVIDIA GeForce RTX 4090",
    uuid="GPU-1",
    driver="580.95",
    usage_percent=30.0,
    memory_used=2 * GIB,
    memory_total=25 * GIB,
    temperature=63.0,
    power=230.0,
    power_limit=450.0,
    fan=45.0,
    processes={10: None},  # as it is under Windows' own memory management
)


def test_nvidias_card_has_windows_counts_and_its_own_sensors() -> None:
    (card,) = joined([ADAPTER], {0xD4B2: Counted(55.0, 3 * GIB, {10: GIB})}, [BY_NVML])
    assert (card.key, card.name, card.uuid) == (SLOT, "NVIDIA GeForce RTX 4090", "GPU-1")
    assert (card.usage_percent, card.memory_used, card.memory_total) == (55.0, 3 * GIB, 24 * GIB)
    assert (card.temperature, card.power, card.power_limit, card.fan) == (63.0, 230.0, 450.0, 45.0)
    assert card.processes == {10: GIB}


def test_what_windows_has_not_counted_yet_is_nvidias() -> None:
    (card,) = joined([ADAPTER], {}, [BY_NVML])
    assert (card.usage_percent, card.memory_used) == (30.0, 2 * GIB)
    assert card.processes == {}


def test_an_adapter_of_another_maker_has_what_windows_counts_alone() -> None:
    adapter = Adapter(0xAB, "0000:03:00.0", 0x1002, "AMD Radeon RX 7900 XTX", 24 * GIB)
    assert joined([adapter], {0xAB: Counted(7.0, GIB, {11: 5})}, [BY_NVML]) == [
        Card(
            key="0000:03:00.0",
            vendor="AMD",
            name="AMD Radeon RX 7900 XTX",
            usage_percent=7.0,
            memory_used=GIB,
            memory_total=24 * GIB,
            processes={11: 5},
        ),
        BY_NVML,  # computes only: no adapter
    ]


def test_an_adapter_that_sits_nowhere_is_known_by_its_number() -> None:
    (card,) = joined([Adapter(0xAB, None, 0x1414, "Virtual", 0)], {}, [])
    assert (card.key, card.vendor, card.memory_total, card.usage_percent) == ("luid ab", "unknown", None, None)
