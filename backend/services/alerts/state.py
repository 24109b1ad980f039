"""What becomes of an alert: `step(state, holds, pace, now, quiet) -> (state, what is to be told)`. Pure.

    inactive ──holds──▶ pending ──for so long──▶ firing ──no more──▶ resolved
        ▲                  │                                            │
        └────no more───────┘◀──────────────holds────────────────────────┘

`resolved` is an `inactive` that has fired. All times are epoch seconds of the wall clock; where that was set back, what
has begun counts from then on anew.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from backend.services.alerts.model import Threshold

Phase = Literal["inactive", "pending", "firing", "resolved"]
Told = Literal["pending", "fired", "reminded", "resolved"]

PATIENCE = (
    60.0  # seconds in which a subject may not be seen, as after a restart of the daemon, before it counts as gone
)
MENTION = 60.0  # seconds between two tellings of a subject that it pends: what sways shall not fill the journal


@dataclass(frozen=True, slots=True)
class Pace:
    """Seconds: for how long the condition must hold, and after how many it is told again."""

    hold: float
    resend: float | None = None


@dataclass(frozen=True, slots=True)
class State:
    """`since` is when the condition began to hold, `told_at` when people were last told, `mentioned_at` when it was
    last told that it pends, `unseen_since` from when on nobody can say how it is."""

    phase: Phase = "inactive"
    since: float | None = None
    fired_at: float | None = None
    told_at: float | None = None
    mentioned_at: float | None = None
    unseen_since: float | None = None

    @property
    def active(self) -> bool:
        return self.phase in {"pending", "firing"}


Step = tuple[State, Told | None]


def step(state: State, holds: bool | None, pace: Pace, now: float, quiet: bool = False) -> Step:
    """`quiet` while nobody is to be told; what fires then is told when that ends."""
    state = _not_later_than(state, now)
    if holds is None:
        return _unseen(state, now)
    state = replace(state, unseen_since=None)
    if not holds:
        return _ended(state)
    if state.phase == "firing":
        return _firing(state, pace, now, quiet)
    if state.phase != "pending":
        state = replace(state, phase="pending", since=now, fired_at=None, told_at=None)
    assert state.since is not None
    if now - state.since >= pace.hold:
        return replace(state, phase="firing", fired_at=now, told_at=None if quiet else now), "fired"
    if state.mentioned_at is None or now - state.mentioned_at >= MENTION:
        return replace(state, mentioned_at=now), "pending"
    return state, None


def began_anew(state: State, now: float) -> State:
    """After the machine slept: what holds now need not have held meanwhile."""
    return replace(state, since=now) if state.phase == "pending" else state


def exceeds(threshold: Threshold, value: float, firing: bool) -> bool:
    """What fires goes on until the value has come back to `clear`."""
    if threshold.above is not None:
        return value > (threshold.clear if firing else threshold.above)
    assert threshold.below is not None
    return value < (threshold.clear if firing else threshold.below)


def _firing(state: State, pace: Pace, now: float, quiet: bool) -> Step:
    if quiet:
        return state, None
    due = pace.resend is not None and state.told_at is not None and now - state.told_at >= pace.resend
    return (replace(state, told_at=now), "reminded") if due or state.told_at is None else (state, None)


def _ended(state: State) -> Step:
    if state.phase == "firing":
        return replace(state, phase="resolved"), "resolved"
    return (replace(state, phase="inactive", since=None) if state.phase == "pending" else state), None


def _unseen(state: State, now: float) -> Step:
    if not state.active:
        return state, None
    if state.unseen_since is None:
        return replace(state, unseen_since=now), None
    return _ended(state) if now - state.unseen_since >= PATIENCE else (state, None)


def _not_later_than(state: State, now: float) -> State:
    times = {name: min(now, at) for name in _TIMES if (at := getattr(state, name)) is not None and at > now}
    return replace(state, **times) if times else state


_TIMES = ("since", "fired_at", "told_at", "mentioned_at", "unseen_since")
