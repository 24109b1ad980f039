"""What led to an event is told with it: a real daemon, whose journal is followed from effect to cause."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from typing import Any

from tests.fakes.daemon import Daemon, wait_for
from tests.fakes.receivers import Hook

SLEEPS = [sys.executable, "-c", "import time; time.sleep(600)"]
FAILS = [sys.executable, "-c", "raise SystemExit(3)"]


def settings(port: int) -> dict[str, Any]:
    return {
        "services": {
            "base": {"command": SLEEPS, "start_seconds": 0.1},
            "above": {"command": SLEEPS, "depends_on": {"base": {"restart": True}}},
            "fails": {"command": FAILS, "restart": {"when": "on-failure", "max_restarts": 1}},
        },
        "alerts": {"rules": {"gave-up": {"service": "fails", "state": "failed"}}},
        "notifications": {"targets": {"hook": f"http://127.0.0.1:{port}/hook"}},
    }


class Journal:
    """All that was told, by id."""

    def __init__(self, daemon: Daemon) -> None:
        page = daemon.http.get("/api/events", params={"limit": 1000}).json()
        self.events: dict[str, dict[str, Any]] = {event["id"]: event for event in reversed(page["events"])}

    def one(self, type_: str, subject: str, last: bool = False) -> dict[str, Any]:
        found = [event for event in self.events.values() if (event["type"], event["subject"]) == (type_, subject)]
        return found[-1 if last else 0]

    def before(self, event: dict[str, Any]) -> list[tuple[str, str]]:
        """What led to it, the nearest first."""
        led = []
        while event["cause"] is not None:
            event = self.events[event["cause"]]
            led.append((event["subject"], event["type"]))
        return led


def told(daemon: Daemon, type_: str, subject: str, count: int = 1) -> None:
    wait_for(lambda: len(daemon.events(type_, subject)) >= count, what=f"{count} {type_} of {subject}")


def test_what_follows_a_crash_leads_back_to_it(daemons: Callable[..., Daemon]) -> None:
    hook = Hook()
    try:
        daemon = daemons(json.dumps(settings(hook.port)))
        daemon.post("fails", "start")
        told(daemon, "alert.fired", "gave-up")
        told(daemon, "crash.recorded", "fails", 2)
        told(daemon, "notification.delivered", "hook")
        journal = Journal(daemon)
    finally:
        hook.close()
    crash = ("fails", "service.exited")
    exits = [event for event in journal.events.values() if (event["subject"], event["type"]) == crash]
    assert [event["cause"] for event in exits] == [None, None]
    assert journal.before(journal.one("service.starting", "fails")) == []
    assert journal.before(journal.one("service.starting", "fails", last=True)) == [crash]
    again = journal.one("service.launched", "fails", last=True)
    assert journal.before(again) == [("fails", "service.starting"), crash]
    assert journal.one("service.failed", "fails")["cause"] == exits[1]["id"]
    assert journal.before(journal.one("alert.fired", "gave-up")) == [("fails", "service.failed"), crash]
    cards = [event for event in journal.events.values() if event["type"] == "crash.recorded"]
    assert [event["cause"] for event in cards] == [event["id"] for event in exits]
    assert journal.before(journal.one("notification.delivered", "hook"))[-1] == crash


def test_what_becomes_of_a_service_for_another_leads_to_that(daemons: Callable[..., Daemon]) -> None:
    daemon = daemons(json.dumps(settings(9)))
    daemon.post("above", "start")
    daemon.is_("above", "running")
    journal = Journal(daemon)
    assert journal.before(journal.one("service.starting", "above"))[0] == ("base", "service.started")
    assert journal.one("service.starting", "base")["cause"] is None
    daemon.post("base", "restart")
    told(daemon, "service.launched", "above", 2)
    journal = Journal(daemon)
    restarted = [("base", f"service.{what}") for what in ("starting", "stopped", "stopping")]
    stopping = journal.one("service.stopping", "above")
    assert journal.before(stopping) == [("base", "service.launched"), *restarted]
    launched = journal.one("service.launched", "above", last=True)
    assert journal.before(launched)[:2] == [("above", "service.starting"), ("base", "service.started")]
    assert journal.before(launched)[2:] == restarted


def test_a_change_of_the_file_leads_to_what_it_changed(daemons: Callable[..., Daemon]) -> None:
    written = settings(9)
    daemon = daemons(json.dumps(written))
    del written["services"]["above"]
    written["services"]["base"]["description"] = "another one"
    daemon.config.write_text(json.dumps(written), encoding="utf-8")
    told(daemon, "service.removed", "above")
    told(daemon, "service.changed", "base")
    journal = Journal(daemon)
    for event in (journal.one("service.removed", "above"), journal.one("service.changed", "base")):
        [(_, applied)] = journal.before(event)
        assert applied == "config.applied"
