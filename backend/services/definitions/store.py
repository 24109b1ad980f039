"""The definitions in force, and the file that they came from, watched.

A good file applies at once. A bad one never does: what was in force stays, and the faults are there for all to see. The
last good text is kept in the data folder, so a daemon that starts beside a bad file still knows what it looks after.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from backend.core.clock import Clock
from backend.core.events import Event, Fact
from backend.core.lookout import Lookout
from backend.core.secrets import Secrets
from backend.core.tasks import Tasks
from backend.services.definitions.faults import Fault
from backend.services.definitions.kept import LAST_GOOD, LastGood, read_last_good, write_last_good, write_starter
from backend.services.definitions.load import Loaded, SectionLoader, load, load_file, surroundings
from backend.services.definitions.model import ServiceSpec
from backend.services.definitions.place import Surroundings
from backend.services.definitions.source import Stamp, stamp

log = logging.getLogger(__name__)

POLL_SECONDS = 0.5
SETTLE_SECONDS = 0.15  # a file that stays as it is for so long has been written
RECHECK_SECONDS = 10.0  # a folder that was missing may have been made, and nothing in the file shows it
TOLD_FAULTS = 20
EARLIER = 20

State = Literal["in_force", "faulty", "missing"]
Listener = Callable[[Mapping[str, ServiceSpec], Sequence[str], Sequence[str], Sequence[str]], None]
Look = Mapping[Path, Stamp]


class Definitions:
    """`services` and `sections` are in force; `faults` are those of the file as it is now; `state` says whether the
    two belong together. `applied_at` is when they came into force, `applied_by` the id of the event that told so,
    `changed_at` when the file was last written. `secrets` learns every value that is not to be shown. `text` is what
    came into force; `earlier` holds, newest first, what services were before, since what runs may run by it still. Who
    edits the file holds `editing`."""

    def __init__(
        self,
        path: Path,
        *,
        data_dir: Path,
        log_dir: Path,
        root: Path,
        tell: Callable[[Fact], Event],
        clock: Clock,
        sections: Mapping[str, SectionLoader] | None = None,
        search_path: str | None = None,
        secrets: Secrets | None = None,
    ) -> None:
        self.path = path
        self.services: Mapping[str, ServiceSpec] = {}
        self.sections: Mapping[str, Any] = {}
        self.faults: tuple[Fault, ...] = ()
        self.state: State = "missing"
        self.applied_at: datetime | None = None
        self.applied_by: str | None = None
        self.changed_at: datetime | None = None
        self.secrets = Secrets() if secrets is None else secrets
        self._data_dir, self._log_dir, self._root = data_dir, log_dir, root
        self._tell, self._clock = tell, clock
        self._loaders, self._search_path = dict(sections or {}), search_path
        self.text: str | None = None
        self.earlier: dict[str, tuple[ServiceSpec, ...]] = {}
        self.editing = asyncio.Lock()
        self._reloading = asyncio.Lock()
        self._listeners: list[Listener] = []
        self._text: str | None = None
        self._seen: Look = {}
        self._read_at = 0.0

    @asynccontextmanager
    async def watched(self, tasks: Tasks) -> AsyncIterator[Definitions]:
        """Brings the file into force, a first one if there is none yet, and watches it until the context ends."""
        await self.start()
        watching = tasks.spawn(self.watch(), name="definitions")
        try:
            yield self
        finally:
            watching.cancel()

    def subscribe(self, listener: Listener) -> None:
        """`listener(services, added, changed, removed)` is called after new definitions are in force."""
        self._listeners.append(listener)

    async def start(self) -> None:
        """Brings the file into force, or the last good one where it is bad or gone."""
        kept = await asyncio.to_thread(read_last_good, self._data_dir, self.path)
        if kept is None and not self.path.exists():
            await asyncio.to_thread(self._write_starter)
        if kept is not None:
            loaded = await asyncio.to_thread(self.read, kept.text)
            self.secrets.add(loaded.secrets)
            if loaded.good:
                self._put_in_force(loaded)
        await self.reload()

    async def watch(self) -> None:
        """Looks at the file's size and times twice a second, and reads it when they change and then stay."""
        lookout = Lookout(lambda: self._look() != self._seen or self._is_due(), every=POLL_SECONDS, name="definitions")
        while True:
            await lookout.wait()
            seen = await asyncio.to_thread(self._look)
            if seen != self._seen:
                await self._settled(seen)
                await self.reload()
            elif self._is_due():
                await self.reload()

    async def reload(self) -> None:
        """Reads the file again and applies it if it is good. One at a time: an older look never follows a newer one."""
        async with self._reloading:
            await self._reload()

    async def _reload(self) -> None:
        self._read_at = self._clock.monotonic()
        written = await asyncio.to_thread(stamp, self.path)
        loaded, state = await asyncio.to_thread(self._read)
        self.secrets.add(loaded.secrets)  # also of a file that is not applied: its faults may repeat them
        self.changed_at = datetime.fromtimestamp(written[0] / 1e9, UTC) if written else None
        if state == "in_force":
            await self._apply(loaded)
        else:
            self._refuse(loaded, state)
        self._seen = {self.path: None if state == "missing" else written, **loaded.env_files}

    def _write_starter(self) -> None:
        try:
            write_starter(self.path, self._root)
        except OSError as error:
            log.warning("%s cannot be written: %s", self.path, error.strerror)

    def read(self, text: str) -> Loaded:
        """What the file would be if it held `text`; nothing comes of it."""
        loaded = load(text, self._surroundings(), self._loaders)
        self.secrets.add(loaded.secrets)  # its faults may repeat them
        return loaded

    def tell_edited(self, actor: str, before: Mapping[str, ServiceSpec], after: Mapping[str, ServiceSpec]) -> None:
        payload = {
            "added": [name for name in after if name not in before],
            "changed": [name for name in after if name in before and after[name] != before[name]],
            "removed": [name for name in before if name not in after],
        }
        self._tell(Fact("definitions", "config.edited", self.path.name, actor=actor, payload=payload))

    def _surroundings(self) -> Surroundings:
        return surroundings(self.path, log_dir=self._log_dir, root=self._root, search_path=self._search_path)

    def _is_due(self) -> bool:
        return bool(self.faults) and self._clock.monotonic() - self._read_at > RECHECK_SECONDS

    def _look(self) -> Look:
        return {path: stamp(path) for path in self._seen}

    async def _settled(self, seen: Look) -> None:
        while True:
            await asyncio.sleep(SETTLE_SECONDS)
            again = await asyncio.to_thread(self._look)
            if again == seen:
                return
            seen = again

    def _read(self) -> tuple[Loaded, State]:
        try:
            loaded = load_file(self.path, self._surroundings(), self._loaders)
        except OSError as error:
            return Loaded(faults=(self._gone(error),)), "missing"
        return loaded, "in_force" if loaded.good else "faulty"

    def _gone(self, error: OSError) -> Fault:
        hint = "Put the file back, or write a new one"
        if self.services:
            hint += f"; what is in force is kept as {LAST_GOOD} in the data folder"
        return Fault("error", 1, 1, "", f"the file cannot be read: {error.strerror}", hint, "")

    def _put_in_force(self, loaded: Loaded) -> None:
        for name, spec in self.services.items():
            if loaded.services.get(name) != spec:
                self.earlier[name] = (spec, *self.earlier.get(name, ()))[:EARLIER]
        self.services, self.sections, self.text = loaded.services, loaded.sections, loaded.text
        self.applied_at = self._clock.now()

    async def _apply(self, loaded: Loaded) -> None:
        before, after = self.services, loaded.services
        added = [name for name in after if name not in before]
        changed = [name for name in after if name in before and after[name] != before[name]]
        removed = [name for name in before if name not in after]
        fresh = loaded.text != self._text or self.state != "in_force" or bool(added or changed or removed)
        fresh = fresh or loaded.sections != self.sections
        self.faults, self.state = loaded.faults, "in_force"
        if not fresh:
            return
        self._text = loaded.text
        self._put_in_force(loaded)
        payload: dict[str, Any] = {"services": len(after), "added": added, "changed": changed, "removed": removed}
        payload["warnings"] = len(self.faults)
        self.applied_by = self._tell(Fact("definitions", "config.applied", self.path.name, payload=payload)).id
        for listener in self._listeners:
            listener(after, added, changed, removed)
        await asyncio.to_thread(write_last_good, self._data_dir, LastGood(self.path, loaded.text))

    def _refuse(self, loaded: Loaded, state: State) -> None:
        if (loaded.faults, state) == (self.faults, self.state):
            return
        self.faults, self.state = loaded.faults, state
        told = [
            {"severity": one.severity, "line": one.line, "path": one.path, "message": self.secrets.hide(one.message)}
            for one in loaded.faults[:TOLD_FAULTS]
        ]
        errors = sum(fault.severity == "error" for fault in loaded.faults)
        payload = {"errors": errors, "warnings": len(loaded.faults) - errors, "faults": told}
        self._tell(Fact("definitions", "config.refused", self.path.name, payload=payload))
