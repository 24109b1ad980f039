"""Every module that there is, from wherever it is declared, watched.

What changes on disk is seen within a second: the configuration by `definitions`, everything else here. A module that
becomes wrong is not there until it is mended, and all others stay.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from backend.core.clock import Clock
from backend.core.events import Fact
from backend.core.lookout import SHARE, Lookout
from backend.core.secrets import Secrets
from backend.core.tasks import Tasks
from backend.services.definitions.faults import Fault, listed, nearest
from backend.services.definitions.place import Surroundings
from backend.services.definitions.source import stamp
from backend.services.modules.elsewhere import Found, read_folder, read_list
from backend.services.modules.errors import UnknownModule
from backend.services.modules.interpreters import program
from backend.services.modules.model import Module
from backend.services.modules.section import ModuleFault, Section

POLL_SECONDS = 0.5
SETTLE_SECONDS = 0.15  # files that stay as they are for so long have been written
SETTLE_ROUNDS = 3  # a run that writes beside its script goes on, and keeps nobody waiting
RECHECK_SECONDS = 10.0  # a script that was missing may have been put there, and nothing that is watched shows it
TOLD_FAULTS = 20
SHOWN_NAMES = 10


class Catalogue:
    """`modules` by id, in the order of their declarations; `faults` are all that is wrong with any. `section` gives
    what the configuration says now."""

    def __init__(
        self,
        *,
        section: Callable[[], Section],
        around: Surroundings,
        tell: Callable[[Fact], object],
        clock: Clock,
        secrets: Secrets,
    ) -> None:
        self.modules: Mapping[str, Module] = {}
        self.faults: tuple[ModuleFault, ...] = ()
        self._section, self._around = section, around
        self._tell, self._clock, self._secrets = tell, clock, secrets
        self._reading = asyncio.Lock()
        self._found = Found()
        self._said = Section()
        self._read_at = self._took = 0.0
        self._lookout = Lookout(self._is_news, every=POLL_SECONDS, name="modules")
        self._opened = False

    @asynccontextmanager
    async def watched(self, tasks: Tasks) -> AsyncIterator[Catalogue]:
        """Reads all modules, and watches them until the context ends."""
        await self.reload()
        watching = tasks.spawn(self._watch(), name="modules")
        try:
            yield self
        finally:
            watching.cancel()

    def get(self, module_id: str) -> Module:
        """Raises `UnknownModule`."""
        if (module := self.modules.get(module_id)) is not None:
            return module
        raise UnknownModule(f"There is no module `{module_id}`{self._instead(module_id)}")

    def _instead(self, name: str) -> str:
        wrong = next((one for one in self.faults if one.module == name and one.fault.severity == "error"), None)
        if wrong is not None:
            return f": its definition is wrong, {wrong.file.name} line {wrong.fault.line}: {wrong.fault.message}."
        if (meant := nearest(name, self.modules)) is not None:
            return f"; did you mean `{meant}`?"
        some = list(self.modules)[:SHOWN_NAMES]
        return f"; there is {listed(some)}." if some else "; none is declared."

    async def program(self, module: Module) -> tuple[str, ...]:
        """How the command line of a run begins; raises `NoInterpreter`."""
        return await asyncio.to_thread(program, module, self._around.search_path)

    def configuration_changed(self, *_: object) -> None:
        """Looks at once: the configuration says something else."""
        self._lookout.hurry()

    async def reload(self) -> None:
        """Reads everything again. One at a time: an older look never follows a newer one."""
        async with self._reading:
            self._read_at = self._clock.monotonic()
            self._said = self._section()
            found = await asyncio.to_thread(read_modules, self._said, self._around)
            self._took = self._clock.monotonic() - self._read_at
            self._secrets.add(found.secrets)
            self._apply(found)

    async def _watch(self) -> None:
        while True:
            await self._lookout.wait()
            changed = await asyncio.to_thread(_has_changed, self._found)
            if changed:
                await self._settled()
            if changed or self._section() != self._said or self._is_due():
                await self.reload()

    def _is_news(self) -> bool:
        return _has_changed(self._found) or self._section() != self._said or self._is_due()

    def _is_due(self) -> bool:
        rest = max(RECHECK_SECONDS, SHARE * self._took)
        return bool(self.faults) and self._clock.monotonic() - self._read_at > rest

    async def _settled(self) -> None:
        seen = await asyncio.to_thread(_look, self._found)
        for _ in range(SETTLE_ROUNDS):
            await asyncio.sleep(SETTLE_SECONDS)
            again = await asyncio.to_thread(_look, self._found)
            if again == seen:
                return
            seen = again

    def _apply(self, found: Found) -> None:
        self._found = found
        before, after = self.modules, {module.id: module for module in found.modules}
        self._tell_faults(found.faults)
        self.modules, self.faults = after, tuple(found.faults)
        added = [name for name in after if name not in before]
        changed = [name for name in after if name in before and after[name] != before[name]]
        removed = [name for name in before if name not in after]
        if self._opened:
            self._tell_changes(added, changed, removed)
        self._opened = True

    def _tell_changes(self, added: Iterable[str], changed: Iterable[str], removed: Iterable[str]) -> None:
        for word, names in (("added", added), ("changed", changed)):
            for name in names:
                module = self.modules[name]
                payload = {"name": module.name, "origin": module.origin}
                self._tell(Fact("modules", f"module.{word}", name, payload=payload))
        for name in removed:
            self._tell(Fact("modules", "module.removed", name))

    def _tell_faults(self, faults: Sequence[ModuleFault]) -> None:
        """Once for each module, and for each file that is wrong as a whole, when its errors become others."""
        known = _errors(self.faults)
        for (file, name), errors in _errors(faults).items():
            if errors != known.get((file, name)):
                told = [{"line": one.line, "message": self._secrets.hide(one.message)} for one in errors[:TOLD_FAULTS]]
                payload = {"file": file.name, "errors": len(errors), "faults": told}
                self._tell(Fact("modules", "module.faulty", name or file.name, payload=payload))


def _errors(faults: Iterable[ModuleFault]) -> dict[tuple[Path, str | None], list[Fault]]:
    found: dict[tuple[Path, str | None], list[Fault]] = {}
    for one in faults:
        if one.fault.severity == "error":
            found.setdefault((one.file, one.module), []).append(one.fault)
    return found


def read_modules(said: Section, around: Surroundings) -> Found:
    """All modules; of two with the same id the first one counts. Blocking."""
    found = Found(list(said.modules), list(said.faults))
    for file in said.imports:
        read_list(file, around, found)
    for folder in said.folders:
        read_folder(folder, around, found)
    first: dict[str, Module] = {}
    for module in found.modules:
        if first.setdefault(module.id.lower(), module) is not module:
            found.faults.append(_taken(module, first[module.id.lower()]))
    found.modules = list(first.values())
    return found


def _taken(module: Module, other: Module) -> ModuleFault:
    message = f"`{other.id}` is declared in {other.file.name} already"
    fault = Fault("error", 1, 1, module.id, message, "Give one of the two another id", "")
    return ModuleFault(module.file, module.id, fault)


def _look(found: Found) -> dict[Path, object]:
    return {path: stamp(path) for path in found.looked}


def _has_changed(found: Found) -> bool:
    return _look(found) != found.looked
