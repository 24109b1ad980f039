"""What is known of a target at one moment."""

from __future__ import annotations

from dataclasses import dataclass

from backend.database.repositories.notifications import Last
from backend.services.notifications.model import Target
from backend.services.notifications.outbox import Held


@dataclass(frozen=True, slots=True)
class Standing:
    """`waiting` messages are to be sent, `held` says what keeps those that are due, `trouble` why the last attempt
    failed."""

    target: Target
    waiting: int
    held: Held | None
    trouble: str | None
    last: Last


@dataclass(frozen=True, slots=True)
class Tried:
    """What became of a test: `error` is None where it was delivered; `delivery` is the id of the message."""

    error: str | None
    seconds: float
    delivery: int
