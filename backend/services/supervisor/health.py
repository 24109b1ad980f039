"""What a service's probes have answered lately, for whoever looks; kept in memory, within a bound."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from datetime import datetime

from backend.services.supervisor.happenings import Health

PROBES_KEPT = 200
CHANGES_KEPT = 100


@dataclass(frozen=True, slots=True)
class Probed:
    """One answer: whether all was well, how many seconds it took, and what was not well."""

    at: datetime
    ok: bool
    seconds: float
    trouble: str | None


@dataclass(frozen=True, slots=True)
class HealthChange:
    at: datetime
    health: Health
    trouble: str | None


@dataclass(frozen=True)
class HealthHistory:
    """Oldest first."""

    probes: deque[Probed] = field(default_factory=lambda: deque(maxlen=PROBES_KEPT))
    changes: deque[HealthChange] = field(default_factory=lambda: deque(maxlen=CHANGES_KEPT))
