"""Jobs on the wire."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field


class JobView(BaseModel):
    """One finite piece of work, of whatever kind."""

    model_config = ConfigDict(from_attributes=True)

    id: int = Field(description="grows in the order in which jobs were asked for")
    job_type: str = Field(description="what kind of work, e.g. `run`")
    subject: str | None = Field(description="what it works on, e.g. the id of a module")
    parent_id: int | None = Field(description="the job that asked for it")
    requested_by: str
    host: str
    status: str
    attempt: int
    priority: int
    queued_at: datetime
    started_at: datetime | None
    completed_at: datetime | None
    progress: float | None = Field(description="from 0 to 1")
    error: str | None


class JobList(BaseModel):
    jobs: list[JobView]
    total: int
    limit: int
    offset: int
    cursor: str | None = Field(description="of the following page; null at the end")
