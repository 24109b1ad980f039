"""The alerts, opened: they go on where an earlier life of the daemon ended."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import tzinfo
from functools import partial

from backend.core.clock import Clock
from backend.core.tasks import Tasks
from backend.database.database import Database
from backend.database.journal import Journal
from backend.services.alerts.alerts import KEEP, Alerts
from backend.services.alerts.evaluation import Evaluation
from backend.services.alerts.model import Section
from backend.services.alerts.recorder import Recorder
from backend.services.alerts.senses import Senses
from backend.services.alerts.services import Services
from backend.services.definitions import Definitions
from backend.services.definitions.retention import kept
from backend.services.processes.growth import Growth
from backend.services.supervisor.entry import Entry
from backend.services.system.history.history import History
from backend.services.usage.budgets import Standing


@asynccontextmanager
async def open_alerts(
    *,
    definitions: Definitions,
    history: History,
    entry: Callable[[str], Entry],
    standings: Callable[[], Sequence[Standing]],
    growth: Growth,
    database: Database,
    journal: Journal,
    tasks: Tasks,
    clock: Clock,
    local: tzinfo,
    hide: Callable[[str], str],
) -> AsyncIterator[Alerts]:
    """`entry` is what the supervisor knows of a service, `standings` are those of budgets, `local` is the zone of
    windows that name none."""
    wake = asyncio.Event()
    senses = Senses(
        services=Services(lambda: definitions.services, entry),
        standings=standings,
        growth=growth,
        tasks=tasks,
        clock=clock,
        changed=wake.set,
    )
    recorder = Recorder(journal, tasks)
    evaluation = Evaluation(
        see=senses.readings,
        recorder=recorder,
        tell=partial(journal.tell, along=True),
        tell_alone=journal.tell,
        local=local,
        hide=hide,
    )
    alerts = Alerts(
        evaluation=evaluation,
        senses=senses,
        recorder=recorder,
        database=database,
        clock=clock,
        section=lambda: definitions.sections.get("alerts") or Section(),
        keep=lambda: kept(definitions.sections, "alerts", KEEP),
        wake=wake,
    )
    definitions.subscribe(lambda *_: alerts.definitions_changed())
    history.subscribe(senses.tick)
    await alerts.open(tasks, journal.bus)
    try:
        yield alerts
    finally:
        await alerts.close()
