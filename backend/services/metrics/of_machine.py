"""The machine's series."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from prometheus_client.core import Metric

from backend.services.metrics.families import Row, counter, gauge, only, share
from backend.services.system.figures import Gpu, Sample


def of_machine(machine: Sample) -> Iterator[Metric]:
    cores = [((str(number),), share(percent)) for number, percent in enumerate(machine.cpu.per_core)]
    yield from gauge(
        "machine_cpu_usage_ratio", "Share of all processors that is used.", only(share(machine.cpu.usage_percent))
    )
    yield from gauge("machine_cpu_core_usage_ratio", "Share of one processor that is used.", cores, ("core",))
    yield from gauge("machine_memory_used_bytes", "Memory that is used.", only(machine.memory.used))
    yield from gauge("machine_memory_available_bytes", "Memory that is to be had.", only(machine.memory.available))
    yield from gauge("machine_memory_size_bytes", "Memory that there is.", only(machine.memory.total))
    if machine.swap is not None:
        yield from gauge("machine_swap_used_bytes", "Swap that is used.", only(machine.swap.used))
        yield from gauge("machine_swap_size_bytes", "Swap that there is.", only(machine.swap.total))
    if machine.network is not None:
        yield from counter(
            "machine_network_receive_bytes",
            "Bytes that came in through all interfaces but loopback.",
            only(machine.network.bytes_received),
        )
        yield from counter(
            "machine_network_transmit_bytes",
            "Bytes that went out through all interfaces but loopback.",
            only(machine.network.bytes_sent),
        )
    yield from _drives(machine)
    yield from _sensors(machine)
    yield from _gpus(machine.gpus)


def _drives(machine: Sample) -> Iterator[Metric]:
    used: list[Row] = [((one.name, one.mount), one.used) for one in machine.disks]
    size: list[Row] = [((one.name, one.mount), one.total) for one in machine.disks]
    yield from gauge("machine_disk_used_bytes", "Room on a file system that is used.", used, ("disk", "mount"))
    yield from gauge("machine_disk_size_bytes", "Room on a file system.", size, ("disk", "mount"))


def _sensors(machine: Sample) -> Iterator[Metric]:
    temperatures: list[Row] = [((one.name,), one.celsius) for one in machine.temperatures]
    fans: list[Row] = [((one.name,), one.rpm) for one in machine.fans]
    yield from gauge("machine_temperature_celsius", "Temperature by a sensor.", temperatures, ("sensor",))
    yield from gauge("machine_fan_speed_rpm", "Turns a minute of a fan.", fans, ("fan",))
    if machine.battery is not None:
        charge = only(share(machine.battery.percent))
        yield from gauge("machine_battery_charge_ratio", "Share of the battery that is charged.", charge)


def _gpus(gpus: Sequence[Gpu]) -> Iterator[Metric]:
    def rows(value: Callable[[Gpu], float | None]) -> list[Row]:
        return [((str(one.index), one.name), value(one)) for one in gpus]

    labels = ("gpu", "name")
    yield from gauge(
        "gpu_usage_ratio", "Share of its time that a GPU works.", rows(lambda one: share(one.usage_percent)), labels
    )
    yield from gauge(
        "gpu_memory_used_bytes", "Memory of a GPU that is used.", rows(lambda one: one.memory_used), labels
    )
    yield from gauge("gpu_memory_size_bytes", "Memory of a GPU.", rows(lambda one: one.memory_total), labels)
    yield from gauge("gpu_temperature_celsius", "Temperature of a GPU.", rows(lambda one: one.temperature), labels)
    yield from gauge("gpu_power_watts", "Power that a GPU draws.", rows(lambda one: one.power), labels)
