"""What the figures are made of: all areas at one moment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from backend.database.repositories.usage import Sums
from backend.services.knowledge.index import Figures
from backend.services.metrics.tally import Counts
from backend.services.supervisor.views import ServiceView
from backend.services.system.figures import Sample
from backend.services.usage.budgets import Standing


@dataclass(frozen=True, slots=True)
class Reading:
    """`used` is what each service uses, percent of one processor and bytes, `runs` the unfinished ones by status,
    `firing` the alerts by rule and severity, `spent` all calls by provider and model. What could not be read in time is
    None, and has no series."""

    version: str
    started_at: datetime
    machine: Sample | None
    services: Sequence[ServiceView]
    used: Mapping[str, tuple[float | None, float | None]]
    runs: Mapping[str, int]
    spent: Sequence[Sums] | None
    budgets: Sequence[Standing]
    knowledge: Figures | None
    firing: Mapping[tuple[str, str], int] | None
    counts: Counts
