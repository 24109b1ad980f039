"""What goes over the wire about the control center itself."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, Field


class Check(BaseModel):
    """One thing that was looked at."""

    id: str = Field(description="stable; the check, and after a dot what it looked at, e.g. `ports.comfyui`")
    title: str
    status: Literal["ok", "warning", "error"]
    what: str = Field(description="the fact")
    why: str = Field(description="what it means for the person; empty where all is well")
    fix: str = Field(description="what to do; empty where all is well")


class DiagnosisView(BaseModel):
    checked_at: datetime
    ok: bool = Field(description="nothing to fix, not even a warning")
    checks: list[Check]
