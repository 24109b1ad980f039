"""What becomes of a run when something happens: `step(state, happening, policy, now) -> (state, effects)`.

The machine is pure: it knows no clock, no process and no task, so every history can be replayed and every rule be read
here. `actor.py` feeds it happenings one at a time and performs the effects that it asks for.

    queued ──Granted──▶ starting ──Launched──▶ running ──Ended──▶ completed | failed | cancelled | timed_out
      ▲ │                  │                      │                         | interrupted
      │ └─Cancel▶cancelled └─LaunchFailed▶failed  │
      └────────────── an attempt is left ◀────────┘

* A state is a fact: `cancelled` is said when nothing of the tree lives any more, not when somebody asked for it. Until
  then the run is `running` and its `ending` says what it will be, whatever code the script leaves with.
* A root that has ended by itself has had its outcome: to cancel it then comes too late. What it left behind is ended.
* An attempt that failed or took too long is followed by another one where the module allows that, after a growing
  delay in which the run is `queued` and holds nothing. A launch that fails would fail again, so it is the end.
* Every change of status begins a new epoch; a timer of another epoch means nothing, so no timer is ever cancelled.
* A launch carries its tree's id. News of any tree but the present one are ignored.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from backend.services.runs.happenings import (
    WITH_TREE,
    Adopted,
    Attempt,
    BringDown,
    Cancel,
    Effect,
    Ended,
    Ending,
    Exited,
    Granted,
    Happening,
    KillRest,
    Launch,
    Launched,
    LaunchFailed,
    Leave,
    Lost,
    Outcome,
    Policy,
    Release,
    Resumed,
    SetTimer,
    State,
    Status,
    Tell,
    Timer,
    Unfit,
)

Step = tuple[State, Sequence[Effect]]

LOST = "the keeper that held it was lost, and it with it"
LEFT = "the control center was stopped"


def step(state: State, happening: Happening, policy: Policy, now: float) -> Step:  # noqa: PLR0911, PLR0912  # the table
    """`now` is the wall clock, in epoch seconds."""
    match happening:
        case Granted(tree) if state.status == "queued" and state.retry_at is None:
            return _granted(state, tree)
        case Launched(tree) if _is_present(state, tree) and not state.launched:
            return _launched(state, happening, policy, now)
        case Adopted(tree) if not state.finished:
            adopted = replace(state, status="starting", tree=tree, launched=False, exit=None, retry_at=None)
            return _launched(adopted, Launched(tree, happening.pid, happening.started_at), policy, now, "adopted")
        case LaunchFailed(tree, reason) if _is_present(state, tree):
            return _launch_failed(state, reason, now)
        case Exited(tree, outcome) if _is_present(state, tree) and state.exit is None:
            return replace(state, exit=outcome), [KillRest(tree)]
        case Ended(tree) if _is_present(state, tree):
            return _ended(state, happening, policy, now)
        case Lost(tree) if _is_present(state, tree):
            return _over(state, state.ending or "interrupted", state.reason or LOST, now)
        case Cancel(reason) if not state.finished:
            return _stop(state, "cancelled", reason, now)
        case Leave() if state.status in WITH_TREE:
            return _stop(state, "interrupted", LEFT, now)
        case Resumed() if state.status == "queued" and state.attempts:
            return _held_back(state, _delay(state, policy) - max(0.0, now - state.attempts[-1].ended_at), now)
        case Unfit(reason) if state.status == "queued":
            return _over(state, "interrupted", reason, now)
        case Timer(name, epoch) if epoch == state.epoch:
            return _timer(state, name, policy, now)
        case _:
            return state, []


def may_cancel(state: State) -> bool:
    """Whether cancelling still changes what becomes of it."""
    waits = state.status == "queued"  # perhaps after an attempt, whose exit it still has
    return waits or (not state.finished and (state.exit is None or state.ending is not None))


def _is_present(state: State, tree: str) -> bool:
    return tree == state.tree and state.status in WITH_TREE


def _granted(state: State, tree: str) -> Step:
    starting = replace(state, status="starting", epoch=state.epoch + 1, tree=tree, pid=None, launched=False)
    starting = replace(starting, attempt_at=None, exit=None, reason=None)
    return starting, [Launch(tree)]


def _launched(state: State, launch: Launched, policy: Policy, now: float, what: str = "started") -> Step:
    running = replace(state, status="running", epoch=state.epoch + 1, pid=launch.pid, launched=True)
    running = replace(
        running, attempt_at=launch.started_at, started_at=state.started_at or launch.started_at, retry_at=None
    )
    effects: list[Effect] = [Tell(what, {"pid": launch.pid, "attempt": state.attempt})]
    if running.ending is not None:  # the wish came while it was being launched
        effects.append(BringDown(launch.tree))
    elif policy.timeout is not None:
        left = policy.timeout - max(0.0, now - launch.started_at)
        effects.append(SetTimer("timeout", running.epoch, max(0.0, left)))
    return running, effects


def _launch_failed(state: State, reason: str, now: float) -> Step:
    if state.ending is not None:
        return _over(state, state.ending, state.reason, now)
    return _over(state, "failed", reason, now)


def _stop(state: State, ending: Ending, reason: str, now: float) -> Step:
    """A queued run ends at once, one with a tree when that has. What was decided first stays."""
    if state.status == "queued":
        return _over(state, ending, reason, now)
    if state.ending is not None or state.exit is not None:
        return state, []
    stopping = replace(state, ending=ending, reason=reason)
    effects: list[Effect] = [Tell("stopping", {"reason": reason})]
    if state.launched and state.tree is not None:  # else the launch is under way, and its answer begins the ladder
        effects.append(BringDown(state.tree))
    return stopping, effects


def _ended(state: State, end: Ended, policy: Policy, now: float) -> Step:
    outcome = state.exit or end.outcome or Outcome()
    ended = replace(state, exit=outcome)
    if state.ending == "timed_out":
        return _over_or_again(ended, "timed_out", state.reason, policy, now)
    if state.ending is not None:
        return _over(ended, state.ending, state.reason, now)
    at = now if outcome.at is None else min(now, outcome.at)
    if outcome.code == 0:
        return _over(ended, "completed", None, at)
    return _over_or_again(ended, "failed", outcome.text, policy, now, at=at)


def _over_or_again(
    state: State, status: Status, reason: str | None, policy: Policy, now: float, *, at: float | None = None
) -> Step:
    """`at` is when the attempt was over, where that is not now."""
    at = now if at is None else at
    if state.attempt >= policy.attempts:
        return _over(state, status, reason, at)
    code, signal = (state.exit.code, state.exit.signal) if state.exit is not None else (None, None)
    past = Attempt(state.attempt, status, state.attempt_at, at, reason, code, signal)
    waiting = replace(
        state,
        status="queued",
        epoch=state.epoch + 1,
        attempt=state.attempt + 1,
        attempts=(*state.attempts, past),
        ending=None,
        reason=reason,
    )
    waiting = replace(waiting, tree=None, pid=None, launched=False)
    delay = _delay(waiting, policy)
    waiting, timer = _held_back(waiting, delay - (now - at), now)
    return waiting, [
        Release(),
        Tell("retrying", {"attempt": waiting.attempt, "seconds": delay, "reason": reason}),
        *timer,
    ]


def _delay(state: State, policy: Policy) -> float:
    """Seconds before the present attempt."""
    return min(policy.max_delay, policy.delay * 2.0 ** (state.attempt - 2))


def _held_back(state: State, seconds: float, now: float) -> Step:
    """What waits is not to start for so long."""
    if seconds <= 0:
        return state, []
    return replace(state, retry_at=now + seconds), [SetTimer("retry", state.epoch, seconds)]


def _over(state: State, status: Status, reason: str | None, now: float) -> Step:
    over = replace(state, status=status, epoch=state.epoch + 1, completed_at=now, reason=reason, retry_at=None)
    code, signal = (state.exit.code, state.exit.signal) if state.exit is not None else (None, None)
    facts = {"reason": reason, "exit_code": code, "signal": signal, "attempt": state.attempt}
    return over, [Release(), Tell(status, facts)]


def _timer(state: State, name: str, policy: Policy, now: float) -> Step:
    if name == "retry" and state.status == "queued":
        return replace(state, retry_at=None), []
    if name == "timeout" and state.status == "running" and policy.timeout is not None:
        return _stop(state, "timed_out", f"it took longer than {policy.timeout:g} s", now)
    return state, []
