"""The composition root: builds what services run on and asks for them, then everything else (`areas.py`)."""

from __future__ import annotations

import asyncio
import os
import subprocess
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from importlib import import_module

from backend import __version__
from backend.center import Center, Foundation
from backend.config import ROOT, Settings
from backend.core.clock import Clock, SystemClock
from backend.core.events import Fact
from backend.core.secrets import Secrets
from backend.core.tasks import open_tasks
from backend.database.database import open_database
from backend.database.journal import open_journal
from backend.leaving import Leaving
from backend.services.definitions import Definitions
from backend.services.definitions.retention import kept
from backend.services.ports import PortReader
from backend.services.processes.environment import tool_environment
from backend.services.processes.keeper_client import open_keeper
from backend.services.sections import section_loaders
from backend.services.supervisor import Supervisor
from backend.services.supervisor.recorder import Recorder
from backend.services.system import System
from backend.services.system.lived import last_lived
from backend.services.system.readings import choose_reader
from backend.services.system.trees import Trees
from backend.services.usage.environment import metered_environment
from backend.services.usage.section import Section as UsageSection


@asynccontextmanager
async def open_center(
    settings: Settings,
    *,
    warnings: Sequence[str] = (),
    pid: int | None = None,
    keeper_started: subprocess.Popen[bytes] | None = None,
    clock: Clock | None = None,
    secrets: Secrets | None = None,
    leaving: Leaving | None = None,
    address: str | None = None,
) -> AsyncIterator[Center]:
    """Everything in working order; on leaving all is closed, in reverse. Services are stopped before, by `serving.py`.

    `pid` is the daemon's, where it is one; `keeper_started` a keeper that gets ready meanwhile, `secrets` what is known
    by then of the values that are not to be shown. `leaving` hears signals from the moment at which services may be
    there: what they ask for waits until all is open, and then ends in order. `address` is where tools of this machine
    reach the daemon, if that is not as the settings say.
    """
    clock = clock or SystemClock()
    secrets = secrets or Secrets(settings.secrets)
    signals, leaving = leaving is not None, leaving or Leaving()
    async with AsyncExitStack() as stack:
        tasks = await stack.enter_async_context(open_tasks())
        keeper = await stack.enter_async_context(open_keeper(settings.data_dir, tasks, keeper_started))
        reaching = asyncio.ensure_future(keeper.connect())  # the keeper starts while the database opens
        stack.callback(reaching.cancel)
        database = await stack.enter_async_context(open_database(settings.database, settings.data_dir, clock))
        lived = asyncio.ensure_future(last_lived(database))
        journal = await stack.enter_async_context(
            open_journal(database, clock, keep=lambda: kept(definitions.sections, "events", None), secrets=secrets)
        )
        search_path = tool_environment(os.environ, {}, ()).get("PATH")
        definitions = Definitions(
            settings.definitions_path,
            data_dir=settings.data_dir,
            log_dir=settings.log_dir,
            root=ROOT,
            tell=journal.tell,
            clock=clock,
            sections=section_loaders(settings.definitions_path),
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

        async def owners(max_age: float) -> Mapping[int, str]:
            return await supervisor.owners(max_age)

        trees = Trees(owners, choose_reader(), clock)
        tools_address = address or f"http://{settings.host}:{settings.port}"

        def usage_settings() -> UsageSection:
            return definitions.sections.get("usage") or UsageSection()

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
            used=lambda: trees.usage(settings.ws_update_interval / 2),
            measure=system.usage,
            private=private,
            markers=settings.data_dir / "restarts",
            interval=settings.ws_update_interval,
            hide=secrets.hide,
            metered=lambda spec: {
                "CONTROL_CENTER_URL": tools_address,
                **metered_environment(spec, usage_settings().providers, tools_address),
            },
        )
        found = await reaching
        journal.tell(Fact("daemon", "daemon.started", payload={"version": __version__, "last_seen": await lived}))
        if found.fresh:
            journal.tell(Fact("processes", "keeper.started", payload={"pid": found.pid, "ended": len(found.ended)}))
        else:
            journal.tell(Fact("processes", "keeper.reconnected", payload={"pid": found.pid}))
        if signals:
            stack.enter_context(leaving.on_signals())
        leaving.hurries.append(supervisor.hurry)
        await supervisor.open(definitions.services, found)
        definitions.subscribe(lambda *change: supervisor.definitions_changed(*change, cause=definitions.applied_by))
        tasks.spawn(system.run(), name="system samples")
        foundation = Foundation(
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
            system=system,
            trees=trees,
            leave=leaving.asked,
        )
        try:
            await asyncio.to_thread(import_module, "backend.areas")  # services start meanwhile
            from backend.areas import open_areas

            areas = open_areas(foundation, found, leaving, warnings=warnings, pid=pid)
            center = await stack.enter_async_context(areas)
        except BaseException:  # then nobody will supervise what has been started
            await supervisor.close()
            raise
        yield center
