"""Runs on the wire."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from backend.services.runs.views import RunView

_LATER = ConfigDict(defer_build=True)  # by the first who needs it, which no start does


class RunRequest(BaseModel):
    """What to run, and with what."""

    module_id: str = Field(pattern=r"^[A-Za-z0-9_-]{1,100}$")
    parameters: dict[str, Any] = Field(default_factory=dict, description="by name; secret ones are kept in memory only")
    save_config: bool = Field(default=True, description="keep them for the next time, without the secret ones")


class LaunchRequest(BaseModel):
    """With what to run a module."""

    parameters: dict[str, Any] = Field(default_factory=dict, description="by name; secret ones are kept in memory only")
    save_config: bool = Field(default=True, description="keep them for the next time, without the secret ones")


@dataclass(frozen=True, slots=True)
class RunAnswer(RunView):
    """A run, once more as `run`: clients of the older API read either."""

    __pydantic_config__ = _LATER

    run: RunView | None = None


@dataclass(frozen=True, slots=True)
class RunList:
    """`cursor` is of the following page; null at the end. `total` is null where times or words are asked for. Words are
    looked for in so many runs at once: a page may have few of them, or none, and a `cursor` nevertheless."""

    __pydantic_config__ = _LATER

    runs: tuple[RunView, ...]
    total: int | None
    limit: int
    offset: int
    cursor: str | None


class RunsMessage(BaseModel):
    """All runs that have not finished: those that go, then the queue in its order."""

    model_config = _LATER

    type: Literal["runs"]
    timestamp: datetime
    runs: tuple[RunView, ...]


class RunUsage(BaseModel):
    """What the whole tree of a run was seen to use, in columns of the same length, the oldest first. Of a long run each
    row has the most of a while."""

    run_id: str
    at: list[float] = Field(description="epoch seconds")
    cpu_percent: list[float] = Field(description="a whole processor is 100")
    memory_bytes: list[int]
