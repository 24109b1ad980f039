"""What a module is, once it has been read: every value resolved, checked and immutable.

Durations are seconds. Nothing here reads a file or says what went wrong.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Literal, get_args

from backend.services.definitions.model import Limits, LogPolicy, StopPlan
from backend.services.modules.rules import Plan, Slot

Kind = Literal["text", "number", "select", "checkbox", "password"]
Status = Literal["active", "inactive", "maintenance"]
Origin = Literal["configuration", "folder", "script", "import"]
Passing = Literal["arguments", "env", "stdin", "json"]

KINDS: tuple[Kind, ...] = get_args(Kind)
STATUSES: tuple[Status, ...] = get_args(Status)
PASSINGS: tuple[Passing, ...] = get_args(Passing)

POSITIONAL = "positional"
RUN_LOG = LogPolicy(max_size=100_000_000, keep=10)  # all that one run says, where a service's log goes on for years
_STOP = StopPlan()


@dataclass(frozen=True, slots=True)
class Condition:
    """Shown only while the parameter `field` is shown itself and has this `value`."""

    field: str
    value: Any


@dataclass(frozen=True, slots=True)
class Validation:
    """`whole`: the pattern must match all of the text, not only its beginning. `message` may be empty."""

    pattern: re.Pattern[str]
    message: str = ""
    whole: bool = True


@dataclass(frozen=True, slots=True)
class Parameter:
    """One value that a module asks for.

    `integer` and `min`, `max`, `step` belong to numbers, `options` to selects; `step` is a hint for forms only.
    `multiple`: the value is a list, and each item is as the rest says. `argument` is the option that carries it
    (`--<name>` where there is none), or `POSITIONAL`; a checkbox may have `--on/--off`. `variable` carries it in the
    environment instead.
    """

    name: str
    kind: Kind = "text"
    default: Any = None
    options: tuple[str | int | float, ...] = ()
    required: bool = False
    description: str = ""
    label: str | None = None
    placeholder: str | None = None
    warning: str | None = None
    integer: bool = False
    min: float | None = None
    max: float | None = None
    step: float | None = None
    multiple: bool = False
    condition: Condition | None = None
    validation: Validation | None = None
    secret: bool = False
    argument: str | None = None
    variable: str | None = None

    @property
    def title(self) -> str:
        """What a person calls it."""
        return self.label or self.name


@dataclass(frozen=True, slots=True)
class Retry:
    """`attempts` after the first; `delay` seconds before the second, doubled each time up to `max_delay`."""

    attempts: int = 0
    delay: float = 1.0
    max_delay: float = 60.0


@dataclass(frozen=True, slots=True)
class Module:
    """One thing to run. Exactly one of `command` and `script` is set.

    `file` declares it. `concurrency` bounds the runs of it at once (None: the slots alone do), runs that share a tag
    of `exclusive` never run at once, and of those that wait the higher `priority` goes first. `outputs` are globs,
    relative to the run's folder or to `cwd`. `words`: a checkbox is passed as `--name True`, not as a flag, and
    parameters that are not declared are passed on: what modules of the older list are used to.

    `plans` say when it is run without anybody asking.

    `secrets` are the values that came from `${env:NAME}` or `env_file`, `secret_env` the names of the entries of `env`
    that hold one.
    """

    id: str
    name: str
    origin: Origin
    file: Path
    cwd: Path
    command: tuple[str, ...] = ()
    script: Path | None = None
    interpreter: tuple[str, ...] = ()
    description: str = ""
    category: str = ""
    version: str = "1.0.0"
    tags: tuple[str, ...] = ()
    status: Status = "active"
    enabled: bool = True
    parameters: tuple[Parameter, ...] = ()
    passing: Passing = "arguments"
    words: bool = False
    env: Mapping[str, str] = field(default_factory=dict)
    env_file: Path | None = None
    timeout: float | None = None
    retry: Retry = Retry()
    concurrency: int | None = None
    exclusive: tuple[str, ...] = ()
    priority: int = 0
    outputs: tuple[str, ...] = ()
    stop: StopPlan = _STOP
    limits: Limits | None = None
    log: LogPolicy = RUN_LOG
    plans: Mapping[Slot, Plan] = field(default_factory=dict)
    secrets: frozenset[str] = frozenset()
    secret_env: frozenset[str] = frozenset()

    @property
    def unavailable(self) -> str | None:
        """Why it cannot be run now, as a sentence; None where it can."""
        if not self.enabled:
            return f"{self.name} is switched off: its definition says `enabled: false`."
        if self.status != "active":
            how = "under maintenance" if self.status == "maintenance" else "inactive"
            return f"{self.name} is {how}: its definition says `status: {self.status}`."
        return None

    def parameter(self, name: str) -> Parameter | None:
        return next((one for one in self.parameters if one.name == name), None)


@dataclass(frozen=True, slots=True)
class Statistics:
    """What the history says of a module. `success_rate` is the percentage of all its runs that completed."""

    total_runs: int = 0
    success_rate: float = 0.0
    last_run: datetime | None = None
