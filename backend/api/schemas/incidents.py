"""Crashes, moments and bundles on the wire."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from backend.api.schemas.alerts import AlertView
from backend.api.schemas.events import EventView
from backend.api.times import GivenTime
from backend.database.tables.incidents import CrashRow
from backend.database.tables.jobs import JobRow
from backend.database.tables.runs import RunRow
from backend.services.incidents.bundles import Asked
from backend.services.incidents.material import ALL, Include
from backend.services.incidents.moment import Moment
from backend.services.incidents.writing import Contents
from backend.services.processes.exits import meaning_of
from backend.services.processes.levels import Level
from backend.services.supervisor.happenings import Health, Status


class LogLine(BaseModel):
    timestamp: datetime | None = Field(description="when it began to come; null where that is not known")
    level: Level
    message: str


class CrashExit(BaseModel):
    """How it ended, in the system's words and in ours."""

    code: int | None
    signal: int | None
    limit: str | None = Field(description="the limit that was broken, where that is why")
    name: str = Field(description="e.g. `SIGSEGV`, `STATUS_ACCESS_VIOLATION`, `127`; `unknown` where nobody knows")
    meaning: str = Field(description="in a few words")
    hint: str = Field(description="what to look at first; empty where there is nothing more to say")


class Change(BaseModel):
    """Like events of one subject within the hour before."""

    at: datetime = Field(description="of the last of them")
    what: str = Field(description="the type of the event")
    subject: str | None
    event_seq: int
    times: int


class Used(BaseModel):
    cpu: float | None = Field(default=None, description="percent of one processor")
    memory: float | None = Field(default=None, description="bytes")
    peak_memory: float | None = Field(default=None, description="bytes, of the largest of its processes")
    cpu_seconds: float | None = None


class Crash(BaseModel):
    """An end of a service that nobody wanted. No secret is in any of it."""

    id: int
    service_id: str
    at: datetime
    run_seconds: float = Field(description="how long it had run")
    exit: CrashExit
    reason: str = Field(description="why it ended, as its state said")
    tail: list[LogLine] = Field(description="the last lines of this life, 200 at most")
    machine: dict[str, float] = Field(
        description="the machine's figures of that second by metric, as in `/api/system/history`; empty if not known"
    )
    usage: Used = Field(description="what the service used last")
    changes: list[Change] = Field(description="what else had changed in the hour before, the newest first")
    fingerprint: str = Field(description="the same for crashes that end alike and say the same")
    number: int = Field(description="the how-manieth of its fingerprint this one was")
    seen: int = Field(description="how many there are of its fingerprint so far")
    first_seen: datetime
    last_seen: datetime

    @classmethod
    def of(cls, row: CrashRow, last: Mapping[str, tuple[int, datetime]]) -> Crash:
        seen, last_seen = last.get(row.fingerprint, (row.seen, row.at))
        meaning = meaning_of(row.exit_code, row.exit_signal, row.exit_limit, windows=sys.platform == "win32")
        exit_ = {"code": row.exit_code, "signal": row.exit_signal, "limit": row.exit_limit, **meaning._asdict()}
        fields: dict[str, Any] = {
            name: getattr(row, name)
            for name in ("id", "service_id", "at", "run_seconds", "reason", "tail", "machine", "changes", "fingerprint")
        }
        counted = {"number": row.seen, "seen": seen, "first_seen": row.first_seen, "last_seen": last_seen}
        return cls.model_validate({**fields, **counted, "exit": exit_, "usage": row.used})


class CrashPage(BaseModel):
    crashes: list[Crash]
    total: int
    next: int | None = Field(description="`before` of the following page; null at the end")


Group = Literal["fingerprint"]


class PastService(BaseModel):
    """What a service did then."""

    id: str
    name: str = Field(description="as it is called now, or was last")
    status: Status
    health: Health
    reason: str | None
    since: datetime
    event_seq: int = Field(description="of the event from which it was so")


class PastRun(BaseModel):
    """A run that went then. `status` is what it is now."""

    run_id: str
    module_id: str
    module_name: str
    status: str
    started_at: datetime
    completed_at: datetime | None


class PastLines(BaseModel):
    """What a log said around that moment; a log that said nothing then is not there."""

    service: str | None
    run: str | None
    offset: int = Field(description="where the log was at that moment")
    lines: list[LogLine]


class MomentView(BaseModel):
    """One moment of the past."""

    at: datetime
    known_from: datetime | None = Field(
        description="where the journal begins; of moments before that nothing is known. Null while it is empty"
    )
    services: list[PastService]
    runs: list[PastRun]
    samples: dict[str, float] = Field(
        description="figures by metric, as exactly as they are kept; empty where the machine slept or was off"
    )
    logs: list[PastLines]
    events: list[EventView] = Field(description="around it, the oldest first, 200 at most")
    alerts: list[AlertView] = Field(description="those that fired")

    @classmethod
    def of(cls, moment: Moment) -> MomentView:
        return cls(
            at=moment.at,
            known_from=moment.known_from,
            services=[PastService(id=service, name=name, **asdict(past)) for service, name, past in moment.services],
            runs=[_past_run(*both) for both in moment.runs],
            samples=dict(moment.samples),
            logs=[
                PastLines(
                    service=one.id if one.kind == "service" else None,
                    run=one.id if one.kind == "run" else None,
                    offset=one.offset,
                    lines=[LogLine(**asdict(line)) for line in one.lines],
                )
                for one in moment.logs
            ],
            events=[EventView.of(told) for told in moment.events],
            alerts=[AlertView.model_validate(alert) for alert in moment.alerts],
        )


class BundleAsked(BaseModel):
    """Which time, and what of it."""

    model_config = ConfigDict(extra="forbid")

    at: GivenTime | None = Field(default=None, description="when it happened; now where it is left out")
    hours: float = Field(default=1.0, ge=0.05, le=72, description="before that")
    services: list[str] = Field(default_factory=list, max_length=200, description="all where none is named")
    include: list[Include] = Field(default_factory=lambda: list(ALL))

    def asked(self) -> Asked:
        return Asked(self.at, self.hours, tuple(self.services), tuple(self.include))


class BundleFile(BaseModel):
    name: str
    bytes: int


class StruckOut(BaseModel):
    rule: str = Field(description="`known secret`, or what it looked like")
    count: int
    where: str = Field(description="the file")


class NotInside(BaseModel):
    name: str
    why: str


class BundlePreview(BaseModel):
    """What a bundle would hold."""

    start: datetime
    end: datetime
    bytes: int = Field(description="of all files, before they are compressed")
    files: list[BundleFile]
    replaced: list[StruckOut]
    left_out: list[NotInside]

    @classmethod
    def of(cls, contents: Contents) -> BundlePreview:
        return cls(
            start=contents.start,
            end=contents.end,
            bytes=contents.bytes,
            files=[BundleFile(name=name, bytes=size) for name, size in contents.files],
            replaced=[StruckOut(**asdict(one)) for one in contents.replaced],
            left_out=[NotInside(**asdict(one)) for one in contents.left_out],
        )


def _past_run(job: JobRow, run: RunRow) -> PastRun:
    assert job.started_at is not None  # only such were asked for
    return PastRun(
        run_id=run.run_id,
        module_id=job.subject or "",
        module_name=run.module_name,
        status=job.status,
        started_at=job.started_at,
        completed_at=job.completed_at,
    )
