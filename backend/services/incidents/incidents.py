"""The area as the rest of the program has it."""

from __future__ import annotations

from dataclasses import dataclass

from backend.services.incidents.bundles import Bundles
from backend.services.incidents.cards import Cards
from backend.services.incidents.moment import Moments


@dataclass(frozen=True)
class Incidents:
    cards: Cards
    moments: Moments
    bundles: Bundles
