"""What the configuration says of the knowledge base."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, get_args

from backend.services.modules.rules import Cron, Every

Tier = Literal["critical", "high", "medium", "low"]
TIERS: tuple[Tier, ...] = get_args(Tier)

CADENCES: Mapping[Tier, Cron | Every] = {
    "critical": Cron("0 9 */3 * *"),
    "high": Cron("0 9 * * 1"),
    "medium": Cron("0 10 1,15 * *"),
    "low": Cron("0 11 1 * *"),
}


@dataclass(frozen=True, slots=True)
class KnowledgeSpec:
    """`include` empty takes every file that can be read. Every `rescan` seconds all is looked through, whatever was
    seen of changes. `fetch` is the module that brings what creators have made, by the `cadences` of their tiers."""

    roots: tuple[Path, ...] = ()
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    max_size: int = 20_000_000
    rescan: float = 3600.0
    fetch: str | None = None
    cadences: Mapping[Tier, Cron | Every] = field(default_factory=lambda: dict(CADENCES))
