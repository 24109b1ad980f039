"""The areas that services can do without: imported and built while services start."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import asdict
from math import inf
from typing import Any

from backend.center import Center, Foundation
from backend.config import ROOT, Settings
from backend.database.repositories.runs import TYPE as RUN
from backend.database.repositories.runs import UNFINISHED
from backend.leaving import Leaving
from backend.services.agents import Agents
from backend.services.alerts.opening import open_alerts
from backend.services.definitions.load import surroundings
from backend.services.definitions.retention import kept
from backend.services.diagnostics.diagnosis import Diagnostics
from backend.services.diagnostics.machinery import ask_held
from backend.services.incidents.keep import Keep as KeepCrashes
from backend.services.incidents.opening import open_incidents
from backend.services.jobs import Jobs
from backend.services.knowledge.opening import INDEX, open_knowledge
from backend.services.leases import Leases
from backend.services.metrics.metrics import Metrics
from backend.services.modules import Catalogue
from backend.services.modules.presets import Presets
from backend.services.modules.saved import SavedParameters
from backend.services.modules.section import Section
from backend.services.notifications.opening import open_notifications
from backend.services.processes.environment import tool_environment
from backend.services.processes.line_count import LineCounts
from backend.services.processes.runtime import KeeperBack
from backend.services.runs import Runs
from backend.services.runs.keep import Keep
from backend.services.schedules import Schedules
from backend.services.schedules.zones import local_zone
from backend.services.system.gpu.found import find_readers
from backend.services.system.gpu.gpus import Gpus
from backend.services.system.history.opening import open_history
from backend.services.system.history.series import of_runs
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
            keep=lambda: kept(definitions.sections, "runs", Keep()),
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
                keep=lambda: kept(definitions.sections, "usage", inf),
                runtime=keeper,
                module_of=module_of,
                token=settings.api_token.get_secret_value() if settings.api_token else None,
            )
        )
        gpus = Gpus(find_readers, on.supervisor.owners, on.clock)
        on.system.show_gpus(gpus.present)
        on.tasks.spawn(gpus.run(), name="GPUs")
        history = await stack.enter_async_context(
            open_history(
                system=on.system,
                trees=on.trees,
                run_points=runs.usage,
                keep=lambda: kept(definitions.sections, "samples", None),
                database=on.database,
                tell=on.journal.tell,
                clock=on.clock,
                tasks=on.tasks,
            )
        )
        history.source(lambda: of_runs(runs.using()))

        def module_name(module_id: str) -> str:
            module = catalogue.modules.get(module_id)
            return module_id if module is None else module.name

        notifier = await stack.enter_async_context(
            open_notifications(
                database=on.database,
                journal=on.journal,
                clock=on.clock,
                tasks=on.tasks,
                definitions=definitions,
                module_name=module_name,
                hide=on.secrets.hide,
                zone=local,
            )
        )
        alerts = await stack.enter_async_context(
            open_alerts(
                definitions=definitions,
                history=history,
                entry=on.supervisor.entry,
                standings=lambda: ledger.standings() if ledger.begun else [],
                growth=keeper.growth,
                database=on.database,
                journal=on.journal,
                tasks=on.tasks,
                clock=on.clock,
                local=local,
                hide=on.secrets.hide,
            )
        )
        started_at = on.clock.now()
        metrics = Metrics(
            started_at=started_at,
            system=on.system,
            board=on.supervisor.board,
            used=history.latest,
            runs=lambda: {status: jobs.count(RUN, status=status) for status in UNFINISHED},
            ledger=ledger,
            knowledge=knowledge,
            firing=alerts.firing,
        )
        metrics.begin(on.database, on.journal, on.tasks)
        diagnostics = Diagnostics(
            settings=settings,
            clock=on.clock,
            ports=on.ports,
            keeper=lambda: ask_held(keeper),
            database=on.database.state,
            index=knowledge.trouble,
            daemon=pid,
            warnings=warnings,
        )

        async def diagnose() -> list[dict[str, Any]]:
            return [asdict(finding) for finding in (await diagnostics.run()).findings]

        incidents = open_incidents(
            database=on.database,
            journal=on.journal,
            clock=on.clock,
            secrets=on.secrets,
            tasks=on.tasks,
            settings=settings,
            definitions=definitions,
            supervisor=on.supervisor,
            history=history,
            log_of_run=runs.log,
            alerts=alerts.between,
            diagnose=diagnose,
            keep=lambda: kept(definitions.sections, "crashes", KeepCrashes()),
        )
        yield Center(
            **vars(on),
            jobs=jobs,
            runs=runs,
            schedules=schedules,
            catalogue=catalogue,
            history=history,
            knowledge=knowledge,
            agents=Agents(knowledge),
            alerts=alerts,
            ledger=ledger,
            meter=meter,
            notifier=notifier,
            saved_parameters=SavedParameters(on.database, on.clock),
            presets=Presets(on.database, on.clock),
            incidents=incidents,
            diagnostics=diagnostics,
            line_counts=LineCounts(),
            metrics=metrics,
            started_at=started_at,
        )
