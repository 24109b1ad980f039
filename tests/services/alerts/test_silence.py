"""Since when a tool counts as silent, and why no more: it wrote, or nobody could have heard it."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from backend.core.clock import SystemClock
from backend.core.tasks import open_tasks
from backend.services.alerts.model import Reading, Rule, Silent
from backend.services.alerts.services import Services
from backend.services.alerts.silence import STOOD, WRITES, Silence
from backend.services.processes.logs import INDEX_ENTRY
from tests.database.waiting import until
from tests.services.processes.test_follow import Tool

QUIET = Silent("tool", 1.0)
RULE = Rule("quiet", QUIET, "warning", 0.0, None, "tool silent for 1 s")


@pytest.fixture
def tool(tmp_path: Path) -> Tool:
    return Tool(tmp_path / "tool.log", max_size=10_000_000)


@asynccontextmanager
async def watched(tool: Tool) -> AsyncIterator[Silence]:
    """Whether the tool is silent for a second."""
    spec = SimpleNamespace(id="tool", log_file=tool.log.live, log=SimpleNamespace(encoding="utf-8"))
    entry: Any = SimpleNamespace(spec=spec, state=SimpleNamespace(pid=1, started_at=0.0))
    async with open_tasks() as tasks:
        silence = Silence(
            Services(lambda: ["tool"], lambda _: cast(Any, entry)),
            growth=tool.growth,
            tasks=tasks,
            clock=SystemClock(),
            changed=lambda: None,
        )
        silence.watch([RULE])
        yield silence


async def test_a_last_word_of_tomorrow_is_the_beginning_of_a_silence(tool: Tool) -> None:
    """The clock was set back after it."""
    tool.prints(b"the last word\n")
    index = tool.log.live.with_suffix(".index")
    index.write_bytes(INDEX_ENTRY.pack(0, int((time.time() + 86_400) * 1000)))
    async with watched(tool) as silence:
        await until(lambda: silence.readings(QUIET)["tool"].holds is True)


@pytest.mark.parametrize("why", [WRITES, STOOD])
async def test_what_ended_a_silence_is_told_as_it_was(why: str, tool: Tool) -> None:
    tool.prints(b"the last word\n")
    async with watched(tool) as silence:

        def seen() -> Reading:
            return silence.readings(QUIET)["tool"]

        await until(lambda: seen().holds is True)
        if why == STOOD:
            silence.resumed()
        else:
            tool.prints(b"another\n")
        await until(lambda: seen().holds is False)
        assert seen().detail == why
