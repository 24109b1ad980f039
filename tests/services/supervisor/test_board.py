"""The list of services: true to what is, and encoded no more often than it changes."""

from __future__ import annotations

import asyncio
import json
import random
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pydantic import TypeAdapter

from backend.core.secrets import HIDDEN, Secrets
from backend.services.definitions.model import ServiceSpec
from backend.services.supervisor.board import STALE, Board
from backend.services.supervisor.entry import Entry
from backend.services.supervisor.figures import Figures
from backend.services.supervisor.happenings import Outcome, State
from backend.services.supervisor.views import ServiceView
from backend.services.system.usage import Usage
from tests.fakes.clock import TurnedClock
from tests.fakes.following import follow
from tests.fakes.runtime import Link, World

LIST = TypeAdapter(tuple[ServiceView, ...])
TRICKY = 'says "uptime_seconds":null, and é\n'


def entry(service: str, clock: TurnedClock, **more: Any) -> Entry:
    spec = ServiceSpec(service, more.pop("name", service), ("x",), Path("/"), Path(f"/{service}.log"), **more)
    begun = clock.now().timestamp()
    return Entry(spec, State("running", "up", since=begun, pid=7, started_at=begun, born=clock.monotonic()))


class Looked:
    """A board with all that it reads."""

    def __init__(self) -> None:
        self.clock = TurnedClock()
        self.entries = {
            "b": entry("b", self.clock, name=TRICKY, port=8188),
            "a": entry("a", self.clock, description="opens with hunter22", tags=("hunter22",)),
            "c": Entry(ServiceSpec("c", "c", ("x",), Path("/"), Path("/c.log")), State(last=Outcome(1, None, "exit"))),
        }

        async def used() -> dict[str, Usage]:
            return {}

        link = Link(World(asyncio.get_running_loop(), self.clock, random.Random(0)))
        self.figures = Figures(link, {}, self.clock, used, 2.0)
        self.board = Board(self.entries, self.figures, self.clock, Secrets(["hunter22"]).hide)

    def told(self) -> dict[str, dict[str, Any]]:
        answer = json.loads(self.board.encoded())
        assert answer["count"] == len(answer["services"])
        return {one["id"]: one for one in answer["services"]}


@pytest.fixture
async def looked() -> Looked:
    return Looked()


async def test_the_encoded_list_is_what_the_views_are(looked: Looked) -> None:
    looked.clock.turn(61.5)
    looked.figures.usage = {"a": Usage(12.5, 1000, 0.5), "c": Usage(1.0, 1, 0.5)}
    services = json.loads(looked.board.encoded())["services"]
    assert services == json.loads(LIST.dump_json(looked.board.views()))
    assert [one["id"] for one in services] == ["a", "b", "c"]
    assert [one["uptime_seconds"] for one in services] == [61.5, 61.5, None]
    assert services[1]["name"] == TRICKY
    assert (services[0]["description"], services[0]["tags"]) == (f"opens with {HIDDEN}", [HIDDEN])


async def test_a_change_is_told_at_once_and_an_uptime_soon(looked: Looked) -> None:
    assert looked.told()["a"]["uptime_seconds"] == 0
    looked.clock.turn(STALE / 2)
    assert looked.told()["a"]["uptime_seconds"] == 0, "as it was told a moment ago"
    looked.entries["c"].state = State("failed", "up", reason="no such file")
    looked.board.changed()
    told = looked.told()
    assert (told["c"]["status"], told["c"]["reason"]) == ("failed", "no such file")
    assert told["a"]["uptime_seconds"] == STALE / 2
    looked.clock.turn(STALE)
    assert looked.told()["a"]["uptime_seconds"] == pytest.approx(1.5 * STALE, abs=0.001)


@pytest.fixture
def encodings(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The services that are encoded, one by one."""
    from backend.services.supervisor import board

    seen: list[str] = []

    class Counting:
        @staticmethod
        def dump_json(one: ServiceView) -> bytes:
            seen.append(one.id)
            return real.dump_json(one)

    real = board._VIEW
    monkeypatch.setattr(board, "_VIEW", Counting)
    return seen


async def test_only_what_has_changed_is_encoded_anew(looked: Looked, encodings: list[str]) -> None:
    entries, figures = looked.entries, looked.figures

    def look() -> list[str]:
        encodings.clear()
        looked.clock.turn(2 * STALE)
        looked.told()
        return list(encodings)

    assert look() == ["a", "b", "c"]
    assert look() == []
    entries["b"].state = replace(entries["b"].state, health="healthy")
    assert look() == ["b"]
    figures.usage = {"a": Usage(1.0, 1, 0.5), "b": Usage(0.0, 5, 0.5)}
    assert look() == ["a", "b"]
    figures.usage = {"a": Usage(1.0, 1, 0.5), "b": Usage(0.0, 6, 0.5)}
    assert look() == ["b"]
    entries["a"].port, entries["b"].definition = 8189, "changed"
    assert look() == ["a", "b"]
    entries["c"].spec = replace(entries["c"].spec, name="another")
    assert look() == ["c"]
    looked.board.definitions_changed()
    assert look() == ["a", "b", "c"]


async def test_followers_get_the_same_list_once_for_all_changes_of_a_turn(looked: Looked) -> None:
    following = follow(looked.board.live)
    first = json.loads(await anext(following))
    assert (first["type"], first["services"]) == ("service_status", json.loads(looked.board.encoded())["services"])
    coming = asyncio.ensure_future(anext(following))
    for service in ("a", "b"):
        looked.entries[service].state = State("stopped")
        looked.board.changed()
    second = json.loads(await coming)
    assert [one["status"] for one in second["services"]] == ["stopped", "stopped", "stopped"]
    more = asyncio.ensure_future(anext(following))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert not more.done(), "one message for both changes"
    more.cancel()
    await asyncio.gather(more, return_exceptions=True)
    await following.aclose()
