"""All checks together. One that fails or hangs is itself a finding and spoils no other."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from backend.config import Settings
from backend.core.clock import Clock
from backend.core.secrets import Secrets
from backend.services.diagnostics import declared, folders, installation, knowledge, machinery
from backend.services.diagnostics.finding import Finding
from backend.services.ports import PortReader

log = logging.getLogger(__name__)

TIME_LIMIT = 30.0  # seconds for each check; all run side by side

Check = Coroutine[object, object, list[Finding]]


@dataclass(frozen=True)
class Diagnosis:
    """`ok`: nothing to fix, not even a warning."""

    checked_at: datetime
    findings: tuple[Finding, ...]

    @property
    def ok(self) -> bool:
        return all(finding.status == "ok" for finding in self.findings)


class Diagnostics:
    """`daemon` is the pid of the daemon that runs on this data folder, if one does; `warnings` are those of
    `load_settings`."""

    def __init__(
        self,
        *,
        settings: Settings,
        clock: Clock,
        ports: PortReader,
        keeper: machinery.AskKeeper,
        database: machinery.DatabaseState,
        index: knowledge.IndexTrouble,
        daemon: int | None,
        warnings: Sequence[str] = (),
    ) -> None:
        self._settings = settings
        self._clock = clock
        self._ports = ports
        self._keeper = keeper
        self._database = database
        self._index = index
        self._daemon = daemon
        self._warnings = warnings

    async def run(self) -> Diagnosis:
        at = self._clock.now()
        definitions = await asyncio.to_thread(declared.read_declared, self._settings)
        checks = self._checks(definitions)
        results = await asyncio.gather(*(_guarded(name, check) for name, check in checks.items()))
        secrets = Secrets((*self._settings.secrets, *definitions.secrets))
        return Diagnosis(
            at, tuple(Finding(**secrets.hide_in(asdict(finding))) for findings in results for finding in findings)
        )

    def _checks(self, definitions: declared.Declared) -> dict[str, Check]:
        settings = self._settings
        return {
            "python": asyncio.to_thread(installation.check_python),
            "packages": asyncio.to_thread(installation.check_packages),
            "settings": asyncio.to_thread(declared.check_settings, self._warnings),
            "configuration": asyncio.to_thread(declared.check_configuration, definitions),
            "paths": asyncio.to_thread(declared.check_paths, definitions),
            "ports": declared.check_own_port(settings, self._ports, self._daemon),
            "ports of services": declared.check_service_ports(definitions, self._ports),
            "spawn": machinery.check_spawn(),
            "keeper": machinery.check_keeper(self._keeper),
            "database": machinery.check_database(settings, self._database),
            "knowledge": knowledge.check_index(definitions, self._index),
            "knowledge.fetch": asyncio.to_thread(knowledge.check_fetch, definitions),
            "disk": asyncio.to_thread(folders.check_disk, settings),
            "data folder": asyncio.to_thread(folders.check_data_folder, settings),
            "log folder": asyncio.to_thread(folders.check_log_folder, settings),
            "dashboard": asyncio.to_thread(folders.check_dashboard),
        }


async def _guarded(name: str, check: Check) -> list[Finding]:
    title = name.capitalize()
    try:
        async with asyncio.timeout(TIME_LIMIT):
            return await check
    except TimeoutError:
        what = f"no answer within {TIME_LIMIT:.0f} s"
        return [Finding(name, title, "error", what, "It cannot be said whether this works.", "Try again later.")]
    except Exception as error:  # whatever it is, the person must see it, and the other checks
        log.exception("the check %s failed", name)
        what, why = f"the check itself failed: {error}", "It cannot be said whether this works."
        return [Finding(name, title, "error", what, why, "Look into app.log and report it.")]
