"""What graphics drivers of Linux show as files, after the kernel's documentation of them: trees that a test lays down
and turns.

One number to a file, as in `/sys/class/drm`; processes with what the kernel tells of a file of `/dev/dri` that they
hold open, as in `/proc`.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

GIB = 1024**3

AMD = {
    "device/uevent": "DRIVER=amdgpu\nPCI_CLASS=30000\nPCI_ID=1002:744C\nPCI_SLOT_NAME=0000:03:00.0\n",
    "device/unique_id": "1d0f2c4e8a6b3957\n",
    "device/power/runtime_status": "active\n",
    "device/gpu_busy_percent": "37\n",
    "device/mem_info_vram_total": f"{24 * GIB}\n",
    "device/mem_info_vram_used": f"{9 * GIB}\n",
    "device/hwmon/hwmon4/name": "amdgpu\n",
    "device/hwmon/hwmon4/temp1_input": "61000\n",
    "device/hwmon/hwmon4/temp1_label": "edge\n",
    "device/hwmon/hwmon4/power1_average": "212500000\n",
    "device/hwmon/hwmon4/power1_cap": "327000000\n",
    "device/hwmon/hwmon4/pwm1": "102\n",
    "device/hwmon/hwmon4/pwm1_max": "255\n",
    "device/hwmon/hwmon4/fan1_input": "1290\n",
}

INTEGRATED_AMD = {
    "device/uevent": "DRIVER=amdgpu\nPCI_ID=1002:15BF\nPCI_SLOT_NAME=0000:c4:00.0\n",
    "device/power/runtime_status": "active\n",
    "device/gpu_busy_percent": "4\n",
    "device/mem_info_vram_total": f"{512 * 1024**2}\n",
    "device/mem_info_vram_used": f"{128 * 1024**2}\n",
    "device/hwmon/hwmon6/temp1_input": "44000\n",
    "device/hwmon/hwmon6/power1_input": "5008000\n",
}

XE = {
    "device/uevent": "DRIVER=xe\nPCI_ID=8086:E20B\nPCI_SLOT_NAME=0000:08:00.0\n",
    "device/power/runtime_status": "active\n",
    "device/tile0/physical_vram_size_bytes": "0x2f8000000\n",
    "device/tile0/gt0/gtidle/idle_residency_ms": "100000\n",
    "device/tile0/gt1/gtidle/idle_residency_ms": "200000\n",
    "device/hwmon/hwmon3/name": "xe\n",
    "device/hwmon/hwmon3/energy1_input": "5000000000\n",
    "device/hwmon/hwmon3/energy2_input": "4000000000\n",
    "device/hwmon/hwmon3/power1_max": "190000000\n",
    "device/hwmon/hwmon3/temp2_input": "55000\n",
    "device/hwmon/hwmon3/fan1_input": "900\n",
}

I915 = {
    "device/uevent": "DRIVER=i915\nPCI_ID=8086:9BC4\nPCI_SLOT_NAME=0000:00:02.0\n",
    "device/power/runtime_status": "active\n",
    "gt/gt0/rc6_residency_ms": "3000000\n",
    "power/rc6_residency_ms": "3000000\n",
}

NVIDIA = {"device/uevent": "DRIVER=nvidia\nPCI_ID=10DE:2684\nPCI_SLOT_NAME=0000:01:00.0\n"}
VIRTUAL = {"device/uevent": "DRIVER=simple-framebuffer\nMODALIAS=platform:simple-framebuffer\n"}

# An example of each, as the drivers' own pages have it.
AMDGPU_CLIENT = """\
pos:    0
flags:  02100002
drm-driver:     amdgpu
drm-client-id:  {client}
drm-pdev:       {slot}
pasid:  32769
drm-total-vram: {kib} KiB
drm-shared-vram:        0
drm-memory-vram:        {kib} KiB
drm-memory-gtt: 18284 KiB
drm-memory-cpu: 0 KiB
amd-evicted-vram:       0 KiB
drm-engine-gfx: 5463249 ns
"""
XE_CLIENT = """\
pos:    0
drm-driver:     xe
drm-client-id:  {client}
drm-pdev:       {slot}
drm-total-system:       0
drm-resident-system:    0
drm-total-gtt:  192 KiB
drm-resident-gtt:       192 KiB
drm-total-vram0:        23992 KiB
drm-shared-vram0:       16 MiB
drm-active-vram0:       0
drm-resident-vram0:     {kib} KiB
drm-cycles-rcs: 28257900
drm-total-cycles-rcs:   7655183225
"""
I915_CLIENT = """\
pos: 0
drm-driver: i915
drm-client-id: {client}
drm-pdev: {slot}
drm-total-system0: 6044 KiB
drm-resident-system0: {kib} KiB
drm-total-stolen-system0: 0
drm-engine-render: 346249 ns
"""


class Drm:
    """A machine's cards and processes below `folder`."""

    def __init__(self, folder: Path) -> None:
        self.cards = folder / "drm"
        self.proc = folder / "proc"
        self.cards.mkdir()
        self.proc.mkdir()

    def add(self, name: str, files: Mapping[str, str]) -> None:
        for path, text in files.items():
            self.set(name, path, text)

    def set(self, name: str, path: str, text: str) -> None:
        file = self.cards / name / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)

    def move(self, name: str, place: Path) -> None:
        """The whole card goes away, or comes back from there."""
        (self.cards / name).rename(place)

    def open(self, pid: int, number: int, text: str, device: str = "/dev/dri/renderD128") -> None:
        """The process opens a file."""
        for folder in ("fd", "fdinfo"):
            (self.proc / str(pid) / folder).mkdir(parents=True, exist_ok=True)
        (self.proc / str(pid) / "fd" / str(number)).symlink_to(device)
        (self.proc / str(pid) / "fdinfo" / str(number)).write_text(text)
