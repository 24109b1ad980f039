"""The area, opened: it hears of every end from then on, and of those since services were started."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from backend.config import Settings
from backend.core.clock import Clock
from backend.core.secrets import Secrets
from backend.core.tasks import Tasks
from backend.database.database import Database
from backend.database.journal import Journal
from backend.database.repositories.alerts import Record as Alert
from backend.services.definitions import Definitions
from backend.services.incidents.bundles import Bundles
from backend.services.incidents.cards import Cards
from backend.services.incidents.incidents import Incidents
from backend.services.incidents.keep import Keep
from backend.services.incidents.moment import Moments
from backend.services.processes.logs import Log
from backend.services.runs.errors import UnknownRun
from backend.services.supervisor import Supervisor
from backend.services.supervisor.errors import UnknownService
from backend.services.system.history.history import History


def open_incidents(
    *,
    database: Database,
    journal: Journal,
    clock: Clock,
    secrets: Secrets,
    tasks: Tasks,
    settings: Settings,
    definitions: Definitions,
    supervisor: Supervisor,
    history: History,
    log_of_run: Callable[[str], Awaitable[Log]],
    alerts: Callable[[datetime, datetime], Awaitable[Sequence[Alert]]],
    diagnose: Callable[[], Awaitable[Sequence[Mapping[str, Any]]]],
    keep: Callable[[], Keep],
) -> Incidents:
    """`alerts` gives those that fired within two times, `diagnose` findings as JSON; `log_of_run` may raise
    `UnknownRun`."""

    def log_of(service: str) -> Log | None:
        try:
            spec = supervisor.entry(service).spec
        except UnknownService:
            return None
        return Log(spec.log_file, spec.log.encoding)

    async def kept_log_of_run(run_id: str) -> Log | None:
        try:
            return await log_of_run(run_id)
        except UnknownRun:  # forgotten meanwhile
            return None

    cards = Cards(database=database, journal=journal, clock=clock, secrets=secrets, keep=keep)
    history.subscribe(cards.measured)
    supervisor.ends.listen(cards.hear)
    cards.begin(tasks)
    moments = Moments(
        database=database,
        journal=journal,
        clock=clock,
        secrets=secrets,
        log_of=log_of,
        log_of_run=kept_log_of_run,
        values_at=history.values_at,
        alerts=alerts,
    )
    bundles = Bundles(
        database=database,
        journal=journal,
        clock=clock,
        secrets=secrets,
        cards=cards,
        history=history,
        configuration=lambda: {
            definitions.path.name: definitions.text or "",
            "settings.json": settings.model_dump_json(indent=1),
        },
        services=lambda: [asdict(view) for view in supervisor.board.views()],
        logs=lambda: {view.id: log for view in supervisor.board.views() if (log := log_of(view.id)) is not None},
        log_of_run=kept_log_of_run,
        diagnose=diagnose,
        own_log=settings.log_dir / "app.log",
        folder=settings.data_dir,
    )
    return Incidents(cards, moments, bundles)
