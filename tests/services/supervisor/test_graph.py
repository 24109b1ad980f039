"""Who waits for whom, in words."""

from __future__ import annotations

import pytest

from backend.services.supervisor.graph import Needs, Seen, blocker, dependants, may_stop, needed_by
from backend.services.supervisor.happenings import (
    Health,
    Outcome,
    State,
    Status,
)

NEEDS: Needs = {"n8n": {"db": "healthy"}, "web": {"n8n": "started", "setup": "exited_ok"}}


def seen(status: Status, health: Health = "none", code: int | None = None) -> Seen:
    return Seen(State(status, health=health, last=None if code is None else Outcome(code=code)))


@pytest.mark.parametrize(
    ("db", "words"),
    [
        (seen("running", "healthy"), None),
        (seen("running", "starting"), "waiting for db to be healthy"),
        (seen("starting"), "waiting for db to be healthy"),
        (seen("failed"), "waiting for db to be healthy, which is failed"),
        (seen("stopped"), "waiting for db to be healthy, which is stopped"),
    ],
)
def test_a_healthy_dependency_is_waited_for(db: Seen, words: str | None) -> None:
    assert blocker("n8n", NEEDS, {"db": db}) == words


@pytest.mark.parametrize(
    ("setup", "words"),
    [
        (seen("exited", code=0), None),
        (seen("running"), "waiting for setup to finish"),
        (seen("exited", code=1), "waiting for setup to finish, which is exited"),
    ],
)
def test_a_dependency_that_must_finish_is_waited_for(setup: Seen, words: str | None) -> None:
    assert blocker("web", NEEDS, {"n8n": seen("running"), "setup": setup}) == words


def test_a_dependency_that_is_not_defined_is_named() -> None:
    assert blocker("n8n", NEEDS, {}) == "waiting for db, which is not defined"


def test_starting_one_starts_what_it_needs_first() -> None:
    assert needed_by(["web"], NEEDS) == ["db", "n8n", "setup", "web"]


def test_a_set_is_stopped_from_the_top() -> None:
    up = {"db", "n8n", "web"}
    assert [one for one in sorted(up) if may_stop(one, NEEDS, lambda other: other in up)] == ["web"]
    assert dependants("db", NEEDS) == ["n8n"]
