"""The areas that services can do without: imported and built while services start."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager

from backend.center import Center, Foundation
from backend.config import ROOT, Settings
from backend.leaving import Leaving
from backend.services.agents import Agents
from backend.services.definitions.load import surroundings
from backend.services.diagnostics.diagnosis import Diagnostics
from backend.services.diagnostics.machinery import ask_held
from backend.services.jobs import Jobs
from backend.services.knowledge.opening import INDEX, open_knowledge
from backend.services.leases import Leases
from backend.services.modules import Catalogue
from backend.services.modules.presets import Presets
from backend.services.modules.saved import SavedParameters
from backend.services.modules.section import Section
from backend.services.processes.environment import tool_environment
from backend.services.processes.line_count import LineCounts
from backend.services.processes.runtime import KeeperBack
from backend.services.runs import Runs
from backend.services.runs.keep import Keep
from backend.services.schedules import Schedules
from backend.services.schedules.zones import local_zone
from backend.services.usage.opening import open_usage
from backend.services.usage.section import Section as UsageSection


@asynccontextmanager
async def open_areas(
    on: Foundation, found: KeeperBack, leaving: Leaving, *, warnings: Sequence[str], pid: int | None
) -> AsyncIterator[Center]:
    """All of the center, in working order. `found` is what the keeper held when it was connected."""
    settings, definitions, keeper = on.settings, on.definitions, on.keeper
    async with AsyncExitStack() as stack:
        catalogue = Catalogue(
            section=lambda: definitions.sections.get("modules") or Section(),
            around=surroundings(
                settings.definitions_path,
                log_dir=settings.log_dir,
                root=ROOT,
                search_path=tool_environment(os.environ, {}, ()).get("PATH"),
            ),
            tell=on.journal.tell,
            clock=on.clock,
            secrets=on.secrets,
        )
        await stack.enter_async_context(catalogue.watched(on.tasks))
        definitions.subscribe(catalogue.configuration_changed)
        jobs = Jobs(on.database)
        runs = Runs(
            database=on.database,
            journal=on.journal,
            jobs=jobs,
            leases=Leases(on.clock),
            runtime=keeper,
            tasks=on.tasks,
            clock=on.clock,
            secrets=on.secrets,
            module=catalogue.get,
            folder=settings.data_dir / "runs",
            slots=settings.max_concurrent_runs,
            dry=settings.prismq_run_mode == "dry-run",
            private=[name.upper() for name in Settings.model_fields],
            measure=on.system.usage,
            interval=settings.ws_update_interval,
            keep=lambda: (definitions.sections.get("retention") or {}).get("runs") or Keep(),
        )
        leaving.hurries.append(runs.hurry)
        local = await asyncio.to_thread(local_zone)
        schedules = Schedules(
            database=on.database,
            clock=on.clock,
            tell=on.journal.tell,
            bus=on.journal.bus,
            runs=runs,
            catalogue=catalogue,
            secrets=on.secrets,
            local=local,
        )
        stack.enter_context(schedules.listening())  # what ended while nobody was there is told by runs that open
        await runs.open(found)
        schedules.begin(on.tasks)
        knowledge = await stack.enter_async_context(
            open_knowledge(
                path=settings.data_dir / INDEX,
                definitions=definitions,
                database=on.database,
                jobs=jobs,
                runs=runs,
                catalogue=catalogue,
                tasks=on.tasks,
                tell=on.journal.tell,
                clock=on.clock,
                hide=on.secrets.hide,
                local=local,
            )
        )

        async def module_of(run_id: str) -> str:
            return (await runs.get(run_id)).module_id

        ledger, meter = await stack.enter_async_context(
            open_usage(
                database=on.database,
                clock=on.clock,
                tasks=on.tasks,
                tell=on.journal.tell,
                section=lambda: definitions.sections.get("usage") or UsageSection(),
                keep=lambda: (definitions.sections.get("retention") or {}).get("usage"),
                runtime=keeper,
                module_of=module_of,
                token=settings.api_token.get_secret_value() if settings.api_token else None,
            )
        )
        yield Center(
            **vars(on),
            jobs=jobs,
            runs=runs,
            schedules=schedules,
            catalogue=catalogue,
            knowledge=knowledge,
            agents=Agents(knowledge),
            ledger=ledger,
            meter=meter,
            saved_parameters=SavedParameters(on.database, on.clock),
            presets=Presets(on.database, on.clock),
            diagnostics=Diagnostics(
                settings=settings,
                clock=on.clock,
                ports=on.ports,
                keeper=lambda: ask_held(keeper),
                database=on.database.state,
                index=knowledge.trouble,
                daemon=pid,
                warnings=warnings,
            ),
            line_counts=LineCounts(),
            started_at=on.clock.now(),
        )
