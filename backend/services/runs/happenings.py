"""The words of the run's machine: what a run's state holds, what may happen to it, and what a step asks for.

Nothing here does anything; `machine.py` has the rules. Times are epoch seconds, durations seconds.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Status = Literal["queued", "starting", "running", "completed", "failed", "cancelled", "timed_out", "interrupted"]
Ending = Literal["cancelled", "timed_out", "interrupted"]

FINISHED: frozenset[Status] = frozenset({"completed", "failed", "cancelled", "timed_out", "interrupted"})
WITH_TREE: frozenset[Status] = frozenset({"starting", "running"})


@dataclass(frozen=True)
class Policy:
    """What the module says: seconds that an attempt may take, how many attempts there are in all, and the seconds
    before the second one, doubled each time up to `max_delay`."""

    timeout: float | None = None
    attempts: int = 1
    delay: float = 1.0
    max_delay: float = 60.0


@dataclass(frozen=True)
class Outcome:
    """How the root of a tree ended: exit code or signal number; both None when nobody knows. `cpu_seconds` and
    `peak_memory` (bytes) are what the system said of it, `at` is when that was, which a daemon may hear of later."""

    code: int | None = None
    signal: int | None = None
    text: str = "ended, nobody knows how"
    cpu_seconds: float | None = None
    peak_memory: int | None = None
    at: float | None = None


@dataclass(frozen=True)
class Attempt:
    """One that is over, though the run was not."""

    number: int
    status: Status
    started_at: float | None
    ended_at: float
    reason: str | None
    exit_code: int | None = None
    exit_signal: int | None = None


@dataclass(frozen=True)
class State:
    """`ending` is what it becomes once its tree has ended, where that is decided; `exit` is the root's, as soon as it
    has ended; `retry_at` is set while a queued run must not start yet."""

    status: Status = "queued"
    epoch: int = 0
    queued_at: float = 0.0
    started_at: float | None = None  # of the first attempt
    attempt_at: float | None = None  # of the present one
    completed_at: float | None = None
    attempt: int = 1
    attempts: tuple[Attempt, ...] = ()
    tree: str | None = None
    pid: int | None = None
    launched: bool = False
    ending: Ending | None = None
    exit: Outcome | None = None
    reason: str | None = None
    retry_at: float | None = None

    @property
    def finished(self) -> bool:
        return self.status in FINISHED


# Happenings


@dataclass(frozen=True)
class Granted:
    """It has all that it waited for, and this id for its tree."""

    tree: str


@dataclass(frozen=True)
class Launched:
    tree: str
    pid: int | None
    started_at: float


@dataclass(frozen=True)
class LaunchFailed:
    tree: str
    reason: str


@dataclass(frozen=True)
class Adopted:
    """Its tree was found with the keeper, as an earlier life of the daemon has left it."""

    tree: str
    pid: int
    started_at: float


@dataclass(frozen=True)
class Exited:
    """The root ended while members may live on."""

    tree: str
    outcome: Outcome


@dataclass(frozen=True)
class Ended:
    """Nothing of the tree lives any more."""

    tree: str
    outcome: Outcome | None = None


@dataclass(frozen=True)
class Lost:
    """The keeper died and the tree with it."""

    tree: str


@dataclass(frozen=True)
class Cancel:
    """Somebody wants it no more."""

    reason: str = "cancelled"


@dataclass(frozen=True)
class Leave:
    """The daemon goes: what runs is stopped, what waits goes on waiting."""


@dataclass(frozen=True)
class Resumed:
    """It waited when an earlier life of the daemon ended."""


@dataclass(frozen=True)
class Unfit:
    """It waits, and can never be started: its secrets are gone, or its module is."""

    reason: str


@dataclass(frozen=True)
class Timer:
    name: Literal["timeout", "retry"]
    epoch: int


Happening = (
    Granted | Launched | LaunchFailed | Adopted | Exited | Ended | Lost | Cancel | Leave | Resumed | Unfit | Timer
)  # fmt: skip


# Effects


@dataclass(frozen=True)
class Launch:
    """Start a tree under this id; tell `Launched` or `LaunchFailed`."""

    tree: str


@dataclass(frozen=True)
class BringDown:
    """Go down the stop ladder with this tree."""

    tree: str


@dataclass(frozen=True)
class KillRest:
    """The root is gone: end what is left of the tree."""

    tree: str


@dataclass(frozen=True)
class SetTimer:
    name: Literal["timeout", "retry"]
    epoch: int
    after: float


@dataclass(frozen=True)
class Release:
    """Nothing of it lives: others may have what it held."""


@dataclass(frozen=True)
class Tell:
    """A fact for the journal: `run.<what>`."""

    what: str
    payload: Mapping[str, object] = field(default_factory=dict)


Effect = Launch | BringDown | KillRest | SetTimer | Release | Tell
