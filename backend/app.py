"""The composition root: builds everything that runs in one daemon, in order, in one place."""

from __future__ import annotations

import asyncio
import os
import subprocess
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager

from backend import __version__
from backend.center import Center
from backend.config import ROOT, Settings
from backend.core.clock import Clock, SystemClock
from backend.core.events import Fact
from backend.core.secrets import Secrets
from backend.core.tasks import open_tasks
from backend.database.database import open_database
from backend.database.journal import open_journal
from backend.services.definitions import Definitions
from backend.services.definitions.load import surroundings
from backend.services.definitions.retention import retention
from backend.services.diagnostics.diagnosis import Diagnostics
from backend.services.diagnostics.machinery import ask_held
from backend.services.jobs import Jobs
from backend.services.leases import Leases
from backend.services.modules import Catalogue
from backend.services.modules.presets import Presets
from backend.services.modules.saved import SavedParameters
from backend.services.modules.section import Section, section
from backend.services.ports import PortReader
from backend.services.processes.environment import tool_environment
from backend.services.processes.keeper_client import open_keeper
from backend.services.runs import Runs
from backend.services.runs.keep import Keep, read_keep
from backend.services.schedules import Schedules
from backend.services.schedules.zones import local_zone
from backend.services.supervisor import Supervisor
from backend.services.supervisor.recorder import Recorder
from backend.services.system import System


@asynccontextmanager
async def open_center(
    settings: Settings,
    *,
    warnings: Sequence[str] = (),
    pid: int | None = None,
    keeper_started: subprocess.Popen[bytes] | None = None,
    clock: Clock | None = None,
    secrets: Secrets | None = None,
) -> AsyncIterator[Center]:
    """Everything in working order; on leaving all is closed, in reverse. Services are stopped before, by `serving.py`.

    `pid` is the daemon's, where it is one; `keeper_started` a keeper that gets ready meanwhile,
    `secrets` what is known by then of the values that are not to be shown.
    """
    clock = clock or SystemClock()
    secrets = secrets or Secrets(settings.secrets)
    async with AsyncExitStack() as stack:
        tasks = await stack.enter_async_context(open_tasks())
        keeper = await stack.enter_async_context(open_keeper(settings.data_dir, tasks, keeper_started))
        reaching = asyncio.ensure_future(keeper.connect())  # the keeper starts while the database opens
        stack.callback(reaching.cancel)
        database = await stack.enter_async_context(open_database(settings.database, settings.data_dir, clock))
        journal = await stack.enter_async_context(open_journal(database, clock, secrets=secrets))
        search_path = tool_environment(os.environ, {}, ()).get("PATH")
        definitions = Definitions(
            settings.definitions_path,
            data_dir=settings.data_dir,
            log_dir=settings.log_dir,
            root=ROOT,
            tell=journal.tell,
            clock=clock,
            sections={"modules": section(settings.definitions_path), "retention": retention({"runs": read_keep})},
            search_path=search_path,
            secrets=secrets,
        )
        await stack.enter_async_context(definitions.watched(tasks))

        async def owner_of(pids: Collection[int]) -> Mapping[int, str]:
            return await supervisor.owner_of(pids)

        ports = PortReader(owner_of)
        system = System(
            data_dir=settings.data_dir,
            interval=settings.ws_update_interval,
            clock=clock,
            owner_of=owner_of,
            redact=secrets.hide,
        )
        private = [name.upper() for name in Settings.model_fields]
        supervisor = Supervisor(
            runtime=keeper,
            growth=keeper.growth,
            tasks=tasks,
            clock=clock,
            tell=journal.tell,
            recorder=Recorder(database, tasks, secrets),
            look=ports.look,
            keeper=lambda: keeper.pid,
            measure=system.usage,
            private=private,
            markers=settings.data_dir / "restarts",
            interval=settings.ws_update_interval,
            hide=secrets.hide,
        )
        found = await reaching
        journal.tell(Fact("daemon", "daemon.started", payload={"version": __version__}))
        if found.fresh:
            journal.tell(Fact("processes", "keeper.started", payload={"pid": found.pid, "ended": len(found.ended)}))
        else:
            journal.tell(Fact("processes", "keeper.reconnected", payload={"pid": found.pid}))
        catalogue = Catalogue(
            section=lambda: definitions.sections.get("modules") or Section(),
            around=surroundings(
                settings.definitions_path, log_dir=settings.log_dir, root=ROOT, search_path=search_path
            ),
            tell=journal.tell,
            clock=clock,
            secrets=secrets,
        )
        await stack.enter_async_context(catalogue.watched(tasks))
        definitions.subscribe(catalogue.configuration_changed)
        jobs = Jobs(database)
        runs = Runs(
            database=database,
            journal=journal,
            jobs=jobs,
            leases=Leases(clock),
            runtime=keeper,
            tasks=tasks,
            clock=clock,
            secrets=secrets,
            module=catalogue.get,
            folder=settings.data_dir / "runs",
            slots=settings.max_concurrent_runs,
            dry=settings.prismq_run_mode == "dry-run",
            private=private,
            measure=system.usage,
            interval=settings.ws_update_interval,
            keep=lambda: (definitions.sections.get("retention") or {}).get("runs") or Keep(),
        )
        schedules = Schedules(
            database=database,
            clock=clock,
            tell=journal.tell,
            bus=journal.bus,
            runs=runs,
            catalogue=catalogue,
            secrets=secrets,
            local=await asyncio.to_thread(local_zone),
        )
        stack.enter_context(schedules.listening())  # what ended while nobody was there is told by runs that open
        await runs.open(found)
        schedules.begin(tasks)
        # the last that is waited for: from here on services may be there, and Ctrl+C ends them in order
        await supervisor.open(definitions.services, found)
        definitions.subscribe(supervisor.definitions_changed)
        tasks.spawn(system.run(), name="system samples")
        diagnostics = Diagnostics(
            settings=settings,
            clock=clock,
            ports=ports,
            keeper=lambda: ask_held(keeper),
            database=database.state,
            daemon=pid,
            warnings=warnings,
        )
        yield Center(
            settings=settings,
            clock=clock,
            secrets=secrets,
            tasks=tasks,
            database=database,
            journal=journal,
            definitions=definitions,
            keeper=keeper,
            ports=ports,
            supervisor=supervisor,
            jobs=jobs,
            runs=runs,
            schedules=schedules,
            catalogue=catalogue,
            saved_parameters=SavedParameters(database, clock),
            presets=Presets(database, clock),
            system=system,
            diagnostics=diagnostics,
            started_at=clock.now(),
        )
