"""Who starts, who waits, and why."""

from __future__ import annotations

import random

import pytest

from backend.services.runs.queue import Waiting, grants, module_place, places, slot, tag


def run(name: str, order: int, **more: object) -> Waiting:
    return Waiting(name, "m", "Module", order, **more)  # type: ignore[arg-type]


def started(waiting: list[Waiting], held: dict[str, str] | None = None, slots: int = 4) -> list[str]:
    ranked = sorted(waiting, key=lambda one: one.rank)
    return [grant.run_id for grant in grants(ranked, held or {}, slots)]


def why(
    waiting: list[Waiting], held: dict[str, str] | None = None, slots: int = 4
) -> dict[str, tuple[int | None, str]]:
    ranked = sorted(waiting, key=lambda one: one.rank)
    return {run: (at.position, at.reason) for run, at in places(ranked, held or {}, slots, lambda holder: holder)}


def test_runs_start_in_the_order_of_their_coming_until_the_places_are_taken() -> None:
    waiting = [run("a", 1), run("b", 2), run("c", 3)]
    assert started(waiting, slots=2) == ["a", "b"]
    assert why(waiting, slots=2)["c"] == (3, "all 2 places for runs are taken")


def test_a_higher_priority_goes_first() -> None:
    assert started([run("a", 1), run("b", 2, priority=5), run("c", 3, priority=5)], slots=2) == ["b", "c"]


def test_a_module_that_may_run_once_holds_up_nobody_else() -> None:
    waiting = [run("a", 1, concurrency=1), run("b", 2, concurrency=1), Waiting("c", "other", "Other", 3)]
    assert started(waiting) == ["a", "c"]
    assert why(waiting)["b"] == (2, "Module may run once at a time, and does")


def test_a_module_that_may_run_twice_gets_its_free_place() -> None:
    waiting = [run("a", 1, concurrency=2)]
    [grant] = grants(waiting, {module_place("m", 1): "x", slot(1): "x"}, 4)
    assert grant.resources == (slot(2), module_place("m", 2))


def test_who_shares_a_tag_never_runs_at_once() -> None:
    waiting = [run("a", 1, exclusive=("gpu0",)), run("b", 2, exclusive=("gpu0",)), run("c", 3)]
    assert started(waiting) == ["a", "c"]
    assert why(waiting, {tag("gpu0"): "run:x"})["a"] == (1, "gpu0 is held by run:x")


def test_a_tag_is_kept_for_the_one_that_waits_for_two() -> None:
    waiting = [run("both", 1, exclusive=("gpu0", "gpu1")), run("later", 2, exclusive=("gpu1",))]
    held = {tag("gpu0"): "run:x", slot(1): "run:x"}
    assert started(waiting, held) == []
    assert why(waiting, held)["later"] == (2, "gpu1 is kept for both, which is before it")
    assert started(waiting, {}) == ["both"]


def test_one_whose_next_attempt_is_not_due_is_passed_over() -> None:
    waiting = [run("a", 1, held_back=True), run("b", 2)]
    assert started(waiting, slots=1) == ["b"]
    assert why(waiting)["a"] == (None, "its next attempt is not due yet")
    assert why(waiting)["b"] == (1, "it starts at once")


@pytest.mark.parametrize("seed", range(100))
def test_whatever_comes_nothing_is_given_twice_and_everybody_gets_a_turn(seed: int) -> None:
    chance = random.Random(seed)
    slots = chance.randint(1, 4)
    waiting = [
        Waiting(
            f"r{number}",
            module := chance.choice("ab"),
            module,
            number,
            priority=chance.randint(0, 2),
            concurrency=None if module == "a" else 2,
            exclusive=tuple(chance.sample(("x", "y", "z"), chance.randint(0, 2))),
        )
        for number in range(30)
    ]
    waiting.sort(key=lambda one: one.rank)
    held: dict[str, str] = {}
    rounds = 0
    while waiting:
        for grant in grants(waiting, held, slots):
            assert held.keys().isdisjoint(grant.resources)
            held.update(dict.fromkeys(grant.resources, grant.run_id))
        waiting = [one for one in waiting if one.run_id not in held.values()]
        assert sum(resource.startswith("run-slot:") for resource in held) <= slots
        done = chance.choice(sorted(set(held.values())))  # nobody waits while nothing runs
        held = {resource: holder for resource, holder in held.items() if holder != done}
        rounds += 1
    assert rounds <= 30
