"""What becomes of a service when something happens: `step(state, happening, policy, now) -> (state, effects)`.

The machine is pure: it knows no clock, no process and no task, so every history can be replayed and every rule be read
here. `actor.py` feeds it happenings one at a time and performs the effects that it asks for.

What a person wants (`wanted`) and what the processes do (`status`) are two things:

    stopped ──WantUp──▶ waiting ──Clear──▶ starting ──Proven──▶ running
       ▲                  (dependencies)      │  ▲                 │
       │                                      │  └──Retry── backoff│ ◀─┐
       │                                      ▼                 ▲  ▼   │ Ended
       └──────Ended────── stopping ◀──WantDown─┴── any ──────────┴──────┘
                                                Ended, nothing to restart ──▶ exited | failed

* `starting` becomes `running` by time: alive for `start_seconds`.
* An end that nobody asked for counts against a sliding budget: `max_restarts` within `window`. The first restart comes
  at once, later ones after a growing, jittered delay; the end after the last allowed restart is `failed`, which only a
  person leaves. What a person asked for, what a dependency caused and what a lost keeper cost is never counted.
* Every change of status begins a new epoch. A timer carries the epoch that it was set in and means nothing in another,
  so no timer is ever cancelled.
* A root that ends while its service has a port may have replaced itself: if one of its tree serves the port, that is
  the service now, and nothing has crashed.
* A launch carries its tree's id. News of any tree but the present one is ignored.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from backend.services.supervisor.happenings import (
    AT_REST,
    WITH_TREE,
    Adopt,
    Adopted,
    Blocked,
    BringDown,
    Clear,
    Effect,
    Ended,
    Exited,
    Found,
    Happening,
    Health,
    HealthSeen,
    KillRest,
    Launch,
    Launched,
    LaunchFailed,
    Lost,
    NoHeir,
    Now,
    Outcome,
    Pause,
    Policy,
    Resumed,
    Said,
    SeekHeir,
    SetTimer,
    State,
    Status,
    Succeeded,
    Tell,
    Timer,
    WantAdopt,
    WantDown,
    WantRestart,
    WantUp,
)

FIRST_DELAY = 0.5  # seconds before the second restart, where the definition names none

Step = tuple[State, Sequence[Effect]]


def step(state: State, happening: Happening, policy: Policy, now: Now) -> Step:  # noqa: PLR0911, PLR0912  # the table
    match happening:
        case WantUp():
            return _want_up(state, now)
        case WantAdopt(found) if state.status not in WITH_TREE:
            return _start(replace(state, wanted="up", restarts=0, recent=()), replace(now, blocked=None), found)
        case WantDown(reason):
            return _want_down(replace(state, wanted="down", again=False, doomed=None), reason, now)
        case Pause(reason) if state.status not in AT_REST:
            return _want_down(replace(state, again=False), reason, now)
        case WantRestart():
            return _want_restart(state, happening, policy, now)
        case Blocked(reason) if state.status == "waiting" and state.reason != reason:
            return replace(state, reason=reason), [Tell("waiting", {"reason": reason})]
        case Clear() if state.status == "waiting":
            return _start(state, now)
        case Launched(tree, pid, started_at) if tree == state.tree:
            return _launched(state, pid, started_at, policy, now)
        case LaunchFailed(tree, reason, passing) if tree == state.tree:
            return _launch_failed(state, reason, passing, policy, now)
        case Adopted():
            return _adopted(state, happening, policy, now)
        case Exited(tree, outcome) if tree == state.tree and state.status in WITH_TREE and not state.heir:
            return _exited(state, outcome, policy)
        case Succeeded(tree, pid, started_at) if tree == state.tree and state.status in {"starting", "running"}:
            went_on = replace(_alive(state, pid, started_at, now), last=None, heir=True, reason=None)
            return went_on, [Tell("self_restarted", {"pid": pid})]
        case NoHeir(tree) if tree == state.tree and state.status in {"starting", "running"}:
            return state, [KillRest(tree)]
        case Ended(tree) if tree == state.tree and state.status in WITH_TREE:
            return _ended(state, happening, policy, now)
        case Lost(tree) if tree == state.tree and state.status in WITH_TREE:
            return _lost(state, now)
        case Timer(name, epoch) if epoch == state.epoch:
            return _timer(state, name, now)
        case Resumed():
            return replace(state, recent=()), []
        case HealthSeen(tree, health, trouble) if tree == state.tree and health != state.health:
            reason = trouble if state.status in {"starting", "running"} else state.reason
            return replace(state, health=health, reason=reason), [Tell("health", {"health": health, "reason": trouble})]
        case Said(epoch, reason) if epoch == state.epoch:
            return replace(state, reason=reason), []
        case _:
            return state, []


def _to(state: State, status: Status, now: Now, reason: str | None = None, **more: Any) -> State:
    """A change of status: a new epoch, and what belonged to the old one is gone. `more` is what changes with it."""
    health: Health = state.health if status in {"running", "stopping"} else "none"
    changed = replace(
        state, status=status, epoch=state.epoch + 1, since=now.wall, reason=reason, retry_at=None, health=health, **more
    )
    return changed if status in WITH_TREE else replace(changed, pid=None, tree=None, started_at=None, born=None)


def _start(state: State, now: Now, found: Found | None = None) -> Step:
    if now.blocked is not None:
        waiting = _to(state, "waiting", now, now.blocked, again=False, doomed=None)
        return waiting, [Tell("waiting", {"reason": now.blocked})]
    starting = _to(
        state, "starting", now,
        tree=now.tree, pid=None, started_at=None, born=None, again=False, doomed=None, heir=False,
    )  # fmt: skip
    return starting, [Tell("starting"), Launch(now.tree) if found is None else Adopt(now.tree, found)]


def _want_up(state: State, now: Now) -> Step:
    if state.status in {"starting", "running", "waiting"}:
        return replace(state, wanted="up"), []
    wanting = replace(state, wanted="up", restarts=0, recent=())
    if state.status == "stopping":
        return replace(wanting, again=True, doomed=None), []
    return _start(wanting, now)


def _want_down(state: State, reason: str | None, now: Now) -> Step:
    if state.status in {"starting", "running"}:
        assert state.tree is not None
        stopping = _to(state, "stopping", now, reason)
        effects: list[Effect] = [Tell("stopping", {"reason": reason})]
        if state.pid is not None:  # else the launch is under way, and its answer begins the ladder
            effects.append(BringDown(state.tree))
        return stopping, effects
    if state.status in {"waiting", "backoff", "failed", "exited"}:
        return _to(state, "stopped", now), [Tell("stopped", {"reason": reason})]
    return state, []


def _want_restart(state: State, wish: WantRestart, policy: Policy, now: Now) -> Step:
    if state.status not in {"starting", "running"}:
        return _want_up(state, now)
    if not wish.counted:
        stopping, effects = _want_down(replace(state, restarts=0, recent=()), wish.reason or "restarting", now)
        return replace(stopping, wanted="up", again=True), effects
    recent = _within(state, policy, now)
    stopping, effects = _want_down(state, wish.reason, now)
    if wish.doom:
        return replace(stopping, doomed=wish.reason), effects
    if len(recent) >= policy.max_restarts:
        return replace(stopping, doomed=f"{wish.reason}; {_spent(recent, policy)}"), effects
    return replace(stopping, again=True, restarts=state.restarts + 1, recent=(*recent, now.mono)), effects


def _alive(state: State, pid: int, started_at: float, now: Now) -> State:
    return replace(state, pid=pid, started_at=started_at, born=now.mono - max(0.0, now.wall - started_at))


def _launched(state: State, pid: int, started_at: float, policy: Policy, now: Now) -> Step:
    launched = _alive(state, pid, started_at, now)
    if state.status == "stopping":  # the wish to stop came while it was being launched
        assert state.tree is not None
        return launched, [BringDown(state.tree)]
    return launched, [Tell("launched", {"pid": pid}), SetTimer("proven", state.epoch, policy.start_seconds)]


def _launch_failed(state: State, reason: str, passing: bool, policy: Policy, now: Now) -> Step:
    if state.status == "stopping":
        if state.again:
            return _start(state, now)
        return _to(state, "stopped", now), [Tell("stopped", {"reason": reason})]
    if passing and state.restarts:
        return _restart_or_fail(state, reason, policy, now)
    return _to(state, "failed", now, reason), [Tell("failed", {"reason": reason})]


def _adopted(state: State, found: Adopted, policy: Policy, now: Now) -> Step:
    adopted = _alive(_to(state, "running", now), found.pid, found.started_at, now)
    adopted = replace(adopted, tree=found.tree, wanted=found.wanted, heir=False)
    adopted = replace(adopted, since=found.started_at)
    effects: list[Effect] = [Tell("adopted", {"pid": found.pid})]
    lived = now.wall - found.started_at
    if 0 <= lived < policy.start_seconds:
        adopted = replace(adopted, status="starting")
        effects.append(SetTimer("proven", adopted.epoch, policy.start_seconds - lived))
    return adopted, effects


def _exited(state: State, outcome: Outcome, policy: Policy) -> Step:
    """The root is gone. A tool is its tree and its port: while a member serves it, the tool runs."""
    assert state.tree is not None
    if policy.serves and state.wanted == "up" and state.status in {"starting", "running"}:
        return replace(state, last=outcome), [SeekHeir(state.tree, patient=_expected(outcome, policy))]
    return replace(state, last=outcome), [KillRest(state.tree)]


def _expected(outcome: Outcome, policy: Policy) -> bool:
    return outcome.code is not None and outcome.code in policy.exit_codes


def _ended(before: State, end: Ended, policy: Policy, now: Now) -> Step:
    outcome = (None if before.heir else end.outcome or before.last) or Outcome(text="ended, nobody knows how")
    state = replace(before, last=outcome)
    facts: dict[str, object] = {"exit_code": outcome.code, "signal": outcome.signal, "exit": outcome.text}
    if end.rung is not None:
        facts |= {"rung": end.rung, "seconds": end.seconds}
    if state.status == "stopping" or state.wanted == "down":
        return _stopped(state, facts, now)
    if end.again and state.status == "running":
        started, effects = _start(state, now)
        return started, [Tell("self_restarted", facts), *effects]
    if end.again:
        return _restart_or_fail(state, "it asked to be restarted before it had started", policy, now)
    if policy.when == "never" or (policy.when == "on-failure" and _expected(outcome, policy)):
        return _to(state, "exited", now, outcome.text), [Tell("exited", facts)]
    told, effects = _restart_or_fail(state, outcome.text, policy, now)
    return told, [Tell("exited", facts), *effects]


def _stopped(state: State, facts: dict[str, object], now: Now) -> Step:
    """The end that somebody asked for."""
    if state.again and state.wanted == "up":
        started, effects = _start(replace(state, again=False), now)
        return started, [Tell("stopped", {**facts, "reason": "restarting"}), *effects]
    if state.doomed is not None:
        return _to(state, "failed", now, state.doomed), [Tell("failed", {**facts, "reason": state.doomed})]
    return _to(state, "stopped", now), [Tell("stopped", facts)]


def _within(state: State, policy: Policy, now: Now) -> tuple[float, ...]:
    return tuple(at for at in state.recent if now.mono - at < policy.window)


def _restart_or_fail(state: State, reason: str, policy: Policy, now: Now) -> Step:
    recent = _within(state, policy, now)
    if len(recent) >= policy.max_restarts:
        words = f"{reason.removesuffix('.')}; {_spent(recent, policy)}"
        return _to(state, "failed", now, words), [Tell("failed", {"reason": words})]
    counted = replace(state, restarts=state.restarts + 1, recent=(*recent, now.mono))
    delay = _delay(len(recent), policy, now.chance)
    if delay == 0:
        return _start(counted, now)
    waiting = replace(_to(counted, "backoff", now, reason), retry_at=now.wall + delay)
    return waiting, [Tell("backoff", {"seconds": round(delay, 3)}), SetTimer("retry", waiting.epoch, delay)]


def _spent(recent: Sequence[float], policy: Policy) -> str:
    return f"{len(recent)} restarts within {policy.window:g} s" if recent else "no restart is allowed"


def _delay(earlier: int, policy: Policy, chance: float) -> float:
    """Seconds before a restart that follows `earlier` ones within the window: at once first, then doubling."""
    if earlier == 0:
        return policy.delay
    longest = max(policy.delay, FIRST_DELAY) * 2.0 ** (earlier - 1)
    return min(policy.max_delay, longest) * (0.75 + 0.5 * chance)


def _lost(state: State, now: Now) -> Step:
    if state.wanted == "up" and (state.status != "stopping" or state.again):
        started, effects = _start(state, now)
        return started, [Tell("stopped", {"reason": "the keeper was lost"}), *effects]
    return _to(state, "stopped", now), [Tell("stopped", {"reason": "the keeper was lost"})]


def _timer(state: State, name: str, now: Now) -> Step:
    if name == "proven" and state.status == "starting":
        running = _to(state, "running", now)
        return running, [Tell("started", {"pid": state.pid})]
    if name == "retry" and state.status == "backoff":
        return _start(state, now)
    return state, []
