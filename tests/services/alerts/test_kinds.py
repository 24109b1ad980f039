"""Each kind of rule in a real daemon: it pends, it fires, it is silenced, it is resolved. And what raises nothing."""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.fakes.daemon import Daemon, wait_for

SPEAKER = """
import time
from pathlib import Path

say, taken = Path("say"), b""
print("ready", flush=True)
while True:
    time.sleep(0.02)
    if not say.exists():
        continue
    words = say.read_text(encoding="utf-8")
    say.unlink()
    if words == "take memory":
        taken = b"x" * 100_000_000
    elif words == "give it back":
        taken = b""
    else:
        print(words, flush=True)
"""
SICK = "import pathlib, sys, time\nif not pathlib.Path('well').exists(): sys.exit(3)\ntime.sleep(600)"
STEADY = [sys.executable, "-c", "import time; time.sleep(600)"]
ANYTHING = ["stopped", "waiting", "starting", "stopping", "backoff", "exited", "failed", "unhealthy", "crashed"]


def definitions(folder: Path, **alerts: Any) -> dict[str, Any]:
    for name in ("speaker", "mute", "sick"):
        (folder / name).mkdir(exist_ok=True)
    return {
        "services": {
            "speaker": {"command": [sys.executable, "-c", SPEAKER], "cwd": "speaker", "autostart": True},
            "mute": {"command": [sys.executable, "-c", SPEAKER], "cwd": "mute", "autostart": True},
            "sick": {
                "command": [sys.executable, "-c", SICK],
                "cwd": "sick",
                "restart": {"when": "on-failure", "max_restarts": 0},
                "start_seconds": 0.2,
            },
            "steady": {"command": STEADY, "autostart": True, "start_seconds": 0.2},
        },
        "usage": {
            "prices": {"house": {"input": 1_000_000, "output": 0}},
            "budgets": {"daily": {"per": "day", "soft": 8, "hard": 10}},
        },
        "alerts": alerts,
    }


RULES: dict[str, Any] = {
    "hungry": {"metric": "memory", "service": "speaker", "above": "90MB", "clear": "60MB", "for": "1s"},
    "down": {"state": "failed", "service": "sick", "for": "1s", "severity": "critical"},
    "oom": {"log": "CUDA out of (memory|luck)", "service": "speaker", "within": "10s", "for": "1s"},
    "spend": {"budget": "daily", "at": "80%", "for": "1s", "severity": "info"},
    "quiet": {"silence": "2s", "service": "mute", "for": "1s"},
    "anything": {"state": ANYTHING, "service": "steady"},
    "always": {"metric": "memory", "above": "0%"},
    "nowhere": {"state": "failed", "service": "no-such"},
}
WINDOW = {"name": "every day", "from": "00:00", "to": "24:00", "rules": ["always"]}


class Alerting:
    """A daemon and what it tells of alerts."""

    def __init__(self, daemon: Daemon, content: dict[str, Any]) -> None:
        self.daemon = daemon
        self.content = content

    def say(self, tool: str, words: str) -> None:
        new = self.daemon.folder / tool / "new"
        new.write_text(words, encoding="utf-8")
        new.rename(new.with_name("say"))

    def told(self, rule: str) -> list[dict[str, Any]]:
        """Events of a rule, oldest first, each with its type in short."""
        found = self.daemon.http.get("/api/events", params={"area": "alerts", "subject": rule, "limit": 500})
        return [{**one["payload"], "type": one["type"].removeprefix("alert.")} for one in found.json()["events"][::-1]]

    def wait_for(self, rule: str, what: str, count: int = 1) -> dict[str, Any]:
        """The newest event of that type, once there are so many."""

        def seen() -> dict[str, Any] | None:
            found = [one for one in self.told(rule) if one["type"] == what]
            return found[-1] if len(found) >= count else None

        found: dict[str, Any] = wait_for(seen, what=f"{rule} is {what}")
        return found

    def rule(self, name: str) -> dict[str, Any]:
        rules = self.daemon.http.get("/api/alerts/rules").json()["rules"]
        found: dict[str, Any] = next(one for one in rules if one["name"] == name)
        return found

    def write(self, content: dict[str, Any]) -> None:
        self.content = content
        self.daemon.config.write_text(json.dumps(content), encoding="utf-8")


@pytest.fixture(scope="module")
def alerting(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Alerting]:
    folder = tmp_path_factory.mktemp("alerting")
    content = definitions(folder, rules=RULES, maintenance=[WINDOW])
    daemon = Daemon(folder, json.dumps(content))
    daemon.start()
    try:
        yield Alerting(daemon, content)
    finally:
        daemon.close()


def spend(alerting: Alerting) -> None:
    report = {"provider": "house", "model": "house", "input_tokens": 9, "output_tokens": 0}
    assert alerting.daemon.http.post("/api/usage", json=report).json()["cost"] == 9


def raise_budget(alerting: Alerting) -> None:
    budgets = {"daily": {"per": "day", "soft": 80, "hard": 100}}
    alerting.write({**alerting.content, "usage": {**alerting.content["usage"], "budgets": budgets}})


def heal(alerting: Alerting) -> None:
    (alerting.daemon.folder / "sick" / "well").touch()
    alerting.daemon.post("sick", "start")


@dataclass(frozen=True)
class Case:
    rule: str
    brings_about: Callable[[Alerting], object]
    ends: Callable[[Alerting], object]
    subject: str
    service: str | None
    severity: str
    summary: str


CASES = [
    Case(
        "hungry",
        lambda alerting: alerting.say("speaker", "take memory"),
        lambda alerting: alerting.say("speaker", "give it back"),
        *("service:speaker:memory", "speaker", "warning", "memory of speaker is at 1"),
    ),
    Case(
        "down",
        lambda alerting: alerting.daemon.post("sick", "start"),
        heal,
        *("sick", "sick", "critical", "sick has failed"),
    ),
    Case(
        "oom",
        lambda alerting: alerting.say("speaker", "\x1b[31mError:\x1b[0m CUDA out of memory"),
        lambda alerting: None,  # time passes
        *("speaker", "speaker", "warning", "speaker wrote `Error: CUDA out of memory`"),
    ),
    Case("spend", spend, raise_budget, "daily", None, "info", "daily 90 % is spent: $9.00 of $10.00"),
    Case(
        "quiet",
        lambda alerting: None,
        lambda alerting: alerting.say("mute", "not any more"),
        *("mute", "mute", "warning", "mute has written nothing for"),
    ),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.rule)
def test_it_pends_and_fires_and_is_silenced_and_resolved(case: Case, alerting: Alerting) -> None:
    case.brings_about(alerting)
    pending, fired = alerting.wait_for(case.rule, "pending"), alerting.wait_for(case.rule, "fired")
    assert (pending["id"], pending["state"], fired["state"]) == (None, "pending", "firing")
    assert (fired["subject"], fired["service"], fired["severity"]) == (case.subject, case.service, case.severity)
    assert case.summary in fired["summary"]
    assert fired["quiet"] is None
    silenced = alerting.daemon.http.post(f"/api/alerts/{fired['id']}/silence", json={"for": "10m"})
    assert silenced.status_code == 200
    assert silenced.json()["silenced_by"] == "local"
    case.ends(alerting)
    resolved = alerting.wait_for(case.rule, "resolved")
    assert (resolved["id"], resolved["state"], resolved["quiet"]) == (fired["id"], "resolved", "silenced")
    assert [one["type"] for one in alerting.told(case.rule)][:4] == ["pending", "fired", "silenced", "resolved"]
    past = alerting.daemon.http.get("/api/alerts", params={"state": "resolved"}).json()["alerts"]
    assert fired["id"] in [one["id"] for one in past]


def test_what_a_person_asks_for_raises_nothing_and_a_crash_does(alerting: Alerting) -> None:
    daemon = alerting.daemon
    daemon.is_("steady", "running")
    for action, status in (("restart", "running"), ("stop", "stopped"), ("start", "running"), ("restart", "running")):
        assert daemon.post("steady", action).status_code < 300
        daemon.is_("steady", status)
    pid = daemon.is_("steady", "running")["pid"]
    assert alerting.told("anything") == []
    os.kill(pid, signal.SIGKILL)
    assert "steady has crashed" in alerting.wait_for("anything", "fired")["summary"]
    resolved = alerting.wait_for("anything", "resolved")
    assert "steady has crashed" in resolved["summary"]
    assert resolved["reason"] == "steady is running"


def test_what_fires_in_maintenance_is_told_when_that_is_over(alerting: Alerting) -> None:
    fired = alerting.wait_for("always", "fired")
    assert (fired["quiet"], fired["state"]) == ("maintenance", "firing")
    shown = alerting.daemon.http.get("/api/alerts").json()["alerts"]
    (always,) = [one for one in shown if one["rule"] == "always"]
    assert (always["maintenance"], always["told_at"]) == ("every day", None)
    alerting.write({**alerting.content, "alerts": {"rules": RULES}})
    assert alerting.wait_for("always", "reminded")["quiet"] is None


def test_a_rule_that_can_see_nothing_says_why(alerting: Alerting) -> None:
    assert alerting.rule("nowhere")["problem"] == "there is no service `no-such`"
    assert alerting.rule("always")["problem"] is None


@pytest.mark.parametrize(
    ("path", "body", "status", "code"),
    [
        ("999", None, 404, "alert_not_found"),
        ("0", None, 422, "not_valid"),
        (str(10**30), None, 422, "not_valid"),
        ("rules/no-such", None, 404, "rule_not_found"),
        ("rules/always", {"for": "soon"}, 422, "invalid_silence"),
        ("rules/always", {"for": 0}, 422, "invalid_silence"),
        ("rules/always", {"for": "2y"}, 422, "invalid_silence"),
        ("rules/always", {"until": "tomorrow"}, 422, "not_valid"),
    ],
)
def test_what_makes_no_sense_is_refused(path: str, body: Any, status: int, code: str, alerting: Alerting) -> None:
    answer = alerting.daemon.http.post(f"/api/alerts/{path}/silence", json=body)
    assert (answer.status_code, answer.json()["error_code"]) == (status, code)


def test_a_place_that_no_page_has_given_is_refused_by_the_name_of_its_parameter(alerting: Alerting) -> None:
    answer = alerting.daemon.http.get("/api/alerts", params={"before": "yesterday!"})
    assert (answer.status_code, answer.json()["error_code"]) == (422, "invalid_cursor")
    assert "as `before` the `cursor` of the page before" in answer.json()["detail"]


def test_a_daemon_that_was_killed_tells_nothing_twice(alerting: Alerting) -> None:
    fired = alerting.wait_for("always", "fired")
    alerting.daemon.http.post("/api/alerts/rules/oom/silence", json={"for": "1h"})
    before, earlier = alerting.told("always"), alerting.told("oom")
    alerting.daemon.kill()
    alerting.daemon.start()
    seen = wait_for(lambda: alerting.rule("always")["subjects"][0], what="the rule is looked at")
    assert (seen["state"], seen["alert_id"]) == ("firing", fired["id"])
    alerting.say("speaker", "CUDA out of luck")  # whatever is told after that was told by this daemon
    again = sum(one["type"] == "fired" for one in earlier) + 1
    assert alerting.wait_for("oom", "fired", again)["quiet"] == "silenced"
    assert alerting.told("always") == before
    assert alerting.rule("oom")["silenced_by"] == "local"


def test_an_alert_of_a_rule_that_changes_or_goes_is_over(alerting: Alerting) -> None:
    rules = {**RULES, "always": {**RULES["always"], "severity": "info"}}
    alerting.write({**alerting.content, "alerts": {"rules": rules}})
    assert alerting.wait_for("always", "resolved")["reason"] == "the rule was changed"
    assert alerting.wait_for("always", "fired", 2)["severity"] == "info"
    del rules["always"]
    alerting.write({**alerting.content, "alerts": {"rules": rules}})
    assert alerting.wait_for("always", "resolved", 2)["reason"] == "the rule was removed"
    assert "always" not in [one["name"] for one in alerting.daemon.http.get("/api/alerts/rules").json()["rules"]]
