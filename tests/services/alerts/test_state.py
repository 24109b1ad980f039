"""The machine of an alert, step by step: pending, firing, resolved, told again, quiet, unseen."""

from __future__ import annotations

from dataclasses import replace

import pytest

from backend.services.alerts.model import Threshold
from backend.services.alerts.state import MENTION, PATIENCE, Pace, State, Told, began_anew, exceeds, step

PLAIN = Pace(0.0)
SLOW = Pace(10.0)


def walk(pace: Pace, *steps: tuple[float, bool | None], quiet: bool = False) -> tuple[State, list[Told | None]]:
    state, told = State(), list[Told | None]()
    for now, holds in steps:
        state, what = step(state, holds, pace, now, quiet)
        told.append(what)
    return state, told


def test_what_need_not_last_fires_at_once() -> None:
    state, told = walk(PLAIN, (1, True), (2, True), (3, False), (4, False))
    assert told == ["fired", None, "resolved", None]
    assert (state.phase, state.since, state.fired_at) == ("resolved", 1, 1)


def test_what_must_last_pends_first() -> None:
    state, told = walk(SLOW, (1, True), (10.9, True), (11, True), (12, False))
    assert told == ["pending", None, "fired", "resolved"]
    assert (state.since, state.fired_at) == (1, 11)


def test_what_ends_before_its_time_was_nothing() -> None:
    state, told = walk(SLOW, (1, True), (6, False), (7, True), (12, True))
    assert told == ["pending", None, None, None]
    assert (state.phase, state.since) == ("pending", 7)


def test_that_it_pends_is_told_once_a_minute() -> None:
    told = walk(SLOW, *((at, at % 2 == 0) for at in range(int(2 * MENTION) + 1)))[1]
    assert told.count("pending") == 3
    assert set(told) == {"pending", None}


def test_it_fires_again_after_it_was_resolved() -> None:
    state, told = walk(PLAIN, (1, True), (2, False), (3, True))
    assert told == ["fired", "resolved", "fired"]
    assert (state.since, state.fired_at, state.told_at) == (3, 3, 3)


def test_it_is_told_again_as_often_as_the_rule_says() -> None:
    told = walk(Pace(0, resend=5), *((at, True) for at in range(12)))[1]
    assert [at for at, what in enumerate(told) if what] == [0, 5, 10]
    assert set(told) == {"fired", "reminded", None}


def test_without_a_word_of_that_it_is_told_once() -> None:
    assert walk(PLAIN, *((at * 1e6, True) for at in range(5)))[1] == ["fired", None, None, None, None]


def test_what_fired_unheard_is_told_when_people_may_hear() -> None:
    state, told = walk(PLAIN, (1, True), (2, True), quiet=True)
    assert (told, state.told_at) == (["fired", None], None)
    state, what = step(state, True, PLAIN, 3)
    assert (what, state.told_at) == ("reminded", 3)
    assert step(state, True, PLAIN, 4)[1] is None


def test_a_reminder_waits_for_the_end_of_quiet() -> None:
    pace = Pace(0, resend=5)
    state = walk(pace, (0, True))[0]
    assert step(state, True, pace, 20, quiet=True) == (state, None)
    assert step(state, True, pace, 21)[1] == "reminded"


def test_what_cannot_be_seen_for_a_moment_goes_on() -> None:
    state, told = walk(PLAIN, (0, True), (1, None), (PATIENCE, None), (PATIENCE + 0.5, True), (PATIENCE + 1, None))
    assert (state.phase, told) == ("firing", ["fired", None, None, None, None])


@pytest.mark.parametrize(("pace", "last"), [(PLAIN, "resolved"), (SLOW, None)])
def test_what_cannot_be_seen_for_long_is_over(pace: Pace, last: Told | None) -> None:
    state, told = walk(pace, (0, True), (1, None), (1 + PATIENCE, None))
    assert told[-1] == last
    assert not state.active


def test_nothing_fires_while_it_cannot_be_seen() -> None:
    assert walk(SLOW, (0, True), (5, None), (15, None))[1] == ["pending", None, None]
    assert walk(PLAIN, (0, None))[0] == State()


def test_a_clock_that_was_set_back_makes_nobody_wait_for_ever() -> None:
    state = walk(SLOW, (1000, True))[0]
    state, told = step(state, True, SLOW, 100)
    assert (told, state.since) == (None, 100)
    assert step(state, True, SLOW, 110)[1] == "fired"


def test_sleep_counts_for_nothing() -> None:
    pending, firing = walk(SLOW, (0, True))[0], walk(PLAIN, (0, True))[0]
    assert began_anew(pending, 5000) == replace(pending, since=5000)
    assert began_anew(firing, 5000) == firing


@pytest.mark.parametrize(
    ("value", "idle", "firing"), [(79, False, False), (80, False, False), (82, False, True), (86, True, True)]
)
def test_what_is_too_much_goes_on_until_it_is_clear(value: float, idle: bool, firing: bool) -> None:
    above = Threshold("cpu", "percent", 85, None, clear=80)
    below = Threshold("cpu", "percent", None, -85, clear=-80)
    assert (exceeds(above, value, False), exceeds(above, value, True)) == (idle, firing)
    assert (exceeds(below, -value, False), exceeds(below, -value, True)) == (idle, firing)
