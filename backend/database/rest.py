"""How long what is to be stored may gather. Each storing has a price of its own, whatever it holds."""

from __future__ import annotations

SHORTEST = 0.02  # seconds: out of the way of what causes it
LONGEST = 0.25  # seconds
TIMES = 4  # as long as storing takes: where much happens, that gets a fifth of the time at most


def rest_after(taken: float) -> float:
    """Seconds to wait before the next storing, after one that took `taken`."""
    return min(max(SHORTEST, TIMES * taken), LONGEST)
