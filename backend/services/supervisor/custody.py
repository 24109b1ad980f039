"""Which tree belongs to which service: takes over what a keeper holds, and passes its news on as happenings."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path

from backend.core.clock import Clock
from backend.core.errors import CenterError
from backend.core.events import Event, Fact
from backend.core.tasks import Tasks
from backend.services.definitions.model import ServiceSpec
from backend.services.processes.logs import Log
from backend.services.processes.runtime import (
    Exit,
    KeeperBack,
    KeeperLost,
    LogNews,
    News,
    Runtime,
    Tree,
    TreeEnded,
    TreeExited,
)
from backend.services.supervisor import happenings
from backend.services.supervisor.actor import Actor
from backend.services.supervisor.entry import Entry, LastExit, LastStop, LimitMet
from backend.services.supervisor.happenings import Outcome, Wanted
from backend.services.supervisor.ladder import Receipt
from backend.services.supervisor.launching import OWNER, asked_for_restart, digest, digest_of, port_of
from backend.services.supervisor.limits import limit_fact
from backend.services.supervisor.recorder import Recorder, Remembered

log = logging.getLogger(__name__)


class Custody:
    """News that come before `ready()` are kept for it: a tree may end while the daemon still reads what it knew."""

    def __init__(
        self,
        *,
        actor: Actor,
        runtime: Runtime,
        recorder: Recorder,
        tasks: Tasks,
        clock: Clock,
        tell: Callable[[Fact], Event],
        keeper_there: asyncio.Event,
    ) -> None:
        self.trees: dict[str, str] = {}  # tree → service
        self.log_starts: dict[str, int] = {}  # tree → offset in its log at which its own output begins
        self._actor = actor
        self._runtime = runtime
        self._recorder = recorder
        self._tasks = tasks
        self._clock = clock
        self._tell = tell
        self._keeper_there = keeper_there
        self._given_up: set[str] = set()  # trees that are killed for a newer one; those of others are theirs to forget
        self._early: list[News] | None = []
        self._loss: str | None = None  # the event that told that the keeper was lost
        recorder.on_stored_end(self._forget)
        runtime.listen(self._hear)

    def launched(self, spec: ServiceSpec, tree: Tree) -> None:
        self.trees[tree.id] = spec.id
        self.log_starts[tree.id] = tree.log_end
        self._recorder.tree(spec, tree)
        asyncio.get_running_loop().call_soon(self._catch_up, tree)  # once the launch is told

    def _catch_up(self, tree: Tree) -> None:
        """What was told of it while nobody listened."""
        if tree.id in self.trees and tree.exit is not None:
            self._hear_now(TreeExited(tree.id, tree.exit))
        if tree.id in self.trees and tree.ended:
            self._hear_now(TreeEnded(tree.id, tree.exit, tree.log_end))

    # Taking over

    async def take_over(self, service: str, trees: list[Tree], known: Remembered | None) -> None:
        """`trees` as `trees_by_service` orders them: the one that counts comes first."""
        present, *older = trees
        for tree in older:
            await self._let_go(tree)
        if service not in self._actor.entries:
            if present.ended:
                await self._let_go(present)
                return
            self._actor.entries[service] = Entry(_spec_of(present), definition="removed")
        entry = self._actor.entries[service]
        self.trees[present.id] = service
        self._recorder.tree(entry.spec, present)
        entry.tree, entry.port = present, port_of(present) or entry.spec.port_number
        entry.digest = digest_of(present)
        if entry.definition != "removed":
            entry.definition = "current" if entry.digest == digest(entry.spec) else "changed"
        launched_since = known is not None and present.started_at.timestamp() > known.since
        wanted: Wanted = (
            "up" if known is None or launched_since else known.wanted
        )  # a launch is itself proof of the wish
        adopted = happenings.Adopted(present.id, present.identity.pid, present.started_at.timestamp(), wanted)
        self._actor.post(service, adopted)
        if present.abandoned:  # the keeper has done what the daemon's orderly end does
            self._actor.post(service, happenings.Pause("it ends with the control center, which had gone"))
        self._catch_up(present)
        if present.abandoned and _comes_back(entry.spec, wanted):
            self._actor.post(service, happenings.WantUp())
        elif not present.ended and wanted == "down":  # the daemon died while it was being stopped
            self._actor.post(service, happenings.WantDown())

    async def _let_go(self, tree: Tree) -> None:
        """A tree that stands in the way of a newer one of its service, or of a service that is no more."""
        try:
            if tree.ended:
                await self._runtime.forget(tree.id)
            else:
                self._given_up.add(tree.id)
                await self._runtime.kill(tree.id)
        except CenterError as error:
            log.warning("tree %s: %s", tree.id, error.detail)

    def ready(self) -> None:
        early, self._early = self._early or [], None
        for news in early:
            self._hear_now(news)

    # News

    def _hear(self, news: News) -> None:
        if self._early is not None:
            self._early.append(news)
        else:
            self._hear_now(news)

    def _hear_now(self, news: News) -> None:
        match news:
            case TreeExited(tree, exit_) if tree in self.trees:
                exit_ = self._with_limit(tree, exit_)
                self._recorder.exited(tree, exit_)
                self._actor.post(self.trees[tree], happenings.Exited(tree, _outcome(exit_)))
            case TreeEnded(tree, exit_, log_end) if tree in self.trees:
                self._ended(tree, exit_ and self._with_limit(tree, exit_), log_end)
            case TreeEnded(tree) if tree in self._given_up:
                self._given_up.discard(tree)
                self._tasks.spawn(self._forget(tree), name="forget a tree")
            case KeeperLost(pid):
                self._keeper_there.clear()
                self._loss = self._tell(Fact("processes", "keeper.lost", payload={"pid": pid})).id
            case KeeperBack():
                self._keeper_back(news)
            case LogNews((kind, service), what, details) if kind == OWNER:
                self._tell(Fact("supervisor", f"service.log_{what}", service, payload=details))
            case _:
                pass

    def _with_limit(self, tree: str, exit_: Exit) -> Exit:
        """Names the limit for which the daemon ended the tree, and tells of one for which the system did."""
        service = self.trees[tree]
        entry = self._actor.entries[service]
        if entry.limit_met is not None and entry.limit_met.tree == tree:
            return replace(exit_, limit=entry.limit_met.limit)
        if exit_.limit is not None:
            by = entry.tree.enforced.get(exit_.limit, "the system") if entry.tree is not None else "the system"
            told = self._tell(limit_fact(service, exit_.limit, exit_.text, by))
            entry.limit_met = LimitMet(tree, exit_.limit, told.id)
        return exit_

    def _ended(self, tree: str, exit_: Exit | None, log_end: int | None = None, *, lost: bool = False) -> None:
        service = self.trees.pop(tree)
        log_start = self.log_starts.pop(tree, None)
        entry = self._actor.entries[service]
        if entry.state.heir and exit_ is not None:  # it tells of the first process, which ended long ago
            exit_ = Exit(None, None, self._clock.now())
        if exit_ is not None:
            entry.last_exit = LastExit(
                exit_, Log(entry.spec.log_file, entry.spec.log.encoding), log_end, tree, log_start
            )
        receipt = entry.ladder.tree_ended() if entry.ladder is not None and entry.ladder.tree == tree else None
        if receipt is not None:
            entry.last_stop = LastStop(receipt, self._clock.now())
        if lost:
            self._actor.post(service, happenings.Lost(tree), self._loss)
        else:
            self._actor.post(service, _end_of(entry, tree, exit_, receipt))
        self._recorder.ended(tree, exit_, self._clock.now(), receipt)

    def _keeper_back(self, back: KeeperBack) -> None:
        what = "keeper.started" if back.fresh else "keeper.reconnected"
        self._tell(Fact("processes", what, payload={"pid": back.pid, "ended": len(back.ended)}))
        self._keeper_there.set()
        held = {tree.id: tree for tree in back.trees}
        for tree in tuple(self.trees):
            found = held.get(tree)
            if found is None:
                self._ended(tree, None, lost=True)
            else:
                self._catch_up(found)

    async def _forget(self, tree: str) -> None:
        try:
            await self._runtime.forget(tree)
        except CenterError as error:
            log.info("tree %s: %s", tree, error.detail)


def trees_by_service(trees: Iterable[Tree]) -> dict[str, list[Tree]]:
    """Services' trees, the one that counts first: the living, then the latest."""
    found: dict[str, list[Tree]] = {}
    for tree in trees:
        if tree.owner[0] == OWNER:
            found.setdefault(tree.owner[1], []).append(tree)
    for ones in found.values():
        ones.sort(key=lambda tree: (not tree.ended, tree.started_at), reverse=True)
    return found


def _comes_back(spec: ServiceSpec, wanted: Wanted) -> bool:
    """Whether what ended with the daemon is there again when the daemon is."""
    return wanted == "up" if spec.autostart == "last" else spec.autostart


def _spec_of(tree: Tree) -> ServiceSpec:
    """Stands for a definition that is no longer in the file while its tool still runs: enough to show and stop it."""
    service, log_file = tree.owner[1], Path(tree.log_path)
    name = tree.label.get("name", service)
    return ServiceSpec(
        id=service, name=name, command=(service,), cwd=log_file.parent, log_file=log_file, autostart=False
    )


def _end_of(entry: Entry, tree: str, exit_: Exit | None, receipt: Receipt | None) -> happenings.Ended:
    return happenings.Ended(
        tree,
        None if exit_ is None else _outcome(exit_),
        rung=None if receipt is None else receipt.rung,
        seconds=None if receipt is None else round(receipt.seconds, 4),
        again=entry.tree is not None and entry.tree.id == tree and asked_for_restart(entry.tree),
    )


def _outcome(exit_: Exit) -> Outcome:
    return Outcome(exit_.code, exit_.signal, exit_.text)
