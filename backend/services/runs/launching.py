"""From a run to its process: what is to be run with which words, in which folder, held by the keeper."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path

from backend.core.clock import Clock
from backend.core.errors import CenterError
from backend.services.modules import interpreters
from backend.services.modules.invocation import Invocation, invocation
from backend.services.modules.model import Module
from backend.services.modules.parameters import check
from backend.services.processes.environment import tool_environment
from backend.services.processes.runtime import KeeperAway, LaunchSpec, Limits, LogRules, Runtime, Tree
from backend.services.runs.entry import Entry
from backend.services.runs.folder import OUTPUT, RunFolders
from backend.services.runs.happenings import Ended, Happening, Launched, LaunchFailed, Outcome
from backend.services.runs.spec import OWNER, note

log = logging.getLogger(__name__)

AGAIN = 0.05  # seconds until a keeper that was away is asked again


@dataclass(frozen=True)
class _Ready:
    invocation: Invocation
    folder: Path


class Launching:
    """`module` finds the module of a run that an earlier life of the daemon took; `launched` is told of each tree.
    `private` names the daemon's settings, which no script gets. With `dry` nothing is executed."""

    def __init__(
        self,
        *,
        runtime: Runtime,
        clock: Clock,
        folders: RunFolders,
        module: Callable[[str], Module],
        private: Collection[str],
        launched: Callable[[Entry, Tree, Invocation], None],
        dry: bool,
    ) -> None:
        self.keeper_there = asyncio.Event()
        self._runtime = runtime
        self._clock = clock
        self._folders = folders
        self._module = module
        self._private = private
        self._launched = launched
        self._dry = dry

    async def launch(self, entry: Entry, tree: str) -> list[Happening]:
        """What came of it."""
        try:
            module = self._resolve(entry)
            ready = await asyncio.to_thread(self._prepare, entry, module)
            if self._dry:
                return await self._pretend(entry, tree, ready)
            if (held := await self._hold(entry, module, tree, ready)) is None:
                return [LaunchFailed(tree, "nobody wants it any more")]
        except CenterError as error:
            return [LaunchFailed(tree, error.detail)]
        except OSError as error:
            return [LaunchFailed(tree, f"its folder cannot be made: {error.strerror or error}")]
        except ValueError as error:
            return [LaunchFailed(tree, str(error))]
        return [Launched(tree, held.identity.pid, held.started_at.timestamp())]

    def _resolve(self, entry: Entry) -> Module:
        """One that waited through a restart of the daemon is what its module is now."""
        if entry.module is None or entry.values is None:
            module = self._module(entry.spec.module_id)
            entry.values = check(module, entry.spec.parameters).accepted()
            entry.module = module
        return entry.module

    def _prepare(self, entry: Entry, module: Module) -> _Ready:
        spec = entry.spec
        folder = self._folders.make(spec.run_id, spec.parameters)
        search_path = tool_environment(os.environ, module.env, self._private).get("PATH", os.defpath)
        program = interpreters.program(module, search_path)
        assert entry.values is not None
        return _Ready(invocation(module, entry.values, program, run_id=spec.run_id, run_folder=folder), folder)

    async def _hold(self, entry: Entry, module: Module, tree: str, ready: _Ready) -> Tree | None:
        """Waits for a keeper where there is none at the moment: the same id twice launches once. None where the run
        was cancelled before a keeper was asked."""
        launch = self._launch_spec(entry, module, tree, ready)
        asked = False
        while True:
            await self.keeper_there.wait()
            if entry.state.ending is not None and not asked:
                return None
            asked = True
            try:
                held = await self._runtime.launch(launch)
            except KeeperAway:
                await asyncio.sleep(AGAIN)
                continue
            self._launched(entry, held, ready.invocation)
            return held

    def _launch_spec(self, entry: Entry, module: Module, tree: str, ready: _Ready) -> LaunchSpec:
        rules, stop = module.log, module.stop
        return LaunchSpec(
            id=tree,
            owner=(OWNER, entry.spec.run_id),
            argv=ready.invocation.argv,
            cwd=str(ready.invocation.cwd),
            env=tool_environment(os.environ, ready.invocation.env, self._private),
            log=LogRules(str(ready.folder / OUTPUT), rules.max_size, rules.keep, rules.max_age, rules.compress),
            limits=_limits(module),
            grace=stop.timeout,
            signal=stop.signal,
            console="own" if stop.signal in {"SIGINT", "CTRL_C"} else "shared",
            label=note(entry.spec, entry.state.attempt),
            input=ready.invocation.stdin,
        )

    async def _pretend(self, entry: Entry, tree: str, ready: _Ready) -> list[Happening]:
        """A dry run: its log says what would have been run."""
        words = f"dry run, nothing is executed: {' '.join(ready.invocation.shown_argv)}\n"
        file = ready.folder / OUTPUT
        await asyncio.to_thread(file.write_text, words, encoding="utf-8", errors="replace")
        return [Launched(tree, None, self._clock.now().timestamp()), Ended(tree, Outcome(0, None, "exit code 0"))]


def _limits(module: Module) -> Limits | None:
    one = module.limits
    return None if one is None else Limits(one.memory, one.cpu, one.processes, one.priority, one.affinity)
