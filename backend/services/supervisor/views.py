"""A service as the world sees it. The wire schema and what the dashboard gets every two seconds are this one type."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal, Protocol

from backend.services.definitions.model import Condition, Lifetime, ServiceSpec
from backend.services.supervisor.happenings import Health, State, Status, Wanted
from backend.services.supervisor.ladder import LadderView

Definition = Literal["current", "changed", "removed"]


class Usage(Protocol):
    @property
    def cpu_percent(self) -> float: ...

    @property
    def memory_bytes(self) -> int: ...


@dataclass(frozen=True, slots=True)
class Need:
    """What a service depends on, in which condition, and whether it is restarted along."""

    service: str
    condition: Condition
    restart: bool


@dataclass(frozen=True, slots=True)
class ServiceView:
    """`cpu_percent` of one processor and `memory_bytes` are of the whole tree; `definition` says whether what runs is
    what the file says now; `retry_at` is the next automatic start while `backoff`; `port` is the one that it has, or
    would ask for first; `ladder` is there while it is being stopped; times are UTC."""

    id: str
    name: str
    description: str
    status: Status
    health: Health
    wanted: Wanted
    reason: str | None
    pid: int | None
    port: int | None
    url: str | None
    uptime_seconds: float | None
    started_at: datetime | None
    restarts: int
    exit_code: int | None
    exit_text: str | None
    cpu_percent: float | None
    memory_bytes: int | None
    tags: tuple[str, ...]
    lifetime: Lifetime
    log_file: str
    definition: Definition
    since: datetime | None
    retry_at: datetime | None
    depends_on: tuple[Need, ...]
    ladder: LadderView | None


def view(
    spec: ServiceSpec,
    state: State,
    definition: Definition,
    usage: Usage | None,
    now: float,
    *,
    mono: float,
    port: int | None,
    ladder: LadderView | None,
    hide: Callable[[str], str],
) -> ServiceView:
    """`spec` with its port filled in; `now` in epoch seconds, `mono` by the monotonic clock."""
    used = usage if state.pid is not None else None
    port = port or spec.port_number
    return ServiceView(
        id=spec.id,
        name=hide(spec.name),
        description=hide(spec.description),
        status=state.status,
        health=state.health,
        wanted=state.wanted,
        reason=state.reason,
        pid=state.pid,
        port=port,
        url=hide(spec.url) if spec.url else (f"http://127.0.0.1:{port}" if port else None),
        uptime_seconds=uptime(state, now, mono),
        started_at=_time(state.started_at),
        restarts=state.restarts,
        exit_code=None if state.last is None else state.last.code,
        exit_text=None if state.last is None else state.last.text,
        cpu_percent=None if used is None else used.cpu_percent,
        memory_bytes=None if used is None else used.memory_bytes,
        tags=tuple(map(hide, spec.tags)),
        lifetime=spec.lifetime,
        log_file=hide(str(spec.log_file)),
        definition=definition,
        since=_time(state.since or None),
        retry_at=_time(state.retry_at),
        depends_on=tuple(Need(other, one.condition, one.restart) for other, one in spec.depends_on.items()),
        ladder=ladder,
    )


def uptime(state: State, now: float, mono: float) -> float | None:
    """By the clock that tells more: the wall's may have been set back, the monotonic may have stood still."""
    if state.started_at is None:
        return None
    return round(max(0.0, now - state.started_at, mono - (mono if state.born is None else state.born)), 3)


def _time(seconds: float | None) -> datetime | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)
