"""Puts the notifier together with what the rest of the daemon has for it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import tzinfo

from backend.core.clock import Clock
from backend.core.tasks import Tasks
from backend.database.database import Database
from backend.database.journal import Journal
from backend.services.definitions import Definitions
from backend.services.definitions.model import ServiceSpec
from backend.services.definitions.retention import kept
from backend.services.notifications.hearing import Hearing
from backend.services.notifications.model import Section
from backend.services.notifications.notifier import Notifier

KEEP = 90 * 86_400.0  # seconds


@asynccontextmanager
async def open_notifications(
    *,
    database: Database,
    journal: Journal,
    clock: Clock,
    tasks: Tasks,
    definitions: Definitions,
    module_name: Callable[[str], str],
    hide: Callable[[str], str],
    zone: tzinfo,
) -> AsyncIterator[Notifier]:
    """`module_name` is what people call a module, by its id; `zone` that of this machine."""

    def service(name: str) -> ServiceSpec | None:
        return definitions.services.get(name)

    notifier = Notifier(
        database=database,
        journal=journal,
        clock=clock,
        tasks=tasks,
        section=lambda: definitions.sections.get("notifications") or Section(),
        keep=lambda: kept(definitions.sections, "notifications", KEEP),
        hearing=Hearing(service, module_name),
        hide=hide,
        zone=zone,
    )
    definitions.subscribe(notifier.configuration_changed)
    try:
        yield notifier
    finally:
        await notifier.close()
