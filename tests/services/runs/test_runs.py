"""Runs as the rest of the program asks for them, in a center of their own."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from backend.app import open_center
from backend.center import Center
from backend.config import Settings
from backend.services.runs import promise, runs
from backend.services.runs.errors import Closing, QueueFull
from tests.database.waiting import until

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="commands of POSIX")

MODULES = """
modules:
  long: {command: [sleep, "300"]}
  none: {command: [no-such-program-anywhere]}
  quick: {command: [sh, -c, 'echo "$CONTROL_CENTER_RUN_ID" >> order']}
  urgent: {command: [sh, -c, 'echo "$CONTROL_CENTER_RUN_ID" >> order'], priority: 5}
"""


@asynccontextmanager
async def center(folder: Path, slots: int = 1) -> AsyncIterator[Center]:
    (folder / "control-center.yaml").write_text(MODULES, encoding="utf-8")
    (folder / "data").mkdir()
    settings = Settings(data_dir=folder / "data", log_dir=folder, config_dir=folder, max_concurrent_runs=slots)
    async with open_center(settings) as opened:
        try:
            yield opened
        finally:
            await opened.runs.close()


async def test_a_full_queue_refuses_and_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runs, "QUEUE_ROOM", 2)
    async with center(tmp_path) as opened:
        going = await opened.runs.submit("long", {})
        await until(lambda: opened.runs.running() == 1)
        waiting = [await opened.runs.submit("quick", {}) for _ in range(2)]
        with pytest.raises(QueueFull) as refused:
            await opened.runs.submit("quick", {})
        assert (refused.value.status, refused.value.code) == (409, "queue_full")
        assert refused.value.detail == "2 runs wait already. Cancel some, or ask again later."
        assert opened.runs.totals().total == 3
        await opened.runs.cancel(waiting[0].run_id, 10)
        await opened.runs.submit("quick", {})
        assert (await opened.runs.cancel(going.run_id, 10)).status == "cancelled"


async def test_the_urgent_go_first_and_the_others_in_the_order_of_their_coming(tmp_path: Path) -> None:
    async with center(tmp_path) as opened:
        going = await opened.runs.submit("long", {})
        asked = [await opened.runs.submit(module, {}) for module in ("quick", "quick", "urgent", "quick", "urgent")]
        assert [view.position for view in opened.runs.active()] == [None, 1, 2, 3, 4, 5]
        await opened.runs.cancel(going.run_id, 10)
        for run in asked:
            await opened.runs.ended(run.run_id)
        wanted = [asked[place].run_id for place in (2, 4, 0, 1, 3)]
        assert (tmp_path / "order").read_text().split() == wanted


async def test_nothing_is_taken_any_more_while_the_center_stops(tmp_path: Path) -> None:
    async with center(tmp_path) as opened:
        await opened.runs.close()
        with pytest.raises(Closing):
            await opened.runs.submit("quick", {})


async def test_an_answer_does_not_wait_for_a_process_that_will_never_be(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(promise, "BEGUN", 3600)
    async with center(tmp_path) as opened:
        run = await asyncio.wait_for(opened.runs.submit("none", {}), 60)
        assert (await opened.runs.get(run.run_id)).status == "failed"
