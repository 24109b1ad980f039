"""The routes of events over real sockets, on a real database and journal."""

from __future__ import annotations

import asyncio
import json
import socket
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from backend.api.application import create_app
from backend.config import Settings
from backend.core.clock import SystemClock
from backend.core.events import Fact
from backend.core.secrets import Secrets
from backend.database.database import Database, open_database
from backend.database.journal import Journal, open_journal
from backend.serving import server_for
from tests.database.conftest import locked
from tests.fakes.daemon import Daemon, wait_for

SLEEPER = json.dumps([sys.executable, "-c", "import time; time.sleep(600)"])


@dataclass(frozen=True)
class Served:
    """What the routes of events need of a center, served."""

    database: Database
    journal: Journal
    closing: asyncio.Event
    http: httpx.AsyncClient
    file: Path

    def tell(self, count: int = 1, **fact: Any) -> list[int]:
        said = {"area": "supervisor", "type": "service.started", "subject": "comfyui", **fact}
        return [self.journal.tell(Fact(**said)).seq for _ in range(count)]

    async def get(self, **query: Any) -> Any:
        answer = await self.http.get("/api/events", params=query)
        assert answer.status_code == 200, answer.text
        return answer.json()

    @asynccontextmanager
    async def follow(self, query: str = "", **options: Any) -> AsyncIterator[ClientConnection]:
        address = str(self.http.base_url).replace("http", "ws", 1).rstrip("/")
        async with connect(f"{address}/api/events/ws{query}", proxy=None, **options) as client:
            yield client


@pytest.fixture
async def served(tmp_path: Path) -> AsyncIterator[Served]:
    clock, file = SystemClock(), tmp_path / "control-center.db"
    app = create_app(Settings(data_dir=tmp_path, _env_file=None))
    async with (
        open_database(f"sqlite:///{file.as_posix()}", tmp_path, clock) as database,
        open_journal(database, clock) as journal,
    ):
        closing = asyncio.Event()
        app.state.center = SimpleNamespace(database=database, journal=journal, closing=closing, secrets=Secrets())
        with socket.create_server(("127.0.0.1", 0)) as listener:
            server = server_for(app)
            serving = asyncio.create_task(server.serve(sockets=[listener]))
            address = f"http://127.0.0.1:{listener.getsockname()[1]}"
            async with httpx.AsyncClient(base_url=address, trust_env=False) as http:
                yield Served(database, journal, closing, http, file)
            closing.set()
            server.finish()
            await serving


async def said(client: ClientConnection) -> Any:
    return json.loads(await asyncio.wait_for(client.recv(), 10))


async def read_all(client: ClientConnection) -> None:
    while True:
        await said(client)


async def test_the_newest_come_first_and_next_leads_to_the_older(served: Served) -> None:
    told = served.tell(25)
    await served.journal.settled()
    first = await served.get(limit=10)
    assert [event["seq"] for event in first["events"]] == told[:-11:-1]
    second = await served.get(limit=10, before=first["next"])
    third = await served.get(limit=10, before=second["next"])
    assert [event["seq"] for page in (second, third) for event in page["events"]] == told[14::-1]
    assert third["next"] is None


async def test_an_event_says_all_that_is_known_of_it(served: Served) -> None:
    event = served.journal.tell(Fact("supervisor", "service.exited", "n8n", "local", "c" * 32, {"code": 1}))
    await served.journal.settled()
    [found] = (await served.get())["events"]
    at = found.pop("at")
    assert found == {
        **{key: value for key, value in event.as_json().items() if key != "at"},
        "stored": True,
    }
    assert at.endswith("Z")
    assert at.startswith(event.at.isoformat()[:19])


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"area": "definitions"}, [3]),
        ({"type": "service.failed"}, [2]),
        ({"subject": "ollama"}, [2]),
        ({"since": 1}, [2, 3]),
        ({"before": 3}, [2, 1]),
        ({"since": 1, "before": 3}, [2]),
        ({"subject": "nothing of that name"}, []),
        ({"area": ["definitions", "modules"]}, [3]),
        ({"type": ["service.failed", "service.started"]}, [2, 1]),
        ({"area": "", "type": "", "actor": "", "from": ""}, [3, 2, 1]),
        ({"subject": "ollama", "area": "modules"}, []),
        ({"actor": "local"}, [3]),
        ({"q": "LLAM"}, [2]),
        ({"from": "2020-01-01T00:00:00Z", "to": "2020-01-02T00:00:00+01:00"}, []),
        ({"from": "2020-01-01T00:00:00Z"}, [3, 2, 1]),
        ({"from": "2020-01-01T00:00:00 02:00", "to": "2020-01-02 00:00:00.5 0200"}, []),
    ],
)
async def test_filters_narrow(served: Served, query: dict[str, Any], expected: list[int]) -> None:
    served.tell()
    served.tell(type="service.failed", subject="ollama")
    served.tell(area="definitions", type="config.applied", subject=None, actor="local")
    await served.journal.settled()
    assert [event["seq"] for event in (await served.get(**query))["events"]] == expected


@pytest.mark.parametrize(
    "query",
    [
        *({"limit": 0}, {"limit": 1001}, {"since": -1}, {"before": "x"}, {"since": 10**30}),
        *({"from": "2026-01-01T00:00"}, {"to": "yesterday"}, {"from": "0001-01-01T00:00:00+14:00"}, {"q": "x" * 201}),
    ],
)
async def test_a_question_that_makes_no_sense_is_refused_as_a_problem(served: Served, query: dict[str, Any]) -> None:
    answer = await served.http.get("/api/events", params=query)
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["errors"][0]["where"] == f"query.{next(iter(query))}"


async def test_more_values_than_anybody_chooses_are_refused(served: Served) -> None:
    answer = await served.http.get("/api/events", params={"type": [f"service.{number}" for number in range(21)]})
    assert answer.status_code == 422


async def test_an_event_is_found_by_its_id_and_by_its_cause(served: Served) -> None:
    first = served.journal.tell(Fact("supervisor", "service.exited", "n8n"))
    second = served.journal.tell(Fact("supervisor", "service.starting", "n8n", cause=first.id))
    served.tell(3)
    for stored in (False, True):
        if stored:
            await served.journal.settled()
        found = (await served.http.get(f"/api/events/{second.id}")).json()
        assert (found["seq"], found["cause"]) == (second.seq, first.id)
        assert [event["id"] for event in (await served.get(cause=first.id))["events"]] == [second.id]
    assert found["stored"]
    assert (await served.get(cause=second.id))["events"] == []


@pytest.mark.parametrize(("event", "status", "code"), [("0" * 32, 404, "event_not_found"), ("first", 422, "not_valid")])
async def test_an_event_that_there_is_not_is_a_problem(served: Served, event: str, status: int, code: str) -> None:
    answer = await served.http.get(f"/api/events/{event}")
    assert (answer.status_code, answer.json()["error_code"]) == (status, code)


async def test_the_types_there_are_can_be_asked_for(served: Served) -> None:
    served.tell(2)
    served.tell(area="definitions", type="config.applied", subject=None)
    answer = await served.http.get("/api/events/types")
    assert answer.json() == {
        "types": [
            {"type": "config.applied", "area": "definitions"},
            {"type": "service.started", "area": "supervisor"},
        ]
    }


async def test_events_that_wait_for_a_locked_database_are_listed_as_not_stored(served: Served) -> None:
    served.tell()
    await served.journal.settled()
    with locked(served.file):
        served.tell()
        assert [event["stored"] for event in (await served.get())["events"]] == [False, True]
    await served.journal.settled()
    assert [event["stored"] for event in (await served.get())["events"]] == [True, True]


async def test_a_follower_gets_the_past_then_live_then_what_is_told(served: Served) -> None:
    told = served.tell(3)
    await served.journal.settled()
    async with served.follow(f"?since={told[0]}") as client:
        past = [await said(client) for _ in range(2)]
        assert [(frame["type"], frame["event"]["seq"], frame["event"]["stored"]) for frame in past] == [
            ("event", told[1], True),
            ("event", told[2], True),
        ]
        assert await said(client) == {"type": "live", "seq": told[2]}
        [seq] = served.tell(type="service.stopped")
        live = await said(client)
        assert (live["event"]["seq"], live["event"]["type"], live["event"]["stored"]) == (seq, "service.stopped", False)


async def test_a_follower_who_names_no_place_hears_only_what_comes(served: Served) -> None:
    told = served.tell(3)
    async with served.follow() as client:
        assert await said(client) == {"type": "live", "seq": told[2]}


async def test_a_client_that_comes_back_misses_and_repeats_nothing(served: Served) -> None:
    seen: list[int] = []
    for _ in range(5):
        async with served.follow(f"?since={seen[-1] if seen else 0}", max_queue=None) as client:
            served.tell(20)
            frames = [await said(client) for _ in range(12)]
            seen += [frame["event"]["seq"] for frame in frames if frame["type"] == "event"]
    assert len(seen) >= 55
    assert seen == list(range(1, len(seen) + 1))


async def test_a_client_that_does_not_read_is_closed_with_1013_and_holds_up_nobody(served: Served) -> None:
    async with served.follow(max_queue=1) as slow, served.follow() as ready:
        await said(slow)
        await said(ready)
        for _ in range(150):
            told = served.tell(20, payload={"text": "x" * 20_000})
            assert [(await said(ready))["event"]["seq"] for _ in told] == told
        with pytest.raises(ConnectionClosed) as closed:
            await read_all(slow)
    assert closed.value.rcvd is not None
    assert (closed.value.rcvd.code, "since=" in closed.value.rcvd.reason) == (1013, True)


async def test_what_a_client_says_breaks_nothing(served: Served) -> None:
    async with served.follow() as client:
        await said(client)
        for frame in ("", "not json", b"\x00\xff", '{"op": "fly"}'):
            await client.send(frame)
        served.tell()
        assert (await said(client))["type"] == "event"


async def test_a_client_that_leaves_takes_its_subscription_along(served: Served) -> None:
    subscriptions = served.journal.bus._subscriptions
    async with served.follow() as client:
        await said(client)
        assert len(subscriptions) == 1
    async with asyncio.timeout(10):
        while subscriptions:
            await asyncio.sleep(0.01)


async def test_followers_are_told_that_the_daemon_leaves(served: Served) -> None:
    async with served.follow() as client:
        await said(client)
        served.closing.set()
        with pytest.raises(ConnectionClosed) as closed:
            await said(client)
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 1001


async def test_a_place_that_is_no_number_is_turned_away(served: Served) -> None:
    with pytest.raises(Exception, match="403"):
        async with served.follow("?since=yesterday"):
            pass


def _all_stored(daemon: Daemon) -> list[dict[str, Any]] | None:
    """The newest first."""
    found: list[dict[str, Any]] = daemon.http.get("/api/events").json()["events"]
    return found if all(event["stored"] for event in found) else None


def test_no_event_is_lost_when_the_daemon_is_killed(daemons: Callable[..., Daemon]) -> None:
    daemon = daemons(f"services:\n  sleeper:\n    command: {SLEEPER}\n")
    daemon.post("sleeper", "start", wait="running")
    before = wait_for(lambda: _all_stored(daemon), what="all is stored")
    daemon.kill()
    daemon.start()
    after = daemon.http.get("/api/events", params={"limit": 1000}).json()["events"]
    assert [event for event in after if event["seq"] <= before[0]["seq"]] == before
    assert min(event["seq"] for event in after if event not in before) > before[0]["seq"]
    daemon.post("sleeper", "stop")
