import json
from dataclasses import FrozenInstanceError
from datetime import UTC, datetime, timedelta

import pytest

from backend.core.events import Event, Fact

AT = datetime(2026, 5, 1, 12, 0, 0, 250, tzinfo=UTC)


def test_an_event_as_json_says_all_that_is_known_of_it() -> None:
    event = Event(3, AT, Fact("supervisor", "service.started", "comfyui", actor="local", payload={"pid": 12}))
    said = json.loads(json.dumps(event.as_json()))
    assert said == {
        "id": event.id,
        "seq": 3,
        "at": "2026-05-01T12:00:00.000250+00:00",
        "area": "supervisor",
        "type": "service.started",
        "version": 1,
        "subject": "comfyui",
        "actor": "local",
        "host": event.host,
        "cause": None,
        "payload": {"pid": 12},
    }


def test_the_time_of_an_event_on_the_wire_has_its_zone() -> None:
    at = datetime.fromisoformat(Event(1, AT, Fact("supervisor", "service.stopped")).as_json()["at"])
    assert at.utcoffset() == timedelta(0)


def test_no_two_events_share_an_id() -> None:
    assert len({Event(1, AT, Fact("a", "b")).id for _ in range(1000)}) == 1000


def test_what_was_told_cannot_be_changed() -> None:
    event = Event(1, AT, Fact("supervisor", "service.started"))
    with pytest.raises(FrozenInstanceError):
        event.seq = 2  # type: ignore[misc]
