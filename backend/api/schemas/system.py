"""What the API says of the machine. Sizes are bytes (`…_gb`: GiB), percentages 0 to 100, times UTC."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class _View(BaseModel):
    model_config = ConfigDict(from_attributes=True)


class FrequencyView(_View):
    """MHz; null where the system does not tell."""

    current: float | None
    min: float | None
    max: float | None


class CpuView(_View):
    usage_percent: float = Field(description="of all processors together, since the sample before")
    count: int = Field(description="logical processors")
    frequency: FrequencyView
    per_core: list[float] = Field(description="percent of each logical processor")


class MemoryView(_View):
    total: int
    available: int
    used: int
    percent: float
    total_gb: float
    used_gb: float
    available_gb: float


class SwapView(_View):
    total: int
    used: int
    percent: float


class DiskView(_View):
    """The drive that the data folder lies on."""

    total: int
    used: int
    free: int
    percent: float
    total_gb: float
    used_gb: float
    free_gb: float
    path: str = Field(description="the drive (`C:\\`) or mount point")


class NetworkView(_View):
    """All interfaces but loopback."""

    bytes_sent: int = Field(description="since the machine started")
    bytes_received: int = Field(description="since the machine started")
    sent_per_second: float = Field(description="bytes, since the sample before")
    received_per_second: float = Field(description="bytes, since the sample before")


class DiskTrafficView(_View):
    """All drives together, since the sample before."""

    read_per_second: float = Field(description="bytes")
    write_per_second: float = Field(description="bytes")


class DriveView(_View):
    """A file system, as of some seconds ago."""

    name: str = Field(description="of its device: `nvme0n1p2`, `C:`; `disk:<name>` is its series")
    mount: str = Field(description="where it is reached")
    total: int
    used: int
    percent: float
    read_per_second: float | None = Field(description="bytes; null where the system counts by whole drives only")
    write_per_second: float | None = Field(description="bytes; null where the system counts by whole drives only")


class InterfaceView(_View):
    name: str = Field(description="`net:<name>:in` and `net:<name>:out` are its series")
    in_per_second: float = Field(description="bytes, since the sample before")
    out_per_second: float = Field(description="bytes, since the sample before")
    up: bool


class TemperatureView(_View):
    """°C."""

    name: str = Field(description="`temperature:<name>` is its series")
    celsius: float
    high: float | None = Field(description="above it, its maker sees it as hot")
    critical: float | None = Field(description="above it, it may be switched off")


class FanView(_View):
    name: str
    rpm: int = Field(description="turns a minute")


class BatteryView(_View):
    percent: float
    plugged: bool | None = Field(description="whether the machine is on mains; null where it is not known")
    seconds_left: int | None = Field(description="null while it charges, and where it is not known")


class GpuProcessView(_View):
    pid: int
    memory: int | None = Field(description="bytes of the GPU's; null where the driver does not tell")
    service: str | None = Field(description="id of our service that it belongs to")


class GpuView(_View):
    """Null is what the driver does not tell."""

    index: int = Field(description="`gpu:<index>`, `gpu:<index>:memory`, … are its series")
    vendor: str
    name: str
    uuid: str | None
    driver: str | None
    usage_percent: float | None
    memory_used: int | None
    memory_total: int | None
    temperature: float | None = Field(description="°C")
    power: float | None = Field(description="watts")
    power_limit: float | None = Field(description="watts")
    fan: float | None = Field(description="percent of its fastest")
    processes: list[GpuProcessView]


class SystemStats(_View):
    timestamp: datetime
    cpu: CpuView
    memory: MemoryView
    swap: SwapView | None = Field(description="null where there is none")
    disk: DiskView | None = Field(description="null while the drive does not answer")
    network: NetworkView | None = Field(description="null where the system does not tell")
    disk_traffic: DiskTrafficView | None = Field(description="null where the system does not tell")
    disks: list[DriveView]
    networks: list[InterfaceView] = Field(description="all but loopback")
    temperatures: list[TemperatureView]
    fans: list[FanView]
    battery: BatteryView | None = Field(description="null where there is none")
    gpus: list[GpuView]


Unit = Literal["percent", "bytes", "bytes_per_second", "celsius", "watt", "count"]


class SeriesView(_View):
    metric: str
    unit: Unit
    label: str = Field(description="for people")
    first: datetime = Field(description="of its samples")
    last: datetime = Field(description="of its samples")


class ChartPoint(BaseModel):
    """All samples of `at` and the `step` seconds after it."""

    at: datetime
    min: float
    avg: float
    max: float


class ChartView(BaseModel):
    """Points of one series, the oldest first. Where two are more than 2.5 steps apart the machine slept or was off, or
    the service did not run: draw a gap."""

    model_config = ConfigDict(populate_by_name=True)

    metric: str
    unit: Unit
    step: int = Field(description="seconds")
    since: datetime = Field(alias="from")
    until: datetime = Field(alias="to")
    points: list[ChartPoint]


class ChartList(BaseModel):
    series: list[ChartView] = Field(description="in the order in which they were asked for")


class RunTotals(_View):
    """All runs that the history has."""

    total: int
    successful: int
    failed: int = Field(description="or timed out")
    active: int = Field(description="queued, starting or running")
    success_rate: float = Field(description="percentage of those finished")


class ModuleTotals(BaseModel):
    total: int
    active: int = Field(description="of which a run goes now")
    idle: int


class MachineSummary(BaseModel):
    """The machine in three figures."""

    cpu_percent: float
    memory_percent: float
    disk_free_gb: float | None


class CenterStats(SystemStats):
    """The machine, and what is done on it. Some figures stand here twice: clients of older APIs read them flat, or of
    the machine under `system`."""

    runs: RunTotals
    modules: ModuleTotals
    system: MachineSummary
    total_runs: int
    active_runs: int
    completed_runs: int
    failed_runs: int
    success_rate: float
    total_modules: int
    uptime_seconds: int = Field(description="of the daemon")
    memory_usage_mb: float = Field(description="of the machine, in MiB")
    disk_usage_mb: float | None = Field(description="of the drive that the data folder lies on, in MiB")

    @classmethod
    def of(cls, machine: SystemStats, runs: RunTotals, modules: ModuleTotals, uptime: timedelta) -> CenterStats:
        cpu, memory, disk = machine.cpu, machine.memory, machine.disk
        return cls(
            **dict(machine),
            runs=runs,
            modules=modules,
            system=MachineSummary(
                cpu_percent=cpu.usage_percent, memory_percent=memory.percent, disk_free_gb=disk and disk.free_gb
            ),
            total_runs=runs.total,
            active_runs=runs.active,
            completed_runs=runs.successful,
            failed_runs=runs.failed,
            success_rate=runs.success_rate,
            total_modules=modules.total,
            uptime_seconds=int(uptime.total_seconds()),
            memory_usage_mb=_mib(memory.used),
            disk_usage_mb=disk and _mib(disk.used),
        )


def _mib(size: int) -> float:
    return round(size / 2**20, 1)


class ProcessView(_View):
    pid: int
    name: str
    cpu_percent: float = Field(description="of one processor: four busy threads are 400")
    memory_percent: float = Field(description="resident memory, of all memory")
    memory_bytes: int | None = Field(description="resident memory; null where this user may not know")
    status: str = Field(description="as the system calls it: `running`, `sleeping`, `zombie`, …")
    username: str | None
    command: str | None = Field(description="its command line, cut after 1000 characters, secrets of services replaced")
    started_at: datetime | None
    service: str | None = Field(description="id of our service that it belongs to")


class ProcessList(_View):
    count: int = Field(description="how many processes there are, not how many are listed")
    processes: list[ProcessView]


class SystemInfo(BaseModel):
    os: str = Field(description="system and release")
    hostname: str
    python: str
    uptime: int = Field(description="seconds since the machine started")
    platform: str
    platform_release: str
    platform_version: str
    arch: str
    processor: str
    total_memory: int = Field(description="bytes", serialization_alias="totalMemory")
    cpu_cores: int = Field(description="logical processors", serialization_alias="cpuCores")
    cpu_cores_physical: int | None = Field(serialization_alias="cpuCoresPhysical")
    boot_time: float = Field(description="seconds since 1970")
    app_version: str
