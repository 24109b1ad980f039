"""What the API says of logs."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel, Field

from backend.services.processes.levels import Level


class LogEntry(BaseModel):
    timestamp: datetime | None = Field(description="when the line began to come, to the second; null if not known")
    level: Level = Field(description="read from the words that mark the line")
    message: str


class RunLogs(BaseModel):
    run_id: str
    logs: list[LogEntry]
    total_lines: int = Field(description="of the whole log, as far as it is kept")
    truncated: bool = Field(description="whether lines before these were asked for, too")
    next_offset: int = Field(description="the stream goes on here: send it as `Last-Event-ID`")
