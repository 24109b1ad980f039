"""Sums of US dollars, as they are told."""

from __future__ import annotations

PLACES = 9  # less than a token of any model costs, and more than what adding floats gets wrong


def dollars(total: float) -> float:
    """A sum without the digits that adding leaves behind it: 0.0767, not 0.07670000000000002."""
    return round(total, PLACES)
