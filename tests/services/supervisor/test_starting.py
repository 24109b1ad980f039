"""Starting over a pretended keeper: when it is asked, and what of a definition is in force then."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

from backend.core.clock import SystemClock
from backend.services.definitions.model import RestartPolicy, ServiceSpec
from backend.services.ports import PortReport
from backend.services.supervisor import happenings
from backend.services.supervisor.entry import Entry
from backend.services.supervisor.starting import Starting
from tests.fakes.runtime import PREFIX, Habits, Link, World

FIRST, SECOND = f"{PREFIX}1", f"{PREFIX}2"


class Bench:
    def __init__(self, folder: Path) -> None:
        self.world = World(asyncio.get_running_loop(), SystemClock(), random.Random(1), {"tool": Habits()})
        self.link = Link(self.world)
        self.link.connect()
        self.entry = Entry(ServiceSpec("tool", "Tool", ("tool",), folder, folder / "tool.log"))
        self.looked: list[int] = []
        self.starting = Starting(
            runtime=self.link,
            look=self._look,
            entries={"tool": self.entry},
            private=(),
            metered=lambda spec: {},
            markers=folder / "markers",
            launched=lambda spec, tree: None,
        )
        self.starting.keeper_there.set()

    async def _look(self, port: int) -> PortReport:
        self.looked.append(port)
        return PortReport(port, "free", f"Nothing uses port {port}.")

    async def until_asked(self, times: int) -> None:
        async with asyncio.timeout(10):
            while len(self.world.processes) < times:
                await asyncio.sleep(0.001)


@asynccontextmanager
async def bench(folder: Path) -> AsyncIterator[Bench]:
    made = Bench(folder)
    dealing = asyncio.ensure_future(made.link.run())
    try:
        yield made
    finally:
        dealing.cancel()


async def test_the_keeper_is_asked_at_once_and_not_when_the_answer_is_waited_for(tmp_path: Path) -> None:
    async with bench(tmp_path) as one:
        launching = one.starting.launch(one.entry, FIRST)
        await one.until_asked(1)
        assert isinstance(await launching, happenings.Launched)
        assert one.entry.definition == "current"


async def test_a_port_is_looked_at_before_the_keeper_is_asked(tmp_path: Path) -> None:
    async with bench(tmp_path) as one:
        one.entry.spec = replace(one.entry.spec, port=9000)
        launching = one.starting.launch(one.entry, FIRST)
        assert (one.looked, one.entry.prepared) == ([], None)
        assert isinstance(await launching, happenings.Launched)
        assert (one.looked, one.entry.port) == ([9000], 9000)


async def test_a_definition_that_changes_during_the_launch_is_not_what_runs(tmp_path: Path) -> None:
    async with bench(tmp_path) as one:
        launching = one.starting.launch(one.entry, FIRST)
        one.entry.spec = replace(one.entry.spec, command=("another",))
        await launching
        seen = [one.entry.definition]
        await one.starting.launch(one.entry, SECOND)
        seen.append(one.entry.definition)
        assert [process.spec.argv for process in one.world.processes.values()] == [("tool",), ("another",)]
        assert seen == ["changed", "current"]


async def test_each_life_has_a_marker_of_its_own_for_wanting_another(tmp_path: Path) -> None:
    async with bench(tmp_path) as one:
        one.entry.spec = replace(one.entry.spec, restart=RestartPolicy(self_restart="comfy"))
        for tree in (FIRST, SECOND):
            await one.starting.launch(one.entry, tree)
            assert one.world.processes[tree].spec.env["__COMFY_CLI_SESSION__"] == str(tmp_path / "markers" / tree)


async def test_a_folder_that_is_not_there_is_told_and_nothing_asked(tmp_path: Path) -> None:
    async with bench(tmp_path) as one:
        one.entry.spec = replace(one.entry.spec, cwd=tmp_path / "gone")
        failed = await one.starting.launch(one.entry, FIRST)
        assert isinstance(failed, happenings.LaunchFailed)
        assert "correct `cwd` of tool" in failed.reason
        assert not one.world.processes
