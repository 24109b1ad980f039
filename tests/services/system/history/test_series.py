"""Names of series, and where a sample has them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from backend.services.system import System
from backend.services.system.figures import Gpu, Interface, Temperature
from backend.services.system.history.series import MOST_INTERFACES, of_machine, series_of

GPU = Gpu(
    index=0, vendor="NVIDIA", name="RTX", uuid=None, driver=None, usage_percent=40.0, memory_used=6 << 30,
    memory_total=8 << 30, temperature=61.0, power=120.5, power_limit=None, fan=None, processes=(),
)  # fmt: skip


@pytest.mark.parametrize(
    ("metric", "unit", "label"),
    [
        ("cpu", "percent", "Processor"),
        ("net_in", "bytes_per_second", "Network, received"),
        ("disk:C:", "percent", "Drive C:"),
        ("net:Ethernet 2:in", "bytes_per_second", "Ethernet 2, received"),
        ("gpu:1:memory", "bytes", "GPU 1, memory"),
        ("gpu:1:power", "watt", "GPU 1, power"),
        ("temperature:coretemp Core 0", "celsius", "coretemp Core 0"),
        ("service:comfyui:cpu", "percent", "comfyui, processor"),
        ("run:20260101_120000_scan_abc:memory", "bytes", "20260101_120000_scan_abc, memory"),
    ],
)
def test_every_kind_has_its_unit_and_a_label(metric: str, unit: str, label: str) -> None:
    found = series_of(metric)
    assert found is not None
    assert (found.metric, found.unit, found.label) == (metric, unit, label)


@pytest.mark.parametrize(
    "metric",
    [
        *("", "cpus", "service:", "service:a:b:cpu", "service:a/b:cpu", "gpu:x", "net:eth0", "disk:a\nb"),
        "disk:" + "x" * 300,
    ],
)
def test_what_is_called_otherwise_is_no_series(metric: str) -> None:
    assert series_of(metric) is None


async def test_a_sample_of_this_machine_has_series_that_all_have_names(open_system: Callable[..., System]) -> None:
    sample = await open_system().stats()
    found = of_machine(sample)
    assert found["cpu"] == sample.cpu.usage_percent
    assert found["memory"] == sample.memory.percent
    assert all(series_of(metric) is not None for metric in found)


async def test_of_several_gpus_the_busiest_and_their_memory_together_are_the_machines(
    open_system: Callable[..., System],
) -> None:
    idle = replace(GPU, index=1, usage_percent=2.0, memory_used=0, temperature=None, power=None)
    found = of_machine(replace(await open_system().stats(), gpus=(GPU, idle)))
    assert (found["gpu"], found["gpu_memory"]) == (40.0, 37.5)
    assert (found["gpu:0:temperature"], found["gpu:1"]) == (61.0, 2.0)
    assert "gpu:1:temperature" not in found


async def test_interfaces_that_pass_leave_no_series_behind(open_system: Callable[..., System]) -> None:
    many = [Interface(name, 1.0, 2.0, up=True) for name in ("eth0", "veth12ab", *(f"wg{n}" for n in range(50)))]
    down = Interface("eth1", 0.0, 0.0, up=False)
    found = of_machine(replace(await open_system().stats(), networks=(down, *many)))
    names = {metric.split(":")[1] for metric in found if metric.startswith("net:")}
    assert "eth0" in names
    assert not names & {"veth12ab", "eth1"}
    assert len(names) == MOST_INTERFACES


async def test_temperatures_are_series(open_system: Callable[..., System]) -> None:
    hot = Temperature("nvme Composite", 55.5, 70.0, 85.0)
    found = of_machine(replace(await open_system().stats(), temperatures=(hot,)))
    assert found["temperature:nvme Composite"] == 55.5
