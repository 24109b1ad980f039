"""Events and news as the daemon has them, for the tests of this folder."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from backend.core.events import Event, Fact
from backend.services.notifications.hearing import Hearing
from backend.services.notifications.model import News

HEARING = Hearing(lambda service: None, lambda module: module.title())


def event(type_: str, about: str | None, at: datetime, seq: int = 1, **payload: Any) -> Event:
    return Event(seq, at, Fact("some", type_, about, payload=payload))


def crash(at: datetime, service: str = "comfyui", seq: int = 1) -> News:
    found = HEARING.news(event("service.exited", service, at, seq, exit_code=1, signal=None, exit="exit code 1"))
    assert found is not None
    return found


def gave_up(at: datetime, service: str = "comfyui", seq: int = 1) -> News:
    found = HEARING.news(event("service.failed", service, at, seq, reason="exit code 1; 5 restarts within 60 s"))
    assert found is not None
    return found


def alert(status: str, at: datetime, seq: int = 1, **other: Any) -> Event:
    payload = {
        "id": 1, "rule": "hot", "kind": "metric", "severity": "critical", "subject": "gpu:0:temperature",
        "service": None, "summary": "GPU 0 has 91 °C", "value": 91.0, "unit": "celsius", "reason": None, "quiet": None,
    }  # fmt: skip
    return event(f"alert.{status}", "hot", at, seq, **{**payload, **other})
