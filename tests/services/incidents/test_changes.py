"""What is told as a change before a crash, and what is not."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from backend.core.events import Event, Fact
from backend.services.incidents.changes import gathered

AT = datetime(2026, 1, 1, tzinfo=UTC)


def test_what_the_service_itself_did_is_no_change_and_neither_is_an_alert_that_says_so() -> None:
    def alert(rule: str, kind: str, service: str) -> Fact:
        said: dict[str, Any] = {"kind": kind, "service": service}
        return Fact("alerts", "alert.fired", rule, payload=said)

    facts = [
        Fact("supervisor", "service.exited", "mine"),
        Fact("supervisor", "service.changed", "mine"),
        Fact("supervisor", "service.exited", "other"),
        Fact("supervisor", "service.exited", "other"),
        alert("crashed", "state", "mine"),
        alert("big", "metric", "mine"),
        alert("down", "state", "other"),
    ]
    events = [Event(len(facts) - place, AT, fact) for place, fact in enumerate(facts)]
    assert [(one.what, one.subject, one.times) for one in gathered(events, "mine")] == [
        ("service.changed", "mine", 1),
        ("service.exited", "other", 2),
        ("alert.fired", "big", 1),
        ("alert.fired", "down", 1),
    ]
