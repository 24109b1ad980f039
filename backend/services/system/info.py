"""What the machine is: asked once, since it does not change while the daemon runs."""

from __future__ import annotations

import platform
import socket
import time
from dataclasses import dataclass
from pathlib import Path

import psutil


@dataclass(frozen=True, slots=True)
class MachineInfo:
    """`total_memory` is bytes, `boot_time` seconds since 1970."""

    os: str
    hostname: str
    python: str
    platform: str
    platform_release: str
    platform_version: str
    arch: str
    processor: str
    total_memory: int
    cpu_cores: int
    cpu_cores_physical: int | None
    boot_time: float

    @property
    def uptime(self) -> int:
        """Whole seconds since the machine started."""
        return max(int(time.time() - self.boot_time), 0)


def read_info() -> MachineInfo:
    """May take long on Windows, where some of it comes from WMI: to be called in a thread."""
    system = platform.uname()
    return MachineInfo(
        os=f"{system.system} {system.release}".strip(),
        hostname=socket.gethostname(),
        python=platform.python_version(),
        platform=system.system,
        platform_release=system.release,
        platform_version=system.version,
        arch=system.machine,
        processor=_processor(),
        total_memory=psutil.virtual_memory().total,
        cpu_cores=psutil.cpu_count() or 1,
        cpu_cores_physical=_physical_cores(),
        boot_time=psutil.boot_time(),
    )


def _processor() -> str:
    """Its name as its maker sells it where the kernel tells, else what Python knows."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        lines = []
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, "") or platform.processor() or platform.machine()


def _physical_cores() -> int | None:
    try:
        return psutil.cpu_count(logical=False)
    except (OSError, RuntimeError, psutil.Error):
        return None
