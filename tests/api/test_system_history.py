"""The figures' past over HTTP, from a real daemon with real services, over its ends and beginnings."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from backend.api.schemas.system import ChartList, ChartView
from tests.fakes.daemon import Daemon, wait_for

BUSY = [sys.executable, "-c", "while True: pass"]
DEFINITIONS = json.dumps({
    "services": {"busy": {"command": BUSY, "autostart": True, "start_seconds": 0.1}, "idle": {"command": BUSY}},
    "retention": {"samples": "30d", "events": "never"},
})  # fmt: skip
LOST_AT_MOST = 15.0  # seconds
EARLIER = "2026-01-01T00:00:00Z"


@pytest.fixture(scope="module")
def daemon(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Daemon]:
    made = Daemon(tmp_path_factory.mktemp("history"), DEFINITIONS)
    made.start()
    wait_for(lambda: chart(made, metric="service:busy:cpu")["points"], what="there are samples")
    yield made
    made.close()


def chart(daemon: Daemon, path: str = "history", **query: Any) -> Any:
    answer = daemon.http.get(f"/api/system/{path}", params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_a_chart_has_every_member_of_the_contract(daemon: Daemon) -> None:
    found = chart(daemon, metric="cpu", points=2000)
    assert ChartView.model_validate(found).model_dump(mode="json", by_alias=True).keys() == found.keys()
    assert (found["metric"], found["unit"], found["step"]) == ("cpu", "percent", 2)
    assert found["points"][-1].keys() == {"at", "min", "avg", "max"}
    newest = datetime.fromisoformat(found["points"][-1]["at"])
    assert abs(datetime.now(UTC) - newest) < timedelta(seconds=20)


def test_a_busy_service_is_seen_with_nobody_looking(daemon: Daemon) -> None:
    cpu, memory = chart(daemon, "history/series", metric=["service:busy:cpu", "service:busy:memory"])["series"]
    assert max(point["max"] for point in cpu["points"]) > 10
    assert (memory["unit"], memory["points"][-1]["avg"] > 1_000_000) == ("bytes", True)


def test_several_are_answered_in_the_order_of_the_question(daemon: Daemon) -> None:
    metrics = ["memory", "service:idle:cpu", "cpu", "memory"]
    found = chart(daemon, "history/series", metric=metrics, points=10)
    assert [one["metric"] for one in found["series"]] == metrics
    assert found["series"][1]["points"] == []
    ChartList.model_validate(found)


def test_the_list_has_each_series_with_its_unit(daemon: Daemon) -> None:
    found = {one["metric"]: one for one in chart(daemon, "series")}
    assert found["memory"]["unit"] == "percent"
    assert found["service:busy:memory"]["label"] == "busy, memory"
    assert "service:idle:cpu" not in found
    assert found["cpu"]["first"] <= found["cpu"]["last"]


@pytest.mark.parametrize(
    ("path", "query", "code", "words"),
    [
        ("history", {"metric": "speed"}, "unknown_metric", "'speed'"),
        ("history", {}, "not_valid", "query.metric"),
        ("history", {"metric": "cpu", "points": 0}, "not_valid", "query.points"),
        ("history", {"metric": "cpu", "points": 2001}, "not_valid", "query.points"),
        ("history", {"metric": "cpu", "from": "yesterday"}, "not_valid", "query.from"),
        ("history", {"metric": "cpu", "from": "2026-01-01T00:00:00"}, "not_valid", "query.from"),
        ("history", {"metric": "cpu", "from": "2026-01-02T00:00:00Z", "to": EARLIER}, "invalid_span", "before"),
        ("history", {"metric": "cpu", "to": "0001-01-01T00:00:00Z"}, "invalid_span", "no hour before"),
        ("history/series", {"metric": ["cpu"] * 51}, "not_valid", "query.metric"),
        ("history/series", {"metric": ["cpu"] * 50, "points": 2000}, "invalid_span", "20,000"),
    ],
)  # fmt: skip
def test_a_question_that_makes_no_sense_is_answered_with_what_is_wrong(
    daemon: Daemon, path: str, query: dict[str, Any], code: str, words: str
) -> None:
    answer = daemon.http.get(f"/api/system/{path}", params=query)
    assert answer.status_code == 422
    assert answer.json()["error_code"] == code
    assert words in answer.text


def test_no_time_is_too_long_ago(daemon: Daemon) -> None:
    for begin in ("0001-01-01T00:00:00Z", "1969-12-31T00:00:00Z", "2000-01-01T00:00:00+14:00"):
        found = chart(daemon, metric="cpu", points=5, **{"from": begin})
        assert 1 <= len(found["points"]) <= 5
    future = {"from": "9990-01-01T00:00:00Z", "to": "9999-12-31T23:59:59Z"}
    assert chart(daemon, metric="cpu", **future)["points"] == []


def test_an_offset_may_lose_its_sign_in_the_address(daemon: Daemon) -> None:
    answer = daemon.http.get("/api/system/history?metric=cpu&from=2026-01-01T02:00:00+02:00&to=2026-01-01 03:00+02:00")
    assert (answer.status_code, answer.json()["from"][:16], answer.json()["to"][:16]) == (
        200, "2026-01-01T00:00", "2026-01-01T01:00",
    )  # fmt: skip


def test_an_unknown_run_is_not_there(daemon: Daemon) -> None:
    answer = daemon.http.get("/api/system/history", params={"metric": "run:20260101_000000_none_0:cpu"})
    assert answer.status_code == 404


def test_a_killed_daemon_loses_seconds_and_the_next_one_says_since_when(daemons: Callable[..., Daemon]) -> None:
    daemon = daemons(DEFINITIONS)
    wait_for(lambda: len(chart(daemon, metric="cpu", points=2000)["points"]) >= 7, what="figures are stored")
    killed = datetime.now(UTC)
    daemon.kill()
    time.sleep(4)  # a gap
    daemon.start()
    points = chart(daemon, metric="cpu", points=2000)["points"]
    times = [datetime.fromisoformat(point["at"]) for point in points]
    before = [at for at in times if at <= killed]
    assert (killed - before[-1]).total_seconds() <= LOST_AT_MOST
    (_, started) = daemon.events("daemon.started")
    seen = datetime.fromisoformat(started["payload"]["last_seen"])
    assert seen == before[-1]
    (first, _) = daemon.events("daemon.started")
    assert first["payload"]["last_seen"] is None
    service = wait_for(
        lambda: (now := chart(daemon, metric="service:busy:cpu", points=2000)["points"]) and now,
        what="its tree goes on",
    )
    assert datetime.fromisoformat(service[0]["at"]) < killed
