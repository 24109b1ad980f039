"""Services on the wire. `ServiceView` itself is the supervisor's own type."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, Field

from backend.services.supervisor.happenings import Status
from backend.services.supervisor.views import ServiceView


class ServiceList(BaseModel):
    count: int
    services: list[ServiceView]


class ServiceStatus(BaseModel):
    """What `WS /api/services/ws` sends: all services, at once on any change and every `WS_UPDATE_INTERVAL`."""

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


@dataclass(frozen=True, slots=True)
class ServiceDetail(ServiceView):
    """A service with its definition as it was understood; secrets are shown as `•••`."""

    command: list[str]
    cwd: str
    env: dict[str, str]
    autostart: bool | Literal["last"]
    restart: dict[str, Any]
    stop: dict[str, Any]
    depends_on: dict[str, Any]
    health_check: dict[str, Any] | None
    limits: dict[str, Any] | None
    log: dict[str, Any]
    start_seconds: float
    processes: list[ServiceProcess]
    last_exit: LastExit | None
    dependants: list[str]


class ActionResult(BaseModel):
    """What came of a wish."""

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
