"""An event: a typed fact in the past tense, told after it is true."""

from __future__ import annotations

import random
import socket
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

HOST = socket.gethostname()


def _new_id() -> str:
    """Like `uuid4`, without a call of the system for each: there, others take the interpreter for milliseconds."""
    return uuid.UUID(int=random.getrandbits(128), version=4).hex


@dataclass(frozen=True, slots=True)
class Fact:
    """What an area says happened. The journal gives it its place in the order and its time.

    `type` is `<area>.<past tense>`, e.g. `service.started`; `actor` is `local`, `user`, `schedule` or `daemon`;
    `cause` is the id of the event that led to it. `payload` must be JSON and hold no secret.
    """

    area: str
    type: str
    subject: str | None = None
    actor: str = "daemon"
    cause: str | None = None
    payload: Mapping[str, Any] = field(default_factory=dict)
    version: int = 1


@dataclass(frozen=True, slots=True)
class Event:
    """A fact with its place: `seq` grows by one and is the key by which clients resume."""

    seq: int
    at: datetime
    fact: Fact
    host: str = HOST
    id: str = field(default_factory=_new_id)

    def as_json(self) -> dict[str, Any]:
        fact = self.fact
        return {
            "id": self.id,
            "seq": self.seq,
            "at": self.at.isoformat(),
            "area": fact.area,
            "type": fact.type,
            "version": fact.version,
            "subject": fact.subject,
            "actor": fact.actor,
            "host": self.host,
            "cause": fact.cause,
            "payload": dict(fact.payload),
        }
