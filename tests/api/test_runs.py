"""Runs over HTTP, with real processes: what is asked, what comes of it, what is refused."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psutil
import pytest
from websockets.sync.client import connect

from tests.fakes.daemon import Daemon, alive, wait_for

if sys.platform == "win32":
    pytest.skip("shell scripts of POSIX", allow_module_level=True)

MODULES = r"""
modules:
  quick: {name: Quick one, command: ["true"]}
  bad: {command: [sh, -c, 'echo starting; echo "ERROR: no such table"; echo bye; exit 5']}
  none: {command: [no-such-program-anywhere]}
  off: {command: ["true"], enabled: false}
  long: {command: [sleep, "300"]}
  big: {command: [python3, -c, "x = b'x' * (120 << 20)\nfor _ in range(10**6): pass"]}
  gpu: {command: [sleep, "300"], exclusive: [gpu0]}
  again: {command: ["false"], retries: {attempts: 1, delay: 300s}}
  twice: {command: [sh, -c, 'echo "ERROR: $CONTROL_CENTER_TREE"; exit 1'], retries: {attempts: 1, delay: 0s}}
  slow: {command: [sleep, "300"], timeout: 0.3s, retries: {attempts: 1, delay: 0.1s}}
  form:
    command: [sh, -c, 'printf "%s\n" "$0" "$@" > "$CONTROL_CENTER_RUN_DIR/words.txt"']
    parameters:
      - {name: count, type: number, required: true, min: 1, max: 10}
      - {name: mode, type: select, options: [fast, good], default: fast}
  reads:
    command: [sh, -c, "cat; echo; echo $HIDDEN_NAME > seen"]
    pass: stdin
    parameters: [{name: key, type: password, required: true}, {name: name, default: x}]
  grows:
    command: [sh, -c, 'echo "{\"progress\": 0.5, \"message\": \"half\", \"items\": 2, \"total\": 4}"; echo "{\"metrics\": {\"loss\": 0.1}}"; sleep 300']
  stubborn:
    command:
      - sh
      - -c
      - 'trap "" TERM; (setsid sh -c "trap \"\" TERM; while true; do sleep 1; done" &) ; sh -c "sleep 300; true" & while true; do sleep 1; done'
    stop: {timeout: 0.5s}
"""  # noqa: E501  # scripts as people write them


def ask(daemon: Daemon, module: str, **parameters: Any) -> dict[str, Any]:
    answer = daemon.http.post("/api/runs", json={"module_id": module, "parameters": parameters})
    assert answer.status_code == 202, answer.text
    found: dict[str, Any] = answer.json()
    return found


def seen(daemon: Daemon, run: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = daemon.http.get(f"/api/runs/{run['run_id']}").json()
    return found


def until(daemon: Daemon, run: dict[str, Any], *statuses: str) -> dict[str, Any]:
    def there() -> dict[str, Any] | None:
        view = seen(daemon, run)
        return view if view["status"] in statuses else None

    found: dict[str, Any] = wait_for(there, 30, f"it is {statuses}")
    return found


def test_a_run_is_queued_then_completed_with_every_field_that_clients_know(daemons: Callable[..., Daemon]) -> None:
    daemon = daemons(MODULES)
    asked = ask(daemon, "quick")
    assert asked["status"] == "queued"
    assert asked["run"]["run_id"] == asked["run_id"]
    view = until(daemon, asked, "completed")
    wanted = {
        *("run_id", "module_id", "module_name", "status", "created_at", "started_at", "completed_at"),
        *("duration_seconds", "progress_percent", "items_processed", "items_total", "exit_code", "error_message"),
        *("parameters", "run"),
    }
    assert wanted <= view.keys()
    assert (view["module_name"], view["exit_code"], view["duration_seconds"]) == ("Quick one", 0, 0)
    assert view["created_at"] <= view["started_at"] <= view["completed_at"]
    assert all(view[name].endswith("Z") for name in ("created_at", "started_at", "completed_at"))
    assert [event["payload"]["module_id"] for event in daemon.events("run.completed")] == ["quick"]
    again = daemon.http.post(f"/api/runs/{asked['run_id']}/rerun")
    assert again.status_code == 202
    assert again.json()["run_id"] != asked["run_id"]


def test_a_failure_has_its_exit_code_and_the_words_that_tell_why(daemons: Callable[..., Daemon]) -> None:
    daemon = daemons(MODULES)
    view = until(daemon, ask(daemon, "bad"), "failed")
    assert (view["exit_code"], view["reason"], view["error_message"]) == (5, "exit code 5", "ERROR: no such table")
    view = until(daemon, ask(daemon, "none"), "failed")
    assert view["exit_code"] is None
    assert "no-such-program-anywhere" in view["error_message"]


def test_the_words_that_tell_why_are_those_of_the_last_attempt(daemons: Callable[..., Daemon]) -> None:
    daemon = daemons(MODULES)
    view = until(daemon, ask(daemon, "twice"), "failed")
    assert (view["attempt"], view["error_message"]) == (2, f"ERROR: {view['tree']}")


def test_what_cannot_be_run_is_refused_with_every_fault(daemons: Callable[..., Daemon]) -> None:
    daemon = daemons(MODULES)
    http = daemon.http
    refused = http.post("/api/runs", json={"module_id": "form", "parameters": {"count": 99, "mode": "best"}})
    assert (refused.status_code, refused.json()["error_code"]) == (422, "invalid_parameters")
    assert [fault["where"] for fault in refused.json()["errors"]] == ["parameters.count", "parameters.mode"]
    many = {f"p{number}": 1 for number in range(101)}
    assert http.post("/api/modules/form/run", json={"parameters": many}).status_code == 422
    off = http.post("/api/modules/off/run", json={})
    assert (off.status_code, off.json()["error_code"]) == (409, "module_unavailable")
    nobody = http.post("/api/runs", json={"module_id": "nobody"})
    assert (nobody.status_code, nobody.json()["error_code"]) == (404, "module_not_found")
    for path in ("/api/runs/run_1", "/api/runs/run_20260101_000000_x_00000000"):
        assert http.get(path).json()["error_code"] == "run_not_found"
        assert http.delete(path).status_code == 404
    assert http.get("/api/runs").json() == {"runs": [], "total": 0, "limit": 50, "offset": 0, "cursor": None}
    assert http.get("/api/runs", params={"status": "dancing"}).status_code == 422
    assert http.get("/api/runs", params={"limit": 101}).status_code == 422
    assert http.get("/api/runs", params={"since": "0001-01-01T00:00:00+05:00"}).status_code == 422
    assert http.get("/api/runs?since=2026-01-01T00:00:00+02:00").status_code == 200
    assert http.get("/api/runs", params={"cursor": "?"}).json()["error_code"] == "invalid_cursor"


def test_parameters_reach_the_script_and_its_folder(daemons: Callable[..., Daemon]) -> None:
    daemon = daemons(MODULES)
    run = until(daemon, ask(daemon, "form", count=3), "completed")
    folder = daemon.data_dir / "runs" / run["run_id"]
    assert (folder / "words.txt").read_text().splitlines() == ["--count", "3", "--mode", "fast"]
    assert json.loads((folder / "parameters.json").read_text()) == {"count": 3, "mode": "fast"}


def test_a_secret_reaches_the_script_and_nothing_else(daemons: Callable[..., Daemon]) -> None:
    daemon = daemons(MODULES)
    run = until(daemon, ask(daemon, "reads", key="open-sesame-42"), "completed")
    log = daemon.data_dir / "runs" / run["run_id"] / "output.log"
    assert json.loads(log.read_text()) == {"key": "open-sesame-42", "name": "x"}
    assert run["parameters"] == {"name": "x", "key": "•••"}
    daemon.stop()
    others = [path for path in daemon.folder.rglob("*") if path.is_file() and path != log]
    assert not [path for path in others if b"open-sesame-42" in path.read_bytes()]
    daemon.start()
    refused = daemon.http.post(f"/api/runs/{run['run_id']}/rerun")
    assert (refused.status_code, refused.json()["errors"][0]["where"]) == (422, "parameters.key")


def test_cancelling_ends_a_whole_tree_that_will_not_listen(daemons: Callable[..., Daemon]) -> None:
    daemon = daemons(MODULES)
    run = until(daemon, ask(daemon, "stubborn"), "running")
    root = psutil.Process(run["pid"])

    def family() -> list[int]:
        marked = f"CONTROL_CENTER_TREE={run['tree']}"
        found = []
        for process in psutil.process_iter():
            try:
                if marked == f"CONTROL_CENTER_TREE={process.environ().get('CONTROL_CENTER_TREE')}":
                    found.append(process.pid)
            except psutil.Error:
                continue
        return found if len(found) >= 5 else []

    pids = wait_for(family, what="children and grandchildren")
    assert root.pid in pids
    begun = time.monotonic()
    answer = daemon.http.delete(f"/api/runs/{run['run_id']}", params={"timeout": 0.1})
    view = answer.json()
    assert (answer.status_code, view["status"], view["ending"]) == (202, "running", "cancelled")
    assert [(rung["name"], rung["state"]) for rung in view["ladder"]["rungs"]] == [("SIGTERM", "now"), ("kill", "next")]
    assert until(daemon, run, "cancelled")["ladder"] is None
    assert time.monotonic() - begun < 15
    assert not [pid for pid in pids if alive(pid)]
    refused = daemon.http.delete(f"/api/runs/{run['run_id']}")
    assert (refused.status_code, refused.json()["error_code"]) == (400, "run_not_cancellable")
    assert seen(daemon, run)["status"] == "cancelled"


def test_two_hundred_runs_have_two_hundred_right_rows(daemons: Callable[..., Daemon]) -> None:
    daemon = daemons(MODULES)
    with ThreadPoolExecutor(8) as pool:
        asked = list(pool.map(lambda _: ask(daemon, "quick"), range(200)))

    def done() -> bool:
        return bool(daemon.http.get("/api/runs", params={"status": "completed", "limit": 1}).json()["total"] == 200)

    wait_for(done, 50, "all are completed")
    rows: list[dict[str, Any]] = []
    cursor = None
    while True:
        page = daemon.http.get("/api/runs", params={"limit": 70, **({"cursor": cursor} if cursor else {})}).json()
        rows += page["runs"]
        if (cursor := page["cursor"]) is None:
            break
    assert [row["job_id"] for row in rows] == list(range(200, 0, -1))
    assert {row["run_id"] for row in rows} == {run["run_id"] for run in asked}
    for row in rows:
        assert (row["status"], row["exit_code"], row["attempt"]) == ("completed", 0, 1)
        assert row["created_at"] <= row["started_at"] <= row["completed_at"]
    pages = [daemon.http.get("/api/runs", params={"limit": 60, "offset": at}).json() for at in (0, 60, 120, 180, 240)]
    assert [run["job_id"] for page in pages for run in page["runs"]] == list(range(200, 0, -1))
    jobs = daemon.http.get("/api/jobs", params={"type": "run", "subject": "quick", "status": "completed"}).json()
    assert (jobs["total"], len(jobs["jobs"]), jobs["jobs"][0]["id"]) == (200, 50, 200)
    [module] = [one for one in daemon.http.get("/api/modules").json()["modules"] if one["id"] == "quick"]
    assert (module["total_runs"], module["success_rate"]) == (200, 100.0)


def test_filters_may_be_combined(daemons: Callable[..., Daemon]) -> None:
    daemon = daemons(MODULES)
    good, bad, long = ask(daemon, "quick"), ask(daemon, "bad"), ask(daemon, "long")
    until(daemon, good, "completed")
    until(daemon, bad, "failed")
    until(daemon, long, "running")

    def found(**query: str) -> list[str]:
        return [run["module_id"] for run in daemon.http.get("/api/runs", params=query).json()["runs"]]

    assert found() == ["long", "bad", "quick"]
    assert found(status="failed") == ["bad"]
    assert found(module_id="bad", status="completed") == []
    assert found(module_id="long", status="running") == ["long"]
    assert found(q="TABLE such") == ["bad"]
    assert found(q=good["run_id"][-8:]) == ["quick"]
    assert found(q="such", module_id="quick") == []
    assert found(since=bad["created_at"]) == ["long", "bad"]
    assert found(since=good["created_at"], until=long["created_at"], status="failed") == ["bad"]
    assert daemon.http.get("/api/runs", params={"since": "yesterday"}).json()["error_code"] == "not_valid"


def test_what_waits_says_for_what_and_starts_when_that_is_free(daemons: Callable[..., Daemon]) -> None:
    daemon = daemons(MODULES, MAX_CONCURRENT_RUNS="2")
    first, second, third = ask(daemon, "gpu"), ask(daemon, "gpu"), ask(daemon, "long")
    until(daemon, first, "running")
    until(daemon, third, "running")
    view = seen(daemon, second)
    assert (view["status"], view["position"]) == ("queued", 1)
    assert view["waiting_for"] == f"gpu0 is held by gpu ({first['run_id']})"
    with connect(daemon.address.replace("http", "ws") + "/api/runs/ws") as socket:
        message = json.loads(socket.recv(timeout=10))
        assert (message["type"], [run["module_id"] for run in message["runs"]]) == ("runs", ["gpu", "long", "gpu"])
        assert daemon.http.delete(f"/api/runs/{first['run_id']}").json()["status"] == "cancelled"
        until(daemon, second, "running")
        while [run["status"] for run in message["runs"]] != ["running", "running"]:
            message = json.loads(socket.recv(timeout=10))


def test_an_attempt_that_takes_too_long_is_followed_by_another(daemons: Callable[..., Daemon]) -> None:
    daemon = daemons(MODULES)
    view = until(daemon, ask(daemon, "slow"), "timed_out")
    assert (view["attempt"], view["max_attempts"], view["reason"]) == (2, 2, "it took longer than 0.3 s")
    assert [(one["number"], one["status"]) for one in view["attempts"]] == [(1, "timed_out")]


def test_a_run_says_how_far_it_is_and_what_it_uses_is_kept_over_a_crash(daemons: Callable[..., Daemon]) -> None:
    daemon = daemons(MODULES, WS_UPDATE_INTERVAL="0.2")
    run = ask(daemon, "grows")
    view = wait_for(lambda: (found := seen(daemon, run))["metrics"] and found["memory_bytes"] and found)
    assert (view["progress_percent"], view["message"], view["items_processed"], view["items_total"]) == (
        50,
        "half",
        2,
        4,
    )
    assert view["metrics"] == {"loss": 0.1}
    assert view["memory_bytes"] > 0
    usage = wait_for(lambda: (found := daemon.http.get(f"/api/runs/{run['run_id']}/usage").json())["at"] and found)
    daemon.kill()
    daemon.start()
    wait_for(lambda: seen(daemon, run)["status"] == "running")
    later = wait_for(
        lambda: (
            len((found := daemon.http.get(f"/api/runs/{run['run_id']}/usage").json())["at"]) > len(usage["at"])
            and found
        )
    )
    assert all(later[column][: len(usage["at"])] == usage[column] for column in ("at", "cpu_percent", "memory_bytes"))
    assert len(later["at"]) == len(later["cpu_percent"]) == len(later["memory_bytes"])
    daemon.http.delete(f"/api/runs/{run['run_id']}")
    assert seen(daemon, run)["peak_memory_bytes"] >= view["memory_bytes"]


def test_what_waits_for_another_attempt_may_be_cancelled(daemons: Callable[..., Daemon]) -> None:
    daemon = daemons(MODULES)
    run = ask(daemon, "again")
    wait_for(lambda: seen(daemon, run)["attempts"], what="the first attempt is over")
    cancelled = daemon.http.delete(f"/api/runs/{run['run_id']}")
    assert (cancelled.status_code, cancelled.json()["status"]) == (200, "cancelled")
    assert [(one["number"], one["exit_code"]) for one in cancelled.json()["attempts"]] == [(1, 1)]


def test_a_dry_run_executes_nothing_and_completes(daemons: Callable[..., Daemon]) -> None:
    daemon = daemons(MODULES, PRISMQ_RUN_MODE="dry-run")
    run = until(daemon, ask(daemon, "form", count=3), "completed")
    folder = daemon.data_dir / "runs" / run["run_id"]
    assert not (folder / "words.txt").exists()
    assert "--count 3" in (folder / "output.log").read_text()
    assert (run["exit_code"], run["pid"]) == (0, None)


def test_what_a_short_run_used_is_known_from_its_end(daemons: Callable[..., Daemon]) -> None:
    daemon = daemons(MODULES, WS_UPDATE_INTERVAL="60")  # nobody looks meanwhile
    run = until(daemon, ask(daemon, "big"), "completed")
    assert 120 << 20 < run["peak_memory_bytes"] < 400 << 20
    assert 0 < run["cpu_seconds"] <= run["duration"] + 0.1
