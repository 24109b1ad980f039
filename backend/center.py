"""Everything that runs in one daemon, built by `app.py` and `areas.py`. Handed to every request; never global."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from backend.config import Settings
from backend.core.clock import Clock
from backend.core.secrets import Secrets
from backend.core.tasks import Tasks
from backend.database.database import Database
from backend.database.journal import Journal
from backend.services.definitions import Definitions
from backend.services.ports import PortReader
from backend.services.processes.keeper_client import KeeperClient
from backend.services.supervisor import Supervisor
from backend.services.system import System
from backend.services.system.trees import Trees

if TYPE_CHECKING:  # what supervision can do without is imported later
    from backend.services.agents import Agents
    from backend.services.alerts import Alerts
    from backend.services.diagnostics.diagnosis import Diagnostics
    from backend.services.incidents.incidents import Incidents
    from backend.services.jobs import Jobs
    from backend.services.knowledge.knowledge import Knowledge
    from backend.services.metrics.metrics import Metrics
    from backend.services.modules import Catalogue
    from backend.services.modules.presets import Presets
    from backend.services.modules.saved import SavedParameters
    from backend.services.notifications.notifier import Notifier
    from backend.services.processes.line_count import LineCounts
    from backend.services.runs import Runs
    from backend.services.schedules import Schedules
    from backend.services.system.history.history import History
    from backend.services.usage.ledger import UsageLedger
    from backend.services.usage.meter import Meter


@dataclass(frozen=True, kw_only=True)
class Foundation:
    """What services run on, and the supervisor itself. `leave` is set by whoever asks the daemon to end; `closing` when
    it begins to: every stream ends then."""

    settings: Settings
    clock: Clock
    secrets: Secrets
    tasks: Tasks
    database: Database
    journal: Journal
    definitions: Definitions
    keeper: KeeperClient
    ports: PortReader
    supervisor: Supervisor
    system: System
    trees: Trees
    leave: asyncio.Event
    closing: asyncio.Event = field(default_factory=asyncio.Event)


@dataclass(frozen=True, kw_only=True)
class Center(Foundation):
    """`stroke` is held by the stream of a log that makes frames."""

    jobs: Jobs
    runs: Runs
    schedules: Schedules
    catalogue: Catalogue
    history: History
    knowledge: Knowledge
    agents: Agents
    alerts: Alerts
    saved_parameters: SavedParameters
    presets: Presets
    ledger: UsageLedger
    meter: Meter
    notifier: Notifier
    metrics: Metrics
    incidents: Incidents
    diagnostics: Diagnostics
    line_counts: LineCounts
    started_at: datetime
    stroke: asyncio.Lock = field(default_factory=asyncio.Lock)
