"""The words of the state machine: what a service's state holds, what may happen to it, and what a step asks for.

Nothing here does anything; `machine.py` has the rules.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Status = Literal["stopped", "waiting", "starting", "running", "stopping", "backoff", "exited", "failed"]
Health = Literal["none", "starting", "healthy", "unhealthy"]
Wanted = Literal["up", "down"]

AT_REST: frozenset[Status] = frozenset({"stopped", "exited", "failed"})
WITH_TREE: frozenset[Status] = frozenset({"starting", "running", "stopping"})


@dataclass(frozen=True)
class Now:
    """The moment of a happening: wall clock (epoch seconds), monotonic seconds, a random number in [0, 1), the id that
    a tree gets should one be launched now, and what the service would have to wait for before that."""

    wall: float
    mono: float
    chance: float = 0.5
    tree: str = "tree"
    blocked: str | None = None


@dataclass(frozen=True)
class Policy:
    """What the definition says about starting and ending; durations in seconds. `serves` when it has a port."""

    start_seconds: float = 1.0
    when: Literal["always", "on-failure", "never"] = "on-failure"
    max_restarts: int = 5
    window: float = 60.0
    delay: float = 0.0
    max_delay: float = 30.0
    exit_codes: tuple[int, ...] = (0,)
    serves: bool = False


@dataclass(frozen=True)
class Outcome:
    """How a tree ended: exit code or signal number; both None when nobody knows."""

    code: int | None = None
    signal: int | None = None
    text: str = "ended"


@dataclass(frozen=True)
class State:
    status: Status = "stopped"
    wanted: Wanted = "down"
    since: float = 0.0  # wall clock of the last change of status
    epoch: int = 0
    tree: str | None = None
    pid: int | None = None
    started_at: float | None = None  # wall clock
    born: float | None = None  # the same by the monotonic clock
    reason: str | None = None
    restarts: int = 0  # automatic ones since a person's last start
    recent: tuple[float, ...] = ()  # monotonic times of those that count against the budget
    retry_at: float | None = None  # wall clock
    last: Outcome | None = None
    health: Health = "none"
    again: bool = False  # start afresh once the stop is done
    doomed: str | None = None  # why it is `failed` once the stop is done
    heir: bool = False  # the root has replaced itself: `pid` is its successor in the tree


@dataclass(frozen=True)
class Found:
    """A process that runs already: pid, start as the keeper tells it, and start in epoch seconds."""

    pid: int
    start: str
    started_at: float


# Happenings


@dataclass(frozen=True)
class WantUp:
    """A person, the start of the daemon or a dependant wants it up."""


@dataclass(frozen=True)
class WantAdopt:
    """A person says that this running process, started elsewhere, is the service."""

    found: Found


@dataclass(frozen=True)
class WantDown:
    reason: str | None = None


@dataclass(frozen=True)
class WantRestart:
    """`counted` for a restart that the service itself caused (its health); a person's or dependency's is free. `doom`
    where it shall end and not come back."""

    reason: str | None = None
    counted: bool = False
    doom: bool = False


@dataclass(frozen=True)
class Pause:
    """The daemon goes, or had gone: stop, but go on wanting what is wanted."""

    reason: str = "the control center is stopping"


@dataclass(frozen=True)
class Blocked:
    reason: str


@dataclass(frozen=True)
class Clear:
    """Nothing is waited for any more."""


@dataclass(frozen=True)
class Launched:
    tree: str
    pid: int
    started_at: float


@dataclass(frozen=True)
class LaunchFailed:
    """`passing` when it may go away by itself, e.g. a port that the tool's own last life still holds."""

    tree: str
    reason: str
    passing: bool = False


@dataclass(frozen=True)
class Adopted:
    """A tree of this service was found with the keeper."""

    tree: str
    pid: int
    started_at: float
    wanted: Wanted = "up"


@dataclass(frozen=True)
class Exited:
    """The root ended while members may live on."""

    tree: str
    outcome: Outcome


@dataclass(frozen=True)
class Succeeded:
    """A member serves the port that the ended root had: the tool has replaced itself."""

    tree: str
    pid: int
    started_at: float


@dataclass(frozen=True)
class NoHeir:
    """Nothing of what is left of the tree goes on with the root's work."""

    tree: str


@dataclass(frozen=True)
class Ended:
    """Nothing of the tree lives any more. `rung` and `seconds` say what stopped it and how long that took; `again`
    when the tool asked to be started afresh."""

    tree: str
    outcome: Outcome | None = None
    rung: str | None = None
    seconds: float | None = None
    again: bool = False


@dataclass(frozen=True)
class Lost:
    """The keeper died and the tree with it."""

    tree: str


@dataclass(frozen=True)
class Timer:
    name: Literal["proven", "retry"]
    epoch: int


@dataclass(frozen=True)
class Resumed:
    """The machine was suspended, or the daemon was: what was counted per time starts afresh."""


@dataclass(frozen=True)
class HealthSeen:
    """`trouble` says why it is not well."""

    tree: str
    health: Health
    trouble: str | None = None


@dataclass(frozen=True)
class Said:
    """Something that explains the present status, e.g. the rung of the ladder that is being tried."""

    epoch: int
    reason: str | None


Happening = (
    WantUp | WantAdopt | WantDown | WantRestart | Pause | Blocked | Clear | Launched | LaunchFailed | Adopted | Exited
    | Succeeded | NoHeir | Ended | Lost | Timer | Resumed | HealthSeen | Said
)  # fmt: skip


# Effects


@dataclass(frozen=True)
class Launch:
    """Start a tree under this id; tell `Launched` or `LaunchFailed`."""

    tree: str


@dataclass(frozen=True)
class Adopt:
    """Take the found process into a tree of this id; told as a launch is."""

    tree: str
    found: Found


@dataclass(frozen=True)
class SetTimer:
    name: Literal["proven", "retry"]
    epoch: int
    after: float


@dataclass(frozen=True)
class BringDown:
    """Go down the stop ladder with this tree."""

    tree: str


@dataclass(frozen=True)
class SeekHeir:
    """The root is gone: find out who of the tree serves its port; tell `Succeeded` or `NoHeir`. `patient` when a
    successor may still be on its way up."""

    tree: str
    patient: bool


@dataclass(frozen=True)
class KillRest:
    """The root is gone: end what is left of the tree."""

    tree: str


@dataclass(frozen=True)
class Tell:
    """A fact for the journal: `service.<what>`."""

    what: str
    payload: Mapping[str, object] = field(default_factory=dict)


Effect = Launch | Adopt | SetTimer | BringDown | SeekHeir | KillRest | Tell
