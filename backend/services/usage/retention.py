"""The `usage` entry of the `retention` section: `retention: {usage: 1y}`, for ever where nothing is said."""

from __future__ import annotations

from backend.services.definitions import readers
from backend.services.definitions.place import Place


def read_age(place: Place) -> float | None:
    """For how many seconds single calls are kept; None for ever."""
    return None if place.raw.lower() == "never" else readers.some_time(place)
