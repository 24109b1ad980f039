"""Services on the wire. `ServiceView` itself is the supervisor's own type."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from backend.services.ports.model import PortState
from backend.services.supervisor.happenings import Health, Status
from backend.services.supervisor.health import HealthChange, Probed
from backend.services.supervisor.views import ServiceView

_LATER = ConfigDict(defer_build=True)  # by the first who needs it, which no start does


class ServiceList(BaseModel):
    model_config = _LATER

    count: int
    services: list[ServiceView]


class ServiceStatus(BaseModel):
    """What `WS /api/services/ws` sends: all services, at once on any change and every `WS_UPDATE_INTERVAL`."""

    model_config = _LATER

    type: Literal["service_status"] = "service_status"
    timestamp: datetime
    services: list[ServiceView]


class ServiceProcess(BaseModel):
    """One member of the service's process tree. `cpu_percent` of one processor."""

    pid: int
    name: str
    cpu_percent: float | None
    memory_bytes: int | None
    started_at: datetime | None


class LastExit(BaseModel):
    """How the last process tree ended. `last_lines` are the end of its output, secrets taken out."""

    code: int | None
    signal: int | None
    text: str
    at: datetime
    last_lines: list[str]


class LastStop(BaseModel):
    """How the last stop went: the rung that brought it down, and how many seconds that took from the first on."""

    rung: str
    seconds: float
    at: datetime


class PortChoice(BaseModel):
    """A port that is asked for first, and the next free one above it otherwise."""

    base: int
    auto: bool


class HealthCheckView(BaseModel):
    """What is asked, how often (seconds), and after how many answers in a row health changes."""

    kind: Literal["http", "tcp", "command", "log_line"]
    target: str
    interval: float
    timeout: float
    failures: int
    successes: int
    restart: bool


class HealthReport(BaseModel):
    """The newest answers and changes, oldest first. Kept while the daemon runs."""

    health: Health
    check: HealthCheckView | None
    probes: list[Probed]
    changes: list[HealthChange]


class Evidence(BaseModel):
    """One thing in which a process agrees with the definition, or not."""

    what: Literal["program", "arguments", "folder", "user"]
    same: bool
    theirs: str | None
    ours: str


class AdoptOffer(BaseModel):
    possible: bool
    why: str
    evidence: list[Evidence]


class StopOffer(BaseModel):
    possible: bool
    why: str


class PortContender(BaseModel):
    """Who has the port. `pid` is the process that the offers mean: where the socket's holder was started by the tool,
    that is the tool's own first process."""

    pid: int | None
    name: str | None
    address: str
    service: str | None
    command: str | None
    cwd: str | None
    started_at: datetime | None
    adopt: AdoptOffer
    stop: StopOffer


class ServicePort(BaseModel):
    """What is with a service's port, and the ways out when somebody else has it."""

    port: int
    state: PortState
    detail: str
    owners: list[PortContender]


class ProcessName(BaseModel):
    """A process and when it started: a pid alone may be another's by now."""

    pid: int = Field(gt=0)
    started_at: datetime


class Freed(BaseModel):
    message: str


class LimitInForce(BaseModel):
    """How a limit holds: `by` the system (`enforced`), or because the daemon looks; `value` as people write it."""

    limit: Literal["memory", "cpu", "processes", "priority", "affinity"]
    value: str
    by: str
    enforced: bool


@dataclass(frozen=True, slots=True)
class ServiceDetail(ServiceView):
    """A service with its definition as it was understood; secrets are shown as `•••`."""

    __pydantic_config__ = _LATER

    command: list[str]
    cwd: str
    env: dict[str, str]
    autostart: bool | Literal["last"]
    restart: dict[str, Any]
    stop: dict[str, Any]
    health_check: dict[str, Any] | None
    limits: dict[str, Any] | None
    limits_in_force: list[LimitInForce]
    log: dict[str, Any]
    start_seconds: float
    processes: list[ServiceProcess]
    last_exit: LastExit | None
    last_stop: LastStop | None
    port_choice: PortChoice | None
    dependants: list[str]


class ActionResult(BaseModel):
    """What came of a wish."""

    model_config = _LATER

    id: str
    status: Status
    pid: int | None
    reason: str | None
    message: str


class LogLines(BaseModel):
    """A stretch of a log. Offsets are absolute and only grow, across rotations too."""

    logs: list[str]
    total_lines: int = Field(description="lines in this answer")
    size_bytes: int = Field(description="bytes of the log that are kept")
    start_offset: int = Field(description="of the first line here; give it as `before` for the lines above")
    next_offset: int = Field(description="behind the last line here; following goes on from there")
