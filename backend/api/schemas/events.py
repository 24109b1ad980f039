"""Events on the wire."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, Field

from backend.database.history import Live, Told


class EventView(BaseModel):
    """A fact in the past tense, told after it was true."""

    id: str = Field(description="32 hexadecimal digits, never used again")
    seq: int = Field(description="its place in the order; only grows, may skip")
    at: datetime = Field(description="when it was told, UTC")
    area: str = Field(description="the part of the program that told it")
    type: str = Field(description="what happened, e.g. `service.started`")
    version: int = Field(description="of the shape of `payload` for this type")
    subject: str | None = Field(description="what it happened to, e.g. the id of a service")
    actor: str = Field(description="who caused it: `local`, `user`, `schedule` or `daemon`")
    host: str = Field(description="the machine it happened on")
    cause: str | None = Field(description="the `id` of the event that led to it")
    payload: dict[str, Any] = Field(description="what the type says besides")
    stored: bool = Field(description="false while it waits for the database, and when told live")

    @classmethod
    def of(cls, told: Told) -> EventView:
        return cls.model_validate({**told.event.as_json(), "stored": told.stored})


class EventPage(BaseModel):
    events: list[EventView]
    next: int | None = Field(
        description="`before` (or, where `since` was given, `since`) of the following page; null at the end. "
        "A page with a `next` may have fewer events than its limit"
    )


class EventType(BaseModel):
    type: str
    area: str


class EventTypes(BaseModel):
    types: list[EventType]


class EventMessage(BaseModel):
    """One event."""

    type: Literal["event"] = "event"
    event: EventView


class LiveMessage(BaseModel):
    """All that was told up to `seq` has been sent; what follows comes as it is told."""

    type: Literal["live"] = "live"
    seq: int


def message(news: Told | Live) -> str:
    """The text of a frame of `WS /api/events/ws`."""
    if isinstance(news, Live):
        return LiveMessage(seq=news.seq).model_dump_json()
    return EventMessage(event=EventView.of(news)).model_dump_json()
