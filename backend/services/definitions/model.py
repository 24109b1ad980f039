"""What a service is, once its definition has been read: every value resolved, checked and immutable.

Durations are seconds, sizes bytes, CPU percent of one core. Nothing here reads a file or says what went wrong; that is
`service.py` and `policies.py`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, get_args

Autostart = bool | Literal["last"]
Lifetime = Literal["session", "adopt", "persistent"]
RestartWhen = Literal["always", "on-failure", "never"]
Condition = Literal["started", "healthy", "exited_ok"]
Signal = Literal["SIGTERM", "SIGINT", "SIGHUP", "SIGQUIT", "SIGKILL", "SIGUSR1", "SIGUSR2", "CTRL_C", "CTRL_BREAK"]
Priority = Literal["idle", "low", "normal", "high"]
SelfRestart = Literal["comfy"]

LIFETIMES: tuple[Lifetime, ...] = get_args(Lifetime)
RESTARTS: tuple[RestartWhen, ...] = get_args(RestartWhen)
CONDITIONS: tuple[Condition, ...] = get_args(Condition)
SIGNALS: tuple[Signal, ...] = get_args(Signal)
PRIORITIES: tuple[Priority, ...] = get_args(Priority)
SELF_RESTARTS: tuple[SelfRestart, ...] = get_args(SelfRestart)


@dataclass(frozen=True, slots=True)
class PortChoice:
    """A port that may be another one when `base` is taken."""

    base: int
    auto: bool = False


@dataclass(frozen=True, slots=True)
class RestartPolicy:
    """`max_restarts` within `window`; `delay` grows up to `max_delay`; `exit_codes` are those that are no failure."""

    when: RestartWhen = "on-failure"
    max_restarts: int = 5
    window: float = 60.0
    delay: float = 0.0
    max_delay: float = 30.0
    exit_codes: tuple[int, ...] = (0,)
    self_restart: SelfRestart | None = None


@dataclass(frozen=True, slots=True)
class Dependency:
    """`restart`: this service is restarted when the one it depends on was."""

    condition: Condition = "started"
    restart: bool = False


@dataclass(frozen=True, slots=True)
class HealthCheck:
    """Exactly one of `http`, `tcp`, `command`, `log_line` is set; `tcp` is the text `${PORT}` while that is not known.
    `restart`: an unhealthy service is restarted."""

    http: str | None = None
    tcp: int | str | None = None
    command: tuple[str, ...] | None = None
    log_line: re.Pattern[str] | None = None
    initial_delay: float = 0.0
    interval: float = 10.0
    timeout: float = 2.0
    failures: int = 3
    successes: int = 1
    restart: bool = True


@dataclass(frozen=True, slots=True)
class StopPlan:
    """The ladder: `http`, then `command`, then `signal`, then kill when `timeout` has passed."""

    timeout: float = 10.0
    signal: Signal = "SIGTERM"
    command: tuple[str, ...] | None = None
    http: str | None = None


@dataclass(frozen=True, slots=True)
class Limits:
    memory: int | None = None
    cpu: float | None = None
    sustain: float = 10.0
    priority: Priority | None = None
    affinity: tuple[int, ...] = ()
    processes: int | None = None


@dataclass(frozen=True, slots=True)
class LogPolicy:
    """A segment is at most `max_size`; `keep` sealed ones stay, none older than `max_age`."""

    max_size: int = 10_000_000
    keep: int = 5
    max_age: float | None = None
    compress: bool = False
    encoding: str = "utf-8"


@dataclass(frozen=True, slots=True)
class ServiceSpec:
    """One service. `env` holds what `env_file` and `env` give together; it comes on top of the daemon's environment.

    `secrets` are the values that came from `${env:NAME}` or `env_file`, and `secret_env` the names of the entries of
    `env` that hold such a value; `view.describe` shows a specification without them.
    """

    id: str
    name: str
    command: tuple[str, ...]
    cwd: Path
    log_file: Path
    description: str = ""
    env: Mapping[str, str] = field(default_factory=dict)
    env_file: Path | None = None
    port: int | PortChoice | None = None
    url: str | None = None
    autostart: Autostart = "last"
    lifetime: Lifetime = "adopt"
    tags: tuple[str, ...] = ()
    start_seconds: float = 1.0
    restart: RestartPolicy = RestartPolicy()
    depends_on: Mapping[str, Dependency] = field(default_factory=dict)
    health: HealthCheck | None = None
    stop: StopPlan = StopPlan()
    limits: Limits | None = None
    log: LogPolicy = LogPolicy()
    usage_meter: bool = False
    secrets: frozenset[str] = frozenset()
    secret_env: frozenset[str] = frozenset()

    @property
    def port_is_automatic(self) -> bool:
        return isinstance(self.port, PortChoice) and self.port.auto

    @property
    def port_number(self) -> int | None:
        """The declared port, whichever way it was declared; an automatic one may become another."""
        return self.port.base if isinstance(self.port, PortChoice) else self.port
