"""The knowledge base opened: its index kept, its fetches followed, and what the configuration says of it heard."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import tzinfo
from pathlib import Path

from backend.core.clock import Clock
from backend.core.events import Fact
from backend.core.tasks import Tasks
from backend.database.database import Database
from backend.services.definitions import Definitions
from backend.services.jobs import Jobs
from backend.services.knowledge.fetching import Fetching
from backend.services.knowledge.knowledge import Knowledge
from backend.services.knowledge.spec import KnowledgeSpec
from backend.services.modules import Catalogue
from backend.services.runs import Runs

INDEX = "knowledge.db"  # in the data folder


@asynccontextmanager
async def open_knowledge(
    *,
    path: Path,
    definitions: Definitions,
    database: Database,
    jobs: Jobs,
    runs: Runs,
    catalogue: Catalogue,
    tasks: Tasks,
    tell: Callable[[Fact], object],
    clock: Clock,
    hide: Callable[[str], str],
    local: tzinfo,
) -> AsyncIterator[Knowledge]:
    """`path` is the file of the index, `local` the zone of the machine."""

    def spec() -> KnowledgeSpec:
        return definitions.sections.get("knowledge") or KnowledgeSpec()

    fetching = Fetching(
        spec=spec, runs=runs, module=catalogue.get, database=database, clock=clock, tell=tell, local=local
    )  # fmt: skip
    knowledge = Knowledge(
        path=path, spec=spec, database=database, jobs=jobs, tell=tell, clock=clock, hide=hide, fetching=fetching
    )
    definitions.subscribe(knowledge.configuration_changed)
    async with knowledge.kept(tasks):
        yield knowledge
