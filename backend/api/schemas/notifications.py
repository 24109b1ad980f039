"""Targets and messages on the wire. The address of a target is never among them."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from backend.database.tables.notifications import DeliveryRow
from backend.services.notifications.model import Kind, Means, Severity, State
from backend.services.notifications.standing import Standing

About = Literal["service", "module", "alert", "knowledge", "target"]


class QuietHours(BaseModel):
    """Messages wait while it is quiet. Times of the day as `22:00`, by the clock of this machine."""

    model_config = ConfigDict(populate_by_name=True)

    begin: str = Field(alias="from")
    end: str = Field(alias="to")


class TargetView(BaseModel):
    """Somebody to tell. `address` is what may be shown of where that is: `mailto://…`."""

    name: str
    means: Means
    address: str
    on: list[Kind] = Field(description="of what it hears")
    services: list[str] | None = Field(description="of which services alone; null for all")
    modules: list[str] | None = Field(description="of runs of which modules alone; null for all")
    min_severity: Severity
    quiet: QuietHours | None
    template: bool = Field(description="whether it has words of its own")
    per_hour: int = Field(description="messages that it gets in an hour at most")
    waiting: int = Field(description="messages that are to be sent")
    held_until: datetime | None = Field(description="until when those that are due wait too, where they do")
    held_by: Literal["quiet", "rate", "retry"] | None = Field(
        description="quiet hours, `per_hour`, or an attempt that failed"
    )
    trouble: str | None = Field(description="why the last attempt failed, or the address can never be told anything")
    last_success: datetime | None
    last_failure: datetime | None = Field(description="when a message was given up")
    last_error: str | None = Field(description="why that was")

    @classmethod
    def of(cls, one: Standing) -> TargetView:
        target, held, last = one.target, one.held, one.last
        quiet = target.quiet
        return cls(
            name=target.name,
            means=target.means,
            address=target.address,
            on=sorted(target.on),
            services=None if target.services is None else sorted(target.services),
            modules=None if target.modules is None else sorted(target.modules),
            min_severity=target.min_severity,
            quiet=None if quiet is None else QuietHours(begin=f"{quiet.begin:%H:%M}", end=f"{quiet.end:%H:%M}"),
            template=target.template is not None,
            per_hour=target.per_hour,
            waiting=one.waiting,
            held_until=None if held is None else held.until,
            held_by=None if held is None else held.by,
            trouble=one.trouble,
            last_success=last.sent_at,
            last_failure=last.failed_at,
            last_error=last.error,
        )


class TargetList(BaseModel):
    """`dropped` is how many messages were dropped since the daemon began, because too many waited."""

    targets: list[TargetView]
    dropped: int


class Tried(BaseModel):
    """What became of a test message. `error` says why it was not delivered."""

    delivered: bool
    error: str | None
    seconds: float = Field(description="that it took")
    delivery: int = Field(description="its id among the deliveries")


class DeliveryView(BaseModel):
    """One message for one target, made of `count` events from `since` to `at`."""

    id: int
    target: str
    kind: Kind
    about: About
    subject: str = Field(description="the id of the service, module or alert; the name of the target, of a test")
    name: str = Field(description="the same as people call it")
    severity: Severity
    state: State = Field(description="`dropped` where too many waited")
    count: int = Field(description="how often it happened; 0 for what is told once more")
    since: datetime
    at: datetime
    title: str
    body: str
    seq: int = Field(description="the place of the newest event in the journal; 0 of a test")
    attempts: int
    due_at: datetime | None = Field(description="when it is to be sent, while it waits and its target is not held")
    finished_at: datetime | None
    error: str | None

    @classmethod
    def of(cls, row: DeliveryRow) -> DeliveryView:
        values = {name: getattr(row, name) for name in cls.model_fields if name != "due_at"}
        return cls(**values, due_at=row.due_at if row.state == "waiting" else None)


class DeliveryPage(BaseModel):
    """The newest first."""

    deliveries: list[DeliveryView]
    next: int | None = Field(description="`before` of the following page; null at the end")
