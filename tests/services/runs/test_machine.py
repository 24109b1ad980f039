"""The rules of the run's machine, one by one, and what holds after any history."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from backend.services.runs.happenings import (
    FINISHED,
    WITH_TREE,
    Adopted,
    BringDown,
    Cancel,
    Effect,
    Ended,
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
    Tell,
    Timer,
    Unfit,
)
from backend.services.runs.machine import may_cancel, step

GOOD, BAD = Outcome(0, None, "exit code 0"), Outcome(1, None, "exit code 1")
ONCE, THRICE = Policy(), Policy(attempts=3, delay=2.0, max_delay=3.0)


def live(*happenings: Happening, policy: Policy = ONCE, state: State | None = None) -> tuple[State, list[Effect]]:
    """The state after all of them, one second apart, and what the last one asks for."""
    state, effects = state or State(), []
    for second, happening in enumerate(happenings, 1):
        state, asked = step(state, happening, policy, 100.0 + second)
        effects = list(asked)
    return state, effects


def told(effects: list[Effect]) -> list[str]:
    return [effect.what for effect in effects if isinstance(effect, Tell)]


START = (Granted("t"), Launched("t", 42, 101.5))


def test_a_run_that_ends_well_is_completed_and_gives_back_what_it_held() -> None:
    state, effects = live(*START, Exited("t", GOOD), Ended("t", GOOD))
    assert (state.status, state.exit, state.started_at, state.completed_at) == ("completed", GOOD, 101.5, 104.0)
    assert Release() in effects
    assert told(effects) == ["completed"]


def test_what_a_root_leaves_behind_is_ended_before_the_run_is_over() -> None:
    state, effects = live(*START, Exited("t", GOOD))
    assert (state.status, effects) == ("running", [KillRest("t")])


@pytest.mark.parametrize("code", [0, 1, None])
def test_a_cancelled_run_stays_cancelled_whatever_code_it_leaves_with(code: int | None) -> None:
    state, effects = live(*START, Cancel())
    assert (state.status, state.ending, effects[-1]) == ("running", "cancelled", BringDown("t"))
    outcome = Outcome(code, None if code is not None else 15, "x")
    state, _ = live(Exited("t", outcome), Ended("t", outcome), Timer("timeout", state.epoch), state=state)
    assert state.status == "cancelled"


def test_to_cancel_comes_too_late_when_the_root_has_ended() -> None:
    state, effects = live(*START, Exited("t", GOOD), Cancel())
    assert not may_cancel(state)
    assert effects == []
    assert live(Ended("t", GOOD), state=state)[0].status == "completed"


def test_a_run_that_waits_is_cancelled_at_once() -> None:
    state, effects = live(Cancel())
    assert (state.status, told(effects)) == ("cancelled", ["cancelled"])


def test_a_wish_to_cancel_during_the_launch_is_kept_for_its_answer() -> None:
    state, effects = live(Granted("t"), Cancel())
    assert not [effect for effect in effects if isinstance(effect, BringDown)]
    assert live(Launched("t", 42, 101.0), state=state)[1][-1] == BringDown("t")
    assert live(LaunchFailed("t", "no"), state=state)[0].status == "cancelled"


def test_a_time_out_counts_from_the_start_of_the_process_and_only_for_this_attempt() -> None:
    policy = Policy(timeout=10.0)
    state, effects = live(*START, policy=policy)
    assert effects[-1] == SetTimer("timeout", state.epoch, 9.5)
    stale, _ = live(Timer("timeout", state.epoch - 1), policy=policy, state=state)
    assert stale == state
    state, effects = live(Timer("timeout", state.epoch), policy=policy, state=state)
    assert effects[-1] == BringDown("t")
    assert live(Ended("t", Outcome(None, 15)), policy=policy, state=state)[0].status == "timed_out"


def test_attempts_that_failed_are_kept_and_the_next_one_waits_longer_each_time() -> None:
    state, effects = live(*START, Ended("t", BAD), policy=THRICE)
    assert (state.status, state.attempt, state.tree) == ("queued", 2, None)
    assert SetTimer("retry", state.epoch, 2.0) in effects
    assert Release() in effects
    assert live(Granted("u"), policy=THRICE, state=state)[0] == state  # not yet
    state, _ = live(Timer("retry", state.epoch), Granted("u"), Launched("u", 43, 110.0), policy=THRICE, state=state)
    state, effects = live(Ended("u", BAD), policy=THRICE, state=state)
    assert SetTimer("retry", state.epoch, 3.0) in effects  # not 4: that is the most
    state, _ = live(Timer("retry", state.epoch), Granted("v"), Launched("v", 44, 120.0), policy=THRICE, state=state)
    state, _ = live(Ended("v", BAD), policy=THRICE, state=state)
    assert (state.status, state.attempt, state.started_at) == ("failed", 3, 101.5)
    assert [(one.number, one.status, one.exit_code) for one in state.attempts] == [(1, "failed", 1), (2, "failed", 1)]


def test_a_launch_that_fails_is_not_tried_again() -> None:
    state, _ = live(Granted("t"), LaunchFailed("t", "no such program"), policy=THRICE)
    assert (state.status, state.reason) == ("failed", "no such program")


def test_the_end_of_the_daemon_interrupts_what_runs_and_leaves_what_waits() -> None:
    assert live(Leave())[0] == State()
    state, _ = live(*START, Leave(), Ended("t", GOOD), policy=THRICE)
    assert (state.status, state.reason) == ("interrupted", "the control center was stopped")


def test_what_was_lost_with_its_keeper_is_interrupted_unless_it_was_being_cancelled() -> None:
    assert live(*START, Lost("t"))[0].status == "interrupted"
    assert live(*START, Cancel(), Lost("t"))[0].status == "cancelled"


def test_a_run_that_was_being_cancelled_when_the_daemon_died_is_brought_down_by_the_next() -> None:
    known = State(status="running", tree="t", ending="cancelled", reason="cancelled")
    state, effects = live(Adopted("t", 42, 90.0), state=known)
    assert (state.status, effects[-1]) == ("running", BringDown("t"))


def test_a_time_out_goes_on_counting_in_the_next_life_of_the_daemon() -> None:
    policy = Policy(timeout=30.0)
    state, effects = live(Adopted("t", 42, 81.0), policy=policy, state=State(status="running", tree="t"))
    assert effects[-1] == SetTimer("timeout", state.epoch, 10.0)


def test_what_can_never_be_started_is_over() -> None:
    assert live(Unfit("its secrets are gone"))[0].status == "interrupted"


def test_news_of_another_tree_mean_nothing() -> None:
    running, _ = live(*START)
    for happening in (Ended("old", BAD), Exited("old", BAD), Lost("old"), Launched("old", 1, 1.0)):
        assert live(happening, state=running)[0] == running


@pytest.mark.parametrize("seed", range(200))
def test_any_history_ends_in_one_state_with_all_given_back(seed: int) -> None:
    chance = random.Random(seed)
    policy = Policy(timeout=chance.choice((None, 5.0)), attempts=chance.randint(1, 3), delay=chance.choice((0.0, 1.0)))
    state, holding, launched = State(), False, 0
    for number in range(1, 41):
        tree = state.tree or "none"
        outcome = chance.choice((GOOD, BAD, Outcome(None, 9, "SIGKILL (9)")))
        happening: Happening = chance.choice((
            Granted(f"t{number}"), Launched(tree, 7, 1.0), LaunchFailed(tree, "no"), Exited(tree, outcome),
            Ended(tree, outcome), Ended("old", outcome), Lost(tree), Cancel(), Leave(), Timer("timeout", state.epoch),
            Timer("retry", state.epoch), Timer("timeout", state.epoch - 1),
        ))  # fmt: skip
        before = state
        state, effects = step(before, happening, policy, 100.0 + number)
        for effect in effects:
            if isinstance(effect, Launch):
                assert not holding
                holding, launched = True, launched + 1
            if isinstance(effect, Release):
                holding = False
        assert holding == (state.status in WITH_TREE)
        assert launched <= policy.attempts
        if before.finished:
            assert (state, list(effects)) == (before, [])
        if state.status != before.status:
            assert state.epoch == before.epoch + 1
        if state.status == "completed":
            assert state.exit is not None
            assert state.exit.code == 0
            assert state.ending is None
        if before.ending == "cancelled" and state.finished:
            assert state.status == "cancelled"
        assert (state.completed_at is not None) == (state.status in FINISHED)


def test_a_state_is_never_changed_in_place() -> None:
    before = State()
    live(*START, state=before)
    assert before == replace(State())


def test_the_rest_of_a_delay_is_waited_for_after_the_daemon_died() -> None:
    waiting, _ = live(*START, Ended("t", BAD), policy=THRICE)
    assert waiting.retry_at == 105.0
    known = replace(waiting, retry_at=None, epoch=0)  # as its row has it
    state, effects = step(known, Resumed(), THRICE, 103.5)
    assert (state.retry_at, effects) == (105.0, [SetTimer("retry", 0, 1.5)])
    state, effects = step(state, Timer("retry", 0), THRICE, 105.0)
    assert (state.retry_at, list(effects)) == (None, [])
    assert step(known, Resumed(), THRICE, 106.0) == (known, [])
    early, _ = step(known, Resumed(), THRICE, 50.0)  # a clock that was set back lengthens nothing
    assert early.retry_at == 52.0
    assert step(State(), Resumed(), THRICE, 103.0) == (State(), [])


def test_a_run_ended_when_it_ended_not_when_somebody_heard_of_it() -> None:
    state, _ = live(*START, Ended("t", replace(GOOD, at=101.75)))
    assert (state.status, state.completed_at) == ("completed", 101.75)
    state, effects = live(*START, Ended("t", replace(BAD, at=101.75)), policy=THRICE)
    assert (state.attempts[0].ended_at, state.retry_at) == (101.75, 103.75)
    assert SetTimer("retry", state.epoch, 0.75) in effects
    state, _ = live(*START, Ended("t", replace(GOOD, at=500.0)))  # a clock was set meanwhile
    assert state.completed_at == 103.0
    state, _ = live(*START, Cancel(), Exited("t", replace(BAD, at=103.5)), Ended("t", BAD))
    assert (state.status, state.completed_at) == ("cancelled", 105.0)
