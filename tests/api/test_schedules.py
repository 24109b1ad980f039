"""Schedules over HTTP, with real runs."""

from __future__ import annotations

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
BEATS = """
modules:
  beats: {command: ["true"], schedule: {every: 1s}}
  fails: {command: ["false"], schedule: {every: 4s}}
  long: {command: [sleep, "300"], schedule: {every: 1s}}
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
    assert http.get("/api/schedules").json().items() >= {"schedules": [], "total": 0}.items()
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


def test_a_preview_has_the_next_times_in_the_zone_of_the_schedule_and_makes_nothing(shared: Daemon) -> None:
    http = shared.http
    before = http.get("/api/schedules").json()
    asked = {"module_id": "quick", "cron": "30 8 * * 1", "zone": "Asia/Tokyo", "parameters": {"count": 0}}
    found = http.post("/api/schedules/preview", json=asked).json()
    local = [datetime.fromisoformat(one["local"]) for one in found["times"]]
    assert [(one.weekday(), one.hour, one.minute, one.utcoffset()) for one in local] == 5 * [
        (0, 8, 30, timedelta(hours=9))
    ]
    assert [datetime.fromisoformat(one["at"]) for one in found["times"]] == local
    assert [fault["where"] for fault in found["faults"]] == ["parameters.count"]
    wrong = http.post("/api/schedules/preview", json={**asked, "cron": "30 8 * *"}).json()
    assert (wrong["times"], {fault["where"] for fault in wrong["faults"]}) == ([], {"cron", "parameters.count"})
    assert http.get("/api/schedules").json() == before


def test_a_preview_of_the_same_rule_goes_on_with_its_times(shared: Daemon) -> None:
    http = shared.http
    one = http.post("/api/schedules", json={"module_id": "quick", "every": 7200}).json()
    path = f"/api/schedules/preview?instead_of={one['id']}"
    same = http.post(path, json={"module_id": "quick", "every": 7200, "jitter": 60}).json()
    assert same["times"][0]["at"] == one["next_at"]
    other = http.post(path, json={"module_id": "quick", "every": 7201}).json()
    assert other["times"][0]["at"] > one["next_at"]
    http.delete(f"/api/schedules/{one['id']}")


def test_the_calendar_tells_what_comes_day_by_day(shared: Daemon) -> None:
    http = shared.http
    rules = ({"every": 60}, {"cron": "0 6,18 * * *", "zone": "UTC"}, {"every": 3600, "paused": True})
    ids = [http.post("/api/schedules", json={"module_id": "quick", **rule}).json()["id"] for rule in rules]
    first = (datetime.now(UTC) + timedelta(days=2)).date()
    found = http.get("/api/schedules/calendar", params={"from": str(first), "days": 3, "zone": "Etc/GMT-1"}).json()
    assert found["zone"] == "Etc/GMT-1"
    assert [one["day"] for one in found["days"]] == [str(first + timedelta(days=index)) for index in range(3)]
    assert found["days"][0]["begin"] == f"{first - timedelta(days=1)}T23:00:00Z"
    for day in found["days"]:
        often, twice = day["coming"]
        assert [often["schedule_id"], twice["schedule_id"]] == ids[:2]
        assert (often["count"], often["each"]) == (1440, [])
        assert (twice["count"], twice["each"]) == (2, [f"{day['day']}T06:00:00Z", f"{day['day']}T18:00:00Z"])
        assert (day["ran"], day["not_run"]) == ([], [])
    for wrong in ({"from": "tomorrow"}, {"days": 63}, {"from": "9999-12-31"}):
        assert http.get("/api/schedules/calendar", params=wrong).status_code == 422
    nowhere = http.get("/api/schedules/calendar", params={"zone": "Middle/Earth"})
    assert (nowhere.status_code, nowhere.json()["error_code"]) == (422, "unknown_zone")
    for one in ids:
        http.delete(f"/api/schedules/{one}")


def test_the_calendar_tells_what_ran_and_what_did_not(daemons: Callable[..., Daemon]) -> None:
    daemon = daemons(BEATS)
    wait_for(lambda: len(runs(daemon, "beats")) > 7 and len(runs(daemon, "fails")) >= 2, 40)
    wait_for(lambda: daemon.http.get("/api/events?type=schedule.skipped_overlap").json()["events"])
    for one in schedules(daemon).values():
        daemon.http.post(f"/api/schedules/{one['id']}/pause")
    ended = ("completed", "failed")
    wait_for(lambda: all(run["status"] in ended for name in ("beats", "fails") for run in runs(daemon, name)), 30)
    daemon.http.post("/api/runs", json={"module_id": "beats"})  # a person's does not count
    yesterday = datetime.now(UTC).date() - timedelta(days=1)
    days = daemon.http.get("/api/schedules/calendar", params={"from": str(yesterday), "days": 3, "zone": "UTC"}).json()
    ran = {one["module_id"]: one for day in days["days"] for one in day["ran"]}
    beats = [run for run in runs(daemon, "beats") if run["requested_by"] == "schedule"]
    assert (ran["beats"]["outcomes"], ran["beats"]["each"]) == ({"completed": len(beats)}, [])
    assert ran["beats"]["first_at"] == min(run["created_at"] for run in beats)
    fails = [run["run_id"] for run in reversed(runs(daemon, "fails"))]
    assert ran["fails"]["outcomes"] == {"failed": len(fails)}
    assert [one["run_id"] for one in ran["fails"]["each"]] == (fails if len(fails) <= 6 else [])
    not_run = {(one["module_id"], one["why"]) for day in days["days"] for one in day["not_run"]}
    assert ("long", "skipped_overlap") in not_run


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
    wait_for(lambda: http.get(path).json()["last_status"] == "cancelled", 30)
    assert schedules(shared)["long"]["last_status"] == "cancelled"
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
