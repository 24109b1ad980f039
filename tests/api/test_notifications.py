"""Who is told, over HTTP: targets with what became of their messages, tests, and messages that are sent again."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from tests.fakes.daemon import Daemon, wait_for
from tests.fakes.receivers import Answer, Hook, hooked

TARGETS = """
services:
  gone: {{command: [no-such-program], restart: never}}
notifications:
  group: 0s
  targets:
    hook: {{url: "http://me:hunterTwo2@127.0.0.1:{port}/T01AB2CD3?key=K98765432", on: crash, quiet: {quiet}}}
    other: {{url: "http://127.0.0.1:{port}/X01AB2CD3", on: alert, template: "X01AB2CD3 {{reason}}"}}
"""
SECRETS = ("hunterTwo2", "T01AB2CD3", "K98765432", "X01AB2CD3")


@pytest.fixture
def hook() -> Iterator[Hook]:
    with hooked() as one:
        yield one


def test_a_test_says_what_came_of_it_and_is_listed(daemons: Callable[..., Daemon], hook: Hook) -> None:
    daemon = daemons(TARGETS.format(port=hook.port, quiet="null"))
    api = daemon.http
    tried = api.post("/api/notifications/targets/hook/test").json()
    assert (tried["delivered"], tried["error"], tried["delivery"]) == (True, None, 1)
    hook.answer = Answer(404)
    tried = api.post("/api/notifications/targets/other/test").json()
    assert (tried["delivered"], tried["error"], tried["delivery"]) == (False, "it answers 404 Not Found", 2)
    page = api.get("/api/notifications/deliveries", params={"limit": 1}).json()
    assert ([one["id"] for one in page["deliveries"]], page["next"]) == ([2], 2)
    page = api.get("/api/notifications/deliveries", params={"limit": 1, "before": 2}).json()
    assert ([one["id"] for one in page["deliveries"]], page["next"]) == ([1], None)
    for query, ids in (
        ({"state": "failed"}, [2]),
        ({"target": "hook"}, [1]),
        ({"target": "hook", "state": "failed"}, []),
    ):
        found = api.get("/api/notifications/deliveries", params=query).json()["deliveries"]
        assert [one["id"] for one in found] == ids
    first, second = api.get("/api/notifications/targets").json()["targets"]
    assert first["last_success"] is not None
    assert (second["last_success"], second["last_error"]) == (None, "it answers 404 Not Found")
    body = api.get("/api/notifications/deliveries", params={"target": "other"}).json()["deliveries"][0]["body"]
    assert body == "••• This is what a message of Control Center looks like here."


def test_what_is_not_there_or_has_arrived_is_a_problem(daemons: Callable[..., Daemon], hook: Hook) -> None:
    daemon = daemons(TARGETS.format(port=hook.port, quiet="null"))
    daemon.http.post("/api/notifications/targets/hook/test")
    for path, status, code in (
        ("targets/nobody/test", 404, "unknown_target"),
        ("deliveries/7/retry", 404, "unknown_delivery"),
        ("deliveries/1/retry", 409, "already_delivered"),
    ):
        answer = daemon.http.post(f"/api/notifications/{path}")
        assert (answer.status_code, answer.json()["error_code"]) == (status, code)
    assert daemon.http.get("/api/notifications/deliveries", params={"state": "lost"}).status_code == 422


def test_a_person_may_break_the_quiet(daemons: Callable[..., Daemon], hook: Hook) -> None:
    now = datetime.now().astimezone()
    begin, end = (f"{now + timedelta(hours=hours):%H:%M}" for hours in (-2, 2))
    daemon = daemons(TARGETS.format(port=hook.port, quiet=f'{{from: "{begin}", to: "{end}"}}'))
    daemon.post("gone", "start")
    wait_for(lambda: daemon.http.get("/api/notifications/deliveries").json()["deliveries"])
    (target, _) = daemon.http.get("/api/notifications/targets").json()["targets"]
    assert (target["quiet"], target["waiting"], target["held_by"]) == ({"from": begin, "to": end}, 1, "quiet")
    assert daemon.http.post("/api/notifications/deliveries/1/retry").json()["state"] == "sent"
    assert hook.titles == ["gone has failed"]


def test_no_part_of_an_address_is_in_any_answer(daemons: Callable[..., Daemon], hook: Hook) -> None:
    """Whatever can be asked without a parameter is asked for, and what the daemon has written is looked through."""
    daemon = daemons(TARGETS.format(port=hook.port, quiet="null"))
    hook.answer = Answer(500)
    for name in ("hook", "other"):
        daemon.http.post(f"/api/notifications/targets/{name}/test")
    paths = [path for path, of in daemon.http.get("/openapi.json").json()["paths"].items() if "get" in of]
    asked = {path: daemon.http.get(path).text for path in paths if "{" not in path}
    assert {"/api/notifications/targets", "/api/notifications/deliveries", "/api/events"} <= asked.keys()
    assert [path for path, text in asked.items() if re.search("|".join(SECRETS), text)] == []
    assert not re.search("|".join(SECRETS), daemon.output.read_text(encoding="utf-8"))
    files = [file for file in daemon.data_dir.rglob("*") if file.is_file() and "last-good" not in file.name]
    assert [file for file in files if re.search("|".join(SECRETS).encode(), file.read_bytes())] == []


def test_an_alert_a_run_and_a_scan_are_told_as_they_come(
    daemons: Callable[..., Daemon], hook: Hook, tmp_path: Path
) -> None:
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes" / "one.md").write_text("# One\n", encoding="utf-8")
    daemon = daemons(
        f"""
modules:
  works: {{name: Works, command: [sh, -c, "exit 0"]}}
knowledge: {{roots: ["{tmp_path}/notes"]}}
alerts: {{rules: {{full: {{metric: memory, above: 0%, severity: critical}}}}}}
notifications:
  group: 0s
  targets: {{hook: {{url: "http://127.0.0.1:{hook.port}", on: [alert, run_finished, scan_finished]}}}}
"""
    )
    daemon.http.post("/api/runs", json={"module_id": "works"})
    wait_for(lambda: len({posted.document["kind"] for posted in hook.got}) == 3, what="all three are told")
    told = {posted.document["kind"]: posted.document for posted in hook.got}
    assert {kind: (one["title"], one["severity"]) for kind, one in told.items()} == {
        "alert": ("Alert: full", "critical"),
        "run_finished": ("Works has finished", "info"),
        "scan_finished": ("The knowledge base was scanned", "info"),
    }
    assert told["alert"]["text"].startswith("memory is at ")
    assert told["scan_finished"]["text"].startswith("files: 1, new: ")
