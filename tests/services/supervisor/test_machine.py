"""The machine read as plays: what happens, what is asked for, what is said."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from backend.services.supervisor.happenings import (
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
    SeekHeir,
    SetTimer,
    State,
    Succeeded,
    Tell,
    Timer,
    WantAdopt,
    WantDown,
    WantRestart,
    WantUp,
)
from backend.services.supervisor.machine import step

CRASH = Outcome(code=1, text="exit code 1")
FINE = Outcome(code=0, text="exit code 0")


class Play:
    """Steps a machine and keeps the time; trees are named t1, t2, …"""

    def __init__(self, policy: Policy | None = None) -> None:
        self.policy = policy or Policy()
        self.state = State()
        self.time = 1000.0
        self.trees = 0

    def happens(self, happening: Happening, blocked: str | None = None) -> list[Effect]:
        now = Now(self.time, self.time, 0.5, f"t{self.trees + 1}", blocked)
        self.state, effects = step(self.state, happening, self.policy, now)
        self.trees += sum(isinstance(effect, Launch | Adopt) for effect in effects)
        return list(effects)

    def runs(self) -> Play:
        """Up, launched and proven."""
        self.happens(WantUp())
        self.launched()
        self.happens(Timer("proven", self.state.epoch))
        assert self.state.status == "running"
        return self

    def launched(self) -> list[Effect]:
        return self.happens(Launched(f"t{self.trees}", 100 + self.trees, self.time))

    def ends(self, outcome: Outcome = CRASH) -> list[Effect]:
        return self.happens(Ended(f"t{self.trees}", outcome))


def asked(effects: Sequence[Effect]) -> list[Effect]:
    return [effect for effect in effects if not isinstance(effect, Tell)]


def test_starting_is_proven_by_time() -> None:
    play = Play(Policy(start_seconds=3))
    assert asked(play.happens(WantUp())) == [Launch("t1")]
    assert play.state.status == "starting"
    assert asked(play.launched()) == [SetTimer("proven", play.state.epoch, 3)]
    play.happens(Timer("proven", play.state.epoch))
    assert (play.state.status, play.state.pid, play.state.wanted) == ("running", 101, "up")


def test_a_timer_of_another_epoch_means_nothing() -> None:
    play = Play()
    play.happens(WantUp())
    play.launched()
    before = play.state
    play.happens(Timer("proven", play.state.epoch - 1))
    assert play.state == before


def test_news_of_another_tree_mean_nothing() -> None:
    play = Play().runs()
    before = play.state
    for happening in (Ended("old", CRASH), Exited("old", CRASH), Launched("old", 7, 0.0), Lost("old")):
        assert play.happens(happening) == []
    assert play.state == before


def test_the_first_restart_comes_at_once_and_later_ones_after_a_growing_delay() -> None:
    play = Play(Policy(max_restarts=10)).runs()
    assert Launch("t2") in play.ends()
    delays = []
    for _ in range(4):
        play.launched()
        effects = play.ends()
        delays += [effect.after for effect in effects if isinstance(effect, SetTimer)]
        assert play.state.status == "backoff"
        assert play.state.retry_at == pytest.approx(play.time + delays[-1])
        assert Launch(f"t{play.trees + 1}") in play.happens(Timer("retry", play.state.epoch))
    assert delays == [0.5, 1.0, 2.0, 4.0]


def test_delays_are_jittered_and_never_longer_than_the_longest() -> None:
    policy = Policy(max_restarts=50, max_delay=3)
    for chance, expected in ((0.0, 2.25), (0.5, 3.0), (1.0, 3.75)):
        state = State("running", "up", tree="t", pid=1, recent=tuple(999.0 for _ in range(20)))
        _, effects = step(state, Ended("t", CRASH), policy, Now(1000, 1000, chance))
        assert [e.after for e in effects if isinstance(e, SetTimer)] == [pytest.approx(expected)]


def test_the_end_after_the_last_allowed_restart_is_failed() -> None:
    play = Play(Policy(max_restarts=3)).runs()
    for _ in range(3):
        play.ends()
        if play.state.status == "backoff":
            play.happens(Timer("retry", play.state.epoch))
        play.launched()
    play.ends()
    assert play.state.status == "failed"
    assert play.state.reason == "exit code 1; 3 restarts within 60 s"
    assert play.state.restarts == 3
    assert play.state.wanted == "up"


def test_only_a_person_leaves_failed() -> None:
    play = Play(Policy(max_restarts=0)).runs()
    play.ends()
    assert play.state.status == "failed"
    for happening in (Clear(), Timer("retry", play.state.epoch), Pause(), Lost("t1")):
        assert play.happens(happening) == []
    assert Launch("t2") in play.happens(WantUp())
    assert (play.state.restarts, play.state.recent) == (0, ())


def test_the_budget_slides() -> None:
    play = Play(Policy(max_restarts=2, window=60)).runs()
    for _ in range(10):
        play.time += 31
        play.ends()
        if play.state.status == "backoff":
            play.happens(Timer("retry", play.state.epoch))
        play.launched()
        assert play.state.status == "starting"
    assert play.state.restarts == 10


@pytest.mark.parametrize(
    ("when", "outcome", "status"),
    [
        ("on-failure", FINE, "exited"),
        ("on-failure", CRASH, "starting"),
        ("on-failure", Outcome(signal=9), "starting"),
        ("always", FINE, "starting"),
        ("never", CRASH, "exited"),
        ("never", FINE, "exited"),
    ],
)
def test_what_an_end_leads_to_is_the_policy_s(when: str, outcome: Outcome, status: str) -> None:
    play = Play(Policy(when=when)).runs()  # type: ignore[arg-type]
    play.ends(outcome)
    assert play.state.status == status
    assert play.state.last == outcome


def test_expected_exit_codes_are_no_failure() -> None:
    play = Play(Policy(exit_codes=(0, 143))).runs()
    play.ends(Outcome(code=143, text="exit code 143"))
    assert (play.state.status, play.state.reason) == ("exited", "exit code 143")


def test_a_stop_goes_down_the_ladder_and_ends_stopped() -> None:
    play = Play().runs()
    assert asked(play.happens(WantDown())) == [BringDown("t1")]
    assert (play.state.status, play.state.wanted) == ("stopping", "down")
    play.ends(Outcome(signal=15))
    assert (play.state.status, play.state.pid, play.state.tree) == ("stopped", None, None)


def test_a_stop_during_the_launch_waits_for_the_tree_and_then_stops_it() -> None:
    play = Play()
    play.happens(WantUp())
    assert asked(play.happens(WantDown())) == []
    assert asked(play.launched()) == [BringDown("t1")]
    play.ends()
    assert play.state.status == "stopped"


def test_a_stop_during_a_launch_that_fails_is_stopped() -> None:
    play = Play()
    play.happens(WantUp())
    play.happens(WantDown())
    play.happens(LaunchFailed("t1", "no such file"))
    assert play.state.status == "stopped"


def test_a_person_s_stop_of_what_ends_for_having_failed_too_often_is_a_stop() -> None:
    play = Play(Policy(max_restarts=0)).runs()
    play.happens(WantRestart("no answer", counted=True))
    assert play.state.doomed == "no answer; no restart is allowed"
    assert asked(play.happens(WantDown())) == []
    play.ends()
    assert (play.state.status, play.state.wanted, play.state.reason) == ("stopped", "down", None)


def test_a_daemon_that_goes_does_not_save_what_ends_for_having_failed_too_often() -> None:
    play = Play(Policy(max_restarts=0)).runs()
    play.happens(WantRestart("no answer", counted=True))
    play.happens(Pause())
    play.ends()
    assert (play.state.status, play.state.wanted) == ("failed", "up")


def test_a_restart_that_a_person_asks_for_never_eats_the_budget() -> None:
    play = Play(Policy(max_restarts=1)).runs()
    for number in range(5):
        assert BringDown(f"t{number + 1}") in play.happens(WantRestart())
        assert Launch(f"t{number + 2}") in play.ends(Outcome(signal=15))
        play.launched()
        play.happens(Timer("proven", play.state.epoch))
    assert (play.state.status, play.state.restarts, play.state.recent) == ("running", 0, ())


def test_a_restart_for_bad_health_is_counted_and_ends_failed() -> None:
    play = Play(Policy(max_restarts=1)).runs()
    play.happens(WantRestart(reason="unhealthy: no answer", counted=True))
    play.ends(Outcome(signal=15))
    play.launched()
    play.happens(Timer("proven", play.state.epoch))
    assert play.state.restarts == 1
    play.happens(WantRestart(reason="unhealthy: no answer", counted=True))
    play.ends(Outcome(signal=15))
    assert play.state.status == "failed"
    assert play.state.reason == "unhealthy: no answer; 1 restarts within 60 s"


def test_wanting_it_up_while_it_stops_starts_it_afresh() -> None:
    play = Play().runs()
    play.happens(WantDown())
    assert asked(play.happens(WantUp())) == []
    assert Launch("t2") in play.ends(Outcome(signal=15))


def test_waiting_says_for_what_and_starts_when_nothing_is_waited_for() -> None:
    play = Play()
    play.happens(WantUp(), blocked="waiting for db to be healthy")
    assert (play.state.status, play.state.reason) == ("waiting", "waiting for db to be healthy")
    play.happens(Blocked("waiting for db to be healthy, which is failed"))
    assert play.state.reason == "waiting for db to be healthy, which is failed"
    assert Launch("t1") in play.happens(Clear())


def test_a_restart_waits_for_what_it_depends_on_like_a_start() -> None:
    play = Play().runs()
    play.happens(WantRestart(reason="db was restarted"))
    play.happens(Ended("t1", FINE), blocked="waiting for db to start")
    assert (play.state.status, play.state.reason) == ("waiting", "waiting for db to start")
    assert Launch("t2") in play.happens(Clear())
    assert play.state.restarts == 0


def test_a_crash_waits_for_what_it_depends_on() -> None:
    play = Play().runs()
    assert asked(play.happens(Ended("t1", CRASH), blocked="waiting for db to start, which is failed")) == []
    assert [play.state.status, play.happens(WantDown())[0]] == ["waiting", Tell("stopped", {"reason": None})]


def test_who_serves_the_port_of_an_ended_root_is_the_service() -> None:
    play = Play(Policy(serves=True)).runs()
    assert asked(play.happens(Exited("t1", FINE))) == [SeekHeir("t1", patient=True)]
    told = play.happens(Succeeded("t1", 777, 5.0))
    assert told == [Tell("self_restarted", {"pid": 777})]
    assert (play.state.status, play.state.pid, play.state.restarts, play.state.last) == ("running", 777, 0, None)


def test_a_root_that_failed_has_an_heir_at_once_or_none() -> None:
    play = Play(Policy(serves=True)).runs()
    assert asked(play.happens(Exited("t1", CRASH))) == [SeekHeir("t1", patient=False)]
    assert play.happens(NoHeir("t1")) == [KillRest("t1")]
    assert Launch("t2") in play.ends()
    assert play.state.restarts == 1


def test_the_end_of_an_heir_is_not_that_of_the_root() -> None:
    play = Play(Policy(serves=True)).runs()
    play.happens(Exited("t1", FINE))
    play.happens(Succeeded("t1", 777, 5.0))
    assert Launch("t2") in play.ends(FINE), "exit code 0 was the root's, long ago; nobody knows how the heir ended"
    assert play.state.restarts == 1
    play.launched()
    assert not play.state.heir


def test_a_tool_that_asks_to_be_started_afresh_has_not_crashed() -> None:
    play = Play().runs()
    effects = play.happens(Ended("t1", FINE, again=True))
    assert Launch("t2") in effects
    assert play.state.restarts == 0
    assert any(isinstance(effect, Tell) and effect.what == "self_restarted" for effect in effects)


def test_a_tool_that_asks_to_be_started_afresh_at_once_again_and_again_is_counted() -> None:
    play = Play(Policy(max_restarts=2))
    play.happens(WantUp())
    for _ in range(3):
        if play.state.status == "backoff":
            play.happens(Timer("retry", play.state.epoch))
        play.launched()
        play.happens(Ended(f"t{play.trees}", FINE, again=True))
    assert play.state.status == "failed"


def test_a_found_process_is_taken_in_where_nothing_runs() -> None:
    play = Play()
    found = Found(77, "1234", 500.0)
    assert asked(play.happens(WantAdopt(found))) == [Adopt("t1", found)]
    play.happens(Launched("t1", 77, 500.0))
    assert (play.state.pid, play.state.wanted) == (77, "up")
    assert play.happens(WantAdopt(Found(78, "5678", 600.0))) == []


def test_a_suspension_starts_the_budget_afresh() -> None:
    play = Play(Policy(max_restarts=1)).runs()
    play.ends()
    play.launched()
    play.happens(Resumed())
    play.ends()
    assert play.state.status != "failed"


def test_a_launch_that_fails_is_failed_with_the_reason() -> None:
    play = Play()
    play.happens(WantUp())
    play.happens(LaunchFailed("t1", "python: No such file or directory"))
    assert (play.state.status, play.state.reason) == ("failed", "python: No such file or directory")
    assert play.state.last is None, "nothing ran, so nothing ended"


def test_a_passing_obstacle_to_a_restart_is_tried_again() -> None:
    play = Play().runs()
    play.ends()
    play.happens(LaunchFailed("t2", "port 8188 is in use", passing=True))
    assert play.state.status == "backoff"


def test_the_root_ends_and_the_rest_is_ended_before_the_restart() -> None:
    play = Play().runs()
    assert asked(play.happens(Exited("t1", CRASH))) == [KillRest("t1")]
    assert play.state.status == "running"
    assert Launch("t2") in play.happens(Ended("t1", None))
    assert play.state.last == CRASH


def test_what_is_wanted_stays_wanted_when_the_daemon_goes() -> None:
    play = Play().runs()
    assert BringDown("t1") in play.happens(Pause())
    play.ends(Outcome(signal=15))
    assert (play.state.status, play.state.wanted) == ("stopped", "up")


def test_a_lost_keeper_costs_no_budget_and_what_is_wanted_comes_back() -> None:
    play = Play(Policy(max_restarts=0)).runs()
    assert Launch("t2") in play.happens(Lost("t1"))
    assert (play.state.status, play.state.restarts) == ("starting", 0)


def test_what_was_being_stopped_stays_down_when_the_keeper_is_lost() -> None:
    play = Play().runs()
    play.happens(WantDown())
    play.happens(Lost("t1"))
    assert play.state.status == "stopped"


def test_an_adopted_tree_that_lived_long_enough_is_running_since_it_started() -> None:
    play = Play(Policy(start_seconds=5))
    play.happens(Adopted("t9", 77, 900.0))
    assert (play.state.status, play.state.pid, play.state.since, play.state.wanted) == ("running", 77, 900.0, "up")


def test_an_adopted_tree_that_is_young_still_has_to_prove_itself() -> None:
    play = Play(Policy(start_seconds=5))
    effects = play.happens(Adopted("t9", 77, 998.0))
    assert play.state.status == "starting"
    assert SetTimer("proven", play.state.epoch, 3.0) in effects


def test_a_tree_that_was_being_stopped_when_the_daemon_died_is_stopped_when_it_ends() -> None:
    play = Play(Policy(when="always"))
    play.happens(Adopted("t1", 77, 900.0, wanted="down"))
    play.happens(Ended("t1", Outcome(signal=15)))
    assert play.state.status == "stopped"


def test_health_is_apart_from_status_and_gone_with_the_tree() -> None:
    play = Play().runs()
    play.happens(HealthSeen("t1", "healthy"))
    assert (play.state.status, play.state.health) == ("running", "healthy")
    play.happens(HealthSeen("t1", "unhealthy", "no answer within 2 s"))
    assert (play.state.status, play.state.reason) == ("running", "no answer within 2 s")
    play.happens(HealthSeen("t1", "healthy"))
    assert play.state.reason is None
    play.ends(FINE)
    assert play.state.health == "none"


def test_every_change_of_status_begins_a_new_epoch() -> None:
    play = Play()
    epochs = [play.state.epoch]
    for happening in (WantUp(), WantDown()):
        play.happens(happening)
        epochs.append(play.state.epoch)
    play.happens(LaunchFailed("t1", "x"))
    epochs.append(play.state.epoch)
    assert epochs == sorted(set(epochs))


def test_states_are_never_changed_in_place() -> None:
    state = State()
    step(state, WantUp(), Policy(), Now(1, 1))
    assert state == replace(state, status="stopped", wanted="down", epoch=0)
