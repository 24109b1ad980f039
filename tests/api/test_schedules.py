"""Schedules over HTTP, with real runs."""

from __future__ import annotations

import itertools
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.fakes.daemon import Daemon, wait_for

if sys.platform == "win32":
    pytest.skip("programs of POSIX", allow_module_level=True)

MODULES = """
modules:
  quick:
    command: ["true"]
    parameters: {word: {default: x}, count: {type: integer, min: 1}}
  long: {command: [sleep, "300"]}
  hides: {command: ["true"], parameters: {key: {type: password}}}
"""
DECLARED = """
modules:
  beats: {command: ["true"], schedule: {every: 1s, parameters: {key: '${env:BEAT_KEY}'}}, parameters: {key: {type: password}}}
  follows: {command: ["true"], triggers: {after: beats}}
  daily: {name: Every day, command: ["true"], schedule: {cron: "0 6 * * *", zone: Europe/Prague}}
"""  # noqa: E501  # as people write them


def schedules(daemon: Daemon) -> dict[str, dict[str, Any]]:
    """By module."""
    return {one["module_id"]: one for one in daemon.http.get("/api/schedules").json()["schedules"]}


def runs(daemon: Daemon, module: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = daemon.http.get("/api/runs", params={"module_id": module, "limit": 100}).json()[
        "runs"
    ]
    return found


def test_one_is_made_changed_paused_and_removed(daemons: Callable[..., Daemon]) -> None:
    http = daemons(MODULES).http
    asked = {"module_id": "quick", "cron": "0 6 * * *", "zone": "Europe/Prague", "parameters": {"count": 3}}
    made = http.post("/api/schedules", json=asked)
    assert made.status_code == 201, made.text
    one = made.json()
    path = f"/api/schedules/{one['id']}"
    assert (one["name"], one["kind"], one["declared"], one["paused"]) == ("quick", "cron", None, False)
    assert http.get(path).json() == one
    paused = http.post(f"{path}/pause").json()
    assert (paused["paused"], paused["next_at"]) == (True, None)
    changed = http.put(path, json={"module_id": "long", "name": "Often", "every": 900, "jitter": 60, "missed": "once"})
    assert (changed.status_code, changed.json()["module_id"], changed.json()["every"]) == (200, "long", 900)
    assert (changed.json()["paused"], changed.json()["next_at"]) == (True, None), "it stays paused"
    resumed = http.post(f"{path}/resume").json()
    ahead = datetime.fromisoformat(resumed["next_at"]) - datetime.now(UTC)
    assert timedelta(minutes=14) < ahead <= timedelta(minutes=15)
    assert http.delete(path).status_code == 204
    assert http.get(path).json()["error_code"] == "schedule_not_found"
    assert http.get("/api/schedules").json() == {"schedules": [], "total": 0}
    told = http.get("/api/events", params={"area": "schedules"}).json()["events"]
    assert [event["type"].partition(".")[2] for event in reversed(told)] == [
        *("added", "paused", "changed", "resumed", "removed")
    ]


@pytest.mark.parametrize(
    ("asked", "where"),
    [
        ({}, {"cron"}),
        ({"cron": "0 6 * * *", "every": 5}, {"cron"}),
        ({"cron": "0 66 * * *", "parameters": {"count": 0}}, {"cron", "parameters.count"}),
        ({"cron": "0 6 * * *", "zone": "Middle/Earth"}, {"zone"}),
        ({"every": 0.01}, {"every"}),
        ({"every": 60, "zone": "UTC"}, {"zone"}),
        ({"every": 60, "jitter": 61}, {"jitter"}),
        ({"after": ["quick"]}, {"after"}),
        ({"files": ["inbox/*.csv"]}, {"files"}),
        ({"every": 60, "parameters": {"nobody": 1}}, {"parameters.nobody"}),
        ({"module_id": "hides", "every": 60, "parameters": {"key": "s3cret"}}, {"parameters.key"}),
    ],
)
def test_what_is_wrong_is_told_all_at_once(asked: dict[str, Any], where: set[str], shared: Daemon) -> None:
    refused = shared.http.post("/api/schedules", json={"module_id": "quick", **asked})
    assert (refused.status_code, refused.json()["error_code"]) == (422, "invalid_schedule")
    assert {fault["where"] for fault in refused.json()["errors"]} == where
    assert all(fault["message"] for fault in refused.json()["errors"])


def test_what_is_not_there_is_said_so(shared: Daemon) -> None:
    http = shared.http
    unknown = http.post("/api/schedules", json={"module_id": "quik", "every": 60})
    assert (unknown.status_code, unknown.json()["error_code"]) == (404, "module_not_found")
    for method, path in (("GET", ""), ("POST", "/pause"), ("POST", "/resume"), ("POST", "/run"), ("DELETE", "")):
        answer = http.request(method, f"/api/schedules/77{path}")
        assert (answer.status_code, answer.json()["error_code"]) == (404, "schedule_not_found")
    assert http.post("/api/schedules", json={"module_id": "quick", "evry": 60}).json()["error_code"] == "not_valid"


def test_the_calendar_tells_what_comes(shared: Daemon) -> None:
    http = shared.http
    now = datetime.now(UTC)
    ids = [
        http.post("/api/schedules", json={"module_id": "quick", **rule}).json()["id"]
        for rule in ({"every": 3600}, {"cron": "0 0 1 1 *", "zone": "UTC"}, {"every": 3600, "paused": True})
    ]
    window = {"from": now.isoformat(), "to": (now + timedelta(hours=5, minutes=30)).isoformat()}
    found = http.get("/api/schedules/calendar", params=window).json()
    times = [datetime.fromisoformat(one["at"]) for one in found["times"] if one["schedule_id"] == ids[0]]
    assert len(times) == 5
    assert all(later - earlier == timedelta(hours=1) for earlier, later in itertools.pairwise(times))
    year = {"from": f"{now.year + 2}-01-01T00:00:00+01:00", "to": f"{now.year + 2}-01-01T00:30:00Z"}
    found = http.get("/api/schedules/calendar", params=year).json()
    new_year = [one for one in found["times"] if one["schedule_id"] == ids[1]]
    assert [one["at"] for one in new_year] == [f"{now.year + 2}-01-01T00:00:00Z"]
    assert all(one["schedule_id"] != ids[2] for one in found["times"])
    much = http.get("/api/schedules/calendar", params={"to": f"{now.year + 2}-01-01T00:00:00Z"}).json()
    assert len(much["times"]) == 1000
    assert much["times"][-1]["at"] <= much["complete_until"]
    for wrong in ({"from": "2026-01-01T00:00:00"}, {"to": "2020-01-01T00:00:00Z"}):
        assert http.get("/api/schedules/calendar", params=wrong).status_code == 422
    for one in ids:
        http.delete(f"/api/schedules/{one}")


def test_a_person_runs_it_now_beside_its_times(shared: Daemon) -> None:
    http = shared.http
    one = http.post("/api/schedules", json={"module_id": "long", "every": 86400}).json()
    path = f"/api/schedules/{one['id']}"
    run = http.post(f"{path}/run")
    assert (run.status_code, run.json()["requested_by"]) == (202, "local")
    again = http.post(f"{path}/run")
    assert (again.status_code, again.json()["error_code"]) == (409, "run_overlaps")
    now = http.get(path).json()
    assert (now["last_run"], now["next_at"]) == (run.json()["run_id"], one["next_at"])
    assert http.delete(f"/api/runs/{run.json()['run_id']}").status_code == 200
    http.delete(path)


def test_what_modules_declare_is_run_followed_and_changed_with_the_file(
    daemons: Callable[..., Daemon], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BEAT_KEY", "s3cr3t-of-the-beat")
    daemon = daemons(DECLARED)
    wait_for(lambda: len(runs(daemon, "beats")) >= 2 and len(runs(daemon, "follows")) >= 1, 30)
    assert {run["requested_by"] for module in ("beats", "follows") for run in runs(daemon, module)} == {"schedule"}
    parents = {run["job_id"] for run in runs(daemon, "beats")}
    assert {run["parent_id"] for run in runs(daemon, "follows")} <= parents
    found = schedules(daemon)
    daily = found["daily"]
    assert {module: one["declared"] for module, one in found.items()} == {
        "beats": "schedule", "follows": "after", "daily": "schedule",
    }  # fmt: skip
    assert (daily["name"], daily["zone"]) == ("Every day", "Europe/Prague")
    assert found["beats"]["parameters"] == {}
    assert "key" in runs(daemon, "beats")[0]["parameters"], "its secret reached it"
    refused = daemon.http.delete(f"/api/schedules/{daily['id']}")
    assert (refused.status_code, refused.json()["error_code"]) == (409, "schedule_declared")
    daemon.http.post(f"/api/schedules/{daily['id']}/pause")

    broken = DECLARED.replace("0 6 * * *", "0 66 * * *")
    daemon.config.write_text(broken, encoding="utf-8")
    wait_for(lambda: daemon.http.get("/api/modules/daily").status_code == 404)
    assert schedules(daemon)["daily"]["paused"], "it is kept until the module is mended"
    daemon.config.write_text(DECLARED.replace("0 6 * * *", "0 7 * * *").replace("follows", "ensues"), encoding="utf-8")
    wait_for(lambda: schedules(daemon).get("daily", {}).get("cron") == "0 7 * * *")
    wait_for(lambda: {"beats", "daily", "ensues"} == schedules(daemon).keys())
    assert schedules(daemon)["daily"]["paused"]
    written = [path.read_bytes() for path in daemon.data_dir.rglob("*") if path.is_file()]
    assert not any(b"s3cr3t-of-the-beat" in text for text in written)


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory, forge: None) -> Any:
    folder = tmp_path_factory.mktemp("shared")
    daemon = Daemon(folder, MODULES)
    daemon.start()
    yield daemon
    daemon.close()
