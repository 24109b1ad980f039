"""Which tree belongs to which run: passes the keeper's news on as happenings, each with the last words of its tree.

News that come before `ready()` are kept for it: a tree may end while the daemon still reads what it knew.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass

from backend.core.clock import Clock
from backend.core.errors import CenterError
from backend.core.tasks import Tasks
from backend.services.processes.runtime import (
    Exit,
    KeeperBack,
    KeeperLost,
    News,
    Runtime,
    Tree,
    TreeEnded,
    TreeExited,
)
from backend.services.runs import happenings
from backend.services.runs.actor import Actor
from backend.services.runs.entry import Entry
from backend.services.runs.folder import RunFolders
from backend.services.runs.happenings import Outcome
from backend.services.runs.progress import Progress
from backend.services.runs.recorder import Recorder
from backend.services.runs.report import last_words

log = logging.getLogger(__name__)

MOST_READ = 1 << 20  # bytes of output looked at in one go
LONGEST_READ = 256 << 20  # bytes that are still looked through once a run has ended


@dataclass
class _Held:
    run_id: str
    log_start: int  # where in its log the tree's own output begins


class Custody:
    """`keeper_there` is set while a keeper answers, and `resume` called when one answers again."""

    def __init__(
        self,
        *,
        actor: Actor,
        runtime: Runtime,
        recorder: Recorder,
        folders: RunFolders,
        tasks: Tasks,
        clock: Clock,
        keeper_there: asyncio.Event,
        hide: Callable[[str], str],
    ) -> None:
        self._trees: dict[str, _Held] = {}
        self._unwanted: set[str] = set()
        self._actor = actor
        self._runtime = runtime
        self._recorder = recorder
        self._folders = folders
        self._tasks = tasks
        self._clock = clock
        self._keeper_there = keeper_there
        self._hide = hide
        self._early: list[News] | None = []
        recorder.on_stored_end(self.forget)
        runtime.listen(self._hear)

    def take(self, entry: Entry, tree: Tree, *, found: bool = False) -> None:
        """A tree that was launched for this run, or found."""
        self._trees[tree.id] = _Held(entry.spec.run_id, 0 if found else tree.log_end)
        asyncio.get_running_loop().call_soon(self._catch_up, tree)  # once the launch is told

    @property
    def trees(self) -> dict[str, str]:
        """Tree → run, of those that live."""
        return {tree: held.run_id for tree, held in self._trees.items()}

    def ready(self) -> None:
        early, self._early = self._early or [], None
        self._keeper_there.set()
        self._actor.keeper_there = True
        self._actor.look_again()
        for news in early:
            self._hear_now(news)

    async def let_go(self, tree: Tree) -> None:
        """One that stands for nothing any more: ended, where it lives, and then forgotten."""
        if tree.ended:
            await self.forget(tree.id)
            return
        self._unwanted.add(tree.id)
        try:
            await self._runtime.kill(tree.id)
        except CenterError as error:
            log.warning("tree %s: %s", tree.id, error.detail)

    async def forget(self, tree: str) -> None:
        try:
            await self._runtime.forget(tree)
        except CenterError as error:
            log.info("tree %s: %s", tree, error.detail)

    def _catch_up(self, tree: Tree) -> None:
        """What was told of it while nobody listened."""
        if tree.id in self._trees and tree.exit is not None:
            self._hear_now(TreeExited(tree.id, tree.exit))
        if tree.id in self._trees and tree.ended:
            self._hear_now(TreeEnded(tree.id, tree.exit, tree.log_end))

    def _hear(self, news: News) -> None:
        if self._early is not None:
            self._early.append(news)
        else:
            self._hear_now(news)

    def _hear_now(self, news: News) -> None:
        match news:
            case TreeExited(tree, exit_) if tree in self._trees:
                self._recorder.exited(tree, exit_)
                self._actor.post(self._trees[tree].run_id, happenings.Exited(tree, _outcome(exit_)))
            case TreeEnded(tree, exit_, log_end) if tree in self._trees:
                self._ended(self._trees.pop(tree), tree, exit_, log_end)
            case TreeEnded(tree) if tree in self._unwanted:
                self._unwanted.discard(tree)
                self._tasks.spawn(self.forget(tree), name="forget a tree")
            case KeeperLost():
                self._keeper_there.clear()
                self._actor.keeper_there = False
            case KeeperBack():
                self._keeper_back(news)
            case _:
                pass

    def _ended(self, held: _Held, tree: str, exit_: Exit | None, log_end: int) -> None:
        entry = self._actor.entries[held.run_id]
        receipt = entry.ladder.tree_ended() if entry.ladder is not None and entry.ladder.tree == tree else None
        self._recorder.ended(tree, exit_, self._clock.now(), receipt)
        if exit_ is not None:
            entry.used.ended(exit_.cpu_seconds, exit_.peak_memory)
        entry.over.append(tree)
        end = happenings.Ended(tree, None if exit_ is None else _outcome(exit_))
        if entry.progress.at >= log_end and exit_ is not None and exit_.code == 0:
            self._actor.post(held.run_id, end)  # nothing was said that is not known yet
        else:
            self._tasks.spawn(self._conclude(entry, held, end, log_end), name=f"last words of {held.run_id}")

    async def _conclude(self, entry: Entry, held: _Held, end: happenings.Ended, log_end: int) -> None:
        try:
            entry.words = await asyncio.to_thread(self._read_on, entry, held, end, log_end)
        finally:
            self._actor.post(held.run_id, end)

    def _read_on(self, entry: Entry, held: _Held, end: happenings.Ended, log_end: int) -> str | None:
        """What the script still said of its progress; its last words where it failed."""
        output = self._folders.log(held.run_id, _encoding(entry))
        entry.progress.skip_to(max(entry.progress.at, log_end - LONGEST_READ))
        look_on(entry.progress, self._folders, entry, log_end)
        if end.outcome is not None and end.outcome.code == 0:
            return None
        words = last_words(output, held.log_start, log_end)
        return None if words is None else self._hide(words)

    def _keeper_back(self, back: KeeperBack) -> None:
        held = {tree.id: tree for tree in back.trees}
        for tree, mine in tuple(self._trees.items()):
            if (found := held.get(tree)) is not None:
                self._catch_up(found)
                continue
            del self._trees[tree]
            self._actor.entries[mine.run_id].over.append(tree)
            self._recorder.ended(tree, None, self._clock.now(), None)
            self._actor.post(mine.run_id, happenings.Lost(tree))
        self._keeper_there.set()
        self._actor.keeper_there = True
        self._actor.look_again()


def look_on(progress: Progress, folders: RunFolders, entry: Entry, end: int | None = None) -> None:
    """Reads what the run has said since the last look, up to the offset `end`. Blocking."""
    output = folders.log(entry.spec.run_id, _encoding(entry))
    with progress.turn:
        while end is None or progress.at < end:
            limit = MOST_READ if end is None else min(MOST_READ, end - progress.at)
            piece = output.read(progress.at, limit)
            if piece.gap:
                progress.skip_to(piece.start)
            if not piece.data:
                return
            progress.read(piece.data)


def _encoding(entry: Entry) -> str:
    return "utf-8" if entry.module is None else entry.module.log.encoding


def _outcome(exit_: Exit) -> Outcome:
    at = exit_.at.timestamp()
    return Outcome(exit_.code, exit_.signal, exit_.text, exit_.cpu_seconds, exit_.peak_memory, at)
