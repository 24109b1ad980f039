"""What the API says of the definitions file. Times are UTC, durations seconds, sizes bytes."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field


class FaultView(BaseModel):
    """Something that is wrong in the file. Lines and columns count from 1."""

    model_config = ConfigDict(from_attributes=True)

    severity: Literal["error", "warning"] = Field(description="an error keeps the file from being applied")
    line: int
    column: int
    path: str = Field(description="e.g. `services.comfyui.port`; empty where it concerns the file")
    message: str
    hint: str = Field(description="what to do about it")
    excerpt: str = Field(description="the line as it stands in the file")


class ConfigView(BaseModel):
    """The definitions in force, and what is wrong with the file as it is now."""

    path: str = Field(description="the definitions file")
    state: Literal["in_force", "faulty", "missing"] = Field(
        description="whether the file is in force; where it is not, the last good definitions are"
    )
    applied_at: datetime | None = Field(description="when the definitions in force were applied")
    changed_at: datetime | None = Field(description="when the file was last written")
    services: dict[str, dict[str, Any]] = Field(description="each definition as it was understood; secrets are `•••`")
    faults: list[FaultView]
