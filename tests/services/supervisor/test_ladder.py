"""The stop ladder over a pretended keeper: what is sent when, and what a person in a hurry skips."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from backend.core.clock import SystemClock
from backend.services.definitions.model import ServiceSpec, StopPlan
from backend.services.processes.runtime import LaunchSpec, LogRules, News, TreeEnded
from backend.services.supervisor.ladder import Holding, Ladder, Receipt
from tests.fakes.runtime import PREFIX, Habits, Link, World

TREE = f"{PREFIX}1"


async def _nobody() -> tuple[Holding, ...]:
    return ()


class Stop:
    """Of a tool that the pretended keeper holds."""

    def __init__(self, folder: Path, plan: StopPlan, habits: Habits) -> None:
        self.said: list[str | None] = []
        self.ended: asyncio.Future[Receipt] = asyncio.get_running_loop().create_future()
        self.world = World(asyncio.get_running_loop(), SystemClock(), random.Random(1), {"tool": habits})
        self.link = Link(self.world)
        self.link.connect()
        self.link.listen(self._hear)
        log = LogRules(str(folder / "tool.log"))
        self.world.launch(LaunchSpec(TREE, ("service", "tool"), ("tool",), str(folder), {}, log))
        self.ladder = Ladder(
            self.link,
            ServiceSpec("tool", "Tool", ("tool",), folder, folder / "tool.log", stop=plan),
            TREE,
            clock=SystemClock(),
            environment=dict,
            say=self.said.append,
            grace=lambda: plan.timeout,
            holding=_nobody,
            hide=lambda text: text.replace("hunter2", "•••"),
        )

    def _hear(self, news: News) -> None:
        if isinstance(news, TreeEnded):
            self.ended.set_result(self.ladder.tree_ended())

    @property
    def rungs(self) -> list[tuple[str, str]]:
        return [(rung.name, rung.state) for rung in self.ladder.view.rungs]


@asynccontextmanager
async def stop(folder: Path, plan: StopPlan, habits: Habits) -> AsyncIterator[Stop]:
    made = Stop(folder, plan, habits)
    dealing = asyncio.ensure_future(made.link.run())
    try:
        async with asyncio.timeout(20):
            yield made
    finally:
        dealing.cancel()


async def test_the_signal_is_on_its_way_before_anybody_waits_for_the_end(tmp_path: Path) -> None:
    async with stop(tmp_path, StopPlan(timeout=15), Habits()) as one:
        climbing = one.ladder.begin()
        assert one.rungs == [("SIGTERM", "now"), ("kill", "next")]
        assert (await one.ended).rung == "SIGTERM"
        await climbing
        assert one.said == ["stopping by SIGTERM"]


async def test_force_is_the_only_rung_of_a_tool_that_wants_no_other(tmp_path: Path) -> None:
    async with stop(tmp_path, StopPlan(signal="SIGKILL"), Habits(obeys=None)) as one:
        climbing = one.ladder.begin()
        assert one.rungs == [("kill", "now")]
        assert (await one.ended).rung == "kill"
        await climbing


async def test_a_hurry_leads_from_any_rung_to_force_and_ends_what_was_tried(tmp_path: Path) -> None:
    plan = StopPlan(
        timeout=15, command=("sh", "-c", "echo $$ > pid; exec sleep 1000"), http="http://127.0.0.1:9/hunter2"
    )
    async with stop(tmp_path, plan, Habits(obeys=None)) as one:
        climbing = asyncio.ensure_future(one.ladder.begin())
        assert one.rungs[0] == ("POST http://127.0.0.1:9/•••", "now")
        await asyncio.sleep(0)
        one.ladder.hurry()
        assert (await one.ended).rung == "kill"
        await climbing
        assert one.rungs == [("POST http://127.0.0.1:9/•••", "done"), ("kill", "now")]
        assert not (tmp_path / "pid").exists()


async def test_each_rung_has_its_share_of_the_grace(tmp_path: Path) -> None:
    async with stop(tmp_path, StopPlan(timeout=0.2, command=("true",)), Habits(obeys=None)) as one:
        await one.ladder.begin()
        assert one.ended.result().seconds >= 0.2
        assert one.rungs == [("true", "done"), ("SIGTERM", "done"), ("kill", "now")]
        assert one.said == ["stopping by true", "stopping by SIGTERM", "ending it by force"]
