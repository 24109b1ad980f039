"""Looking at runs: those in memory as they are now, others as the database has them. Changes nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from backend.core.clock import Clock
from backend.core.errors import CenterError
from backend.database.repositories.jobs import Filter
from backend.database.repositories.runs import Both
from backend.services.jobs import Jobs
from backend.services.modules.model import Module, Statistics
from backend.services.processes.logs import Log
from backend.services.runs import happenings
from backend.services.runs.actor import Actor
from backend.services.runs.artefacts import UnknownArtefact, locate
from backend.services.runs.entry import Entry
from backend.services.runs.figures import Totals, statistics_of, totals_of
from backend.services.runs.folder import RunFolders
from backend.services.runs.happenings import FINISHED, Status
from backend.services.runs.history import ALL, History, Search
from backend.services.runs.recorder import Recorder
from backend.services.runs.results import Results, Root, results
from backend.services.runs.usage import Point, usage
from backend.services.runs.views import RunView, view_of, view_of_rows

READ_STORED = 2.0  # seconds that a page waits for what it must show


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a run has ended."""

    status: Status
    exit_code: int | None
    exit_signal: int | None


@dataclass(frozen=True, slots=True)
class RunPage:
    """`next_before` is the `before` of the following page; None at the end. `total` is None where there is a search."""

    runs: tuple[RunView, ...]
    total: int | None
    next_before: int | None


class Looking:
    """The half of `Runs` that asks. `module` finds a module or raises."""

    def __init__(
        self,
        *,
        actor: Actor,
        recorder: Recorder,
        folders: RunFolders,
        jobs: Jobs,
        history: History,
        clock: Clock,
        module: Callable[[str], Module],
        hide: Callable[[str], str],
    ) -> None:
        self.folders = folders
        self._actor = actor
        self._recorder = recorder
        self._jobs = jobs
        self._history = history
        self._clock = clock
        self._module = module
        self._hide = hide

    async def get(self, run_id: str) -> RunView:
        """Raises `UnknownRun`."""
        if (entry := self._actor.entries.get(run_id)) is not None:
            return self._view(entry)
        self.folders.of(run_id)  # what is no id of a run is not asked for
        return view_of_rows(await self._history.find(run_id))

    async def page(
        self,
        *,
        module_id: str | None = None,
        status: Status | None = None,
        limit: int = 50,
        offset: int = 0,
        before: int | None = None,
        search: Search = ALL,
    ) -> RunPage:
        """The newest first; `before` is an exclusive bound of the job's id, by which a page costs the same at any
        depth."""
        await self.stored()
        wanted = Filter(None, module_id, status, before)
        stretch = await self._history.page(wanted, limit=limit, offset=offset, search=search)
        views = tuple(self._view_of(both) for both in stretch.rows)
        return RunPage(views, stretch.total, stretch.following)

    def _view_of(self, both: Both) -> RunView:
        entry = self._actor.entries.get(both[1].run_id)
        return view_of_rows(both) if entry is None or entry.state.finished else self._view(entry)

    def goes_on(self, run_id: str) -> bool:
        """Whether it has not finished."""
        entry = self._actor.entries.get(run_id)
        return entry is not None and not entry.state.finished

    async def stored(self) -> bool:
        """What is so now can be read from the database; False where that does not answer in time."""
        return await self._recorder.stored(READ_STORED)

    async def log(self, run_id: str) -> Log:
        """One log for all attempts. Raises `UnknownRun`."""
        view = await self.get(run_id)
        module = self._find_module(view.module_id)
        return self.folders.log(run_id, "utf-8" if module is None else module.log.encoding)

    async def outcome(self, run_id: str) -> Outcome | None:
        """None while it has not finished. Raises `UnknownRun`."""
        view = await self.get(run_id)
        return Outcome(view.status, view.exit_code, view.exit_signal) if view.status in FINISHED else None

    async def ended(self, run_id: str) -> Outcome:
        """Waits for it. Raises `UnknownRun`."""
        if (entry := self._actor.entries.get(run_id)) is not None:
            await entry.done.wait()
            code, signal = (entry.state.exit.code, entry.state.exit.signal) if entry.state.exit else (None, None)
            return Outcome(entry.state.status, code, signal)
        outcome = await self.outcome(run_id)
        assert outcome is not None  # only what has finished is let go
        return outcome

    async def results(self, run_id: str) -> Results:
        """The files that it has left so far. Raises `UnknownRun`."""
        view = await self.get(run_id)
        module = self._find_module(view.module_id)
        outputs: tuple[str, ...] = () if module is None else module.outputs
        cwd = None if module is None else module.cwd
        return await asyncio.to_thread(results, self.folders.of(run_id), cwd, outputs, view.started_at)

    async def usage(self, run_id: str) -> Sequence[Point]:
        """What its tree was seen to use so far, the oldest first. Raises `UnknownRun`."""
        await self.get(run_id)
        return await asyncio.to_thread(usage, self.folders.of(run_id))

    async def artefact(self, run_id: str, path: str, root: Root) -> Path:
        """Where a file that it has left lies; of the folder that it ran in, only an output that its module declares.
        Raises `UnknownRun` and `UnknownArtefact`."""
        view = await self.get(run_id)
        folder = self.folders.of(run_id)
        if root == "cwd":
            module = self._find_module(view.module_id)
            listed = (await self.results(run_id)).files
            if module is None or not any(file.root == "cwd" and file.path == path for file in listed):
                raise UnknownArtefact(f"{path!r} is no output that the module of this run declares.")
            folder = module.cwd
        return await asyncio.to_thread(locate, folder, path)

    def active(self) -> tuple[RunView, ...]:
        """All that have not finished: those that go first, then the queue in its order."""
        now, places = self._clock.now().timestamp(), self._actor.places()
        views = [
            view_of(entry, now, self._hide, places.get(entry.spec.run_id))
            for entry in self._actor.entries.values()
            if not entry.state.finished
        ]
        return tuple(sorted(views, key=lambda view: (view.status == "queued", view.position or 0, view.job_id)))

    def using(self) -> Mapping[str, tuple[float, int]]:
        """Percent of one processor and bytes of memory that each run was last seen to use, of those that go."""
        return {
            run_id: (entry.used.cpu_percent, entry.used.memory)
            for run_id, entry in self._actor.entries.items()
            if entry.used.cpu_percent is not None and entry.used.memory is not None
        }

    def busy(self) -> frozenset[str]:
        """The modules of which a run goes now."""
        entries = self._actor.entries.values()
        return frozenset(one.spec.module_id for one in entries if one.state.status in happenings.WITH_TREE)

    def running(self) -> int:
        """How many go now."""
        return sum(entry.state.status in happenings.WITH_TREE for entry in self._actor.entries.values())

    def statistics(self) -> Mapping[str, Statistics]:
        """Of each module that was ever run."""
        return statistics_of(self._jobs)

    def totals(self) -> Totals:
        return totals_of(self._jobs)

    def _view(self, entry: Entry) -> RunView:
        place = self._actor.place(entry.spec.run_id) if entry.state.status == "queued" else None
        return view_of(entry, self._clock.now().timestamp(), self._hide, place)

    def _find_module(self, module_id: str) -> Module | None:
        try:
            return self._module(module_id)
        except CenterError:
            return None
