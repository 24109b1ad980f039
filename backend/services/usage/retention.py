"""The `retention` section, as far as usage goes: `retention: {usage: 1y}`, for ever where nothing is said."""

from __future__ import annotations

from backend.services.definitions import readers
from backend.services.definitions.place import Place

KEYS = ("events", "samples", "runs", "usage")


def retention(place: Place) -> float | None:
    """For how many seconds single calls are kept; None for ever."""
    fields = place.fields(KEYS)
    if fields is None:
        return None
    for name in fields:
        if name != "usage":
            fields.key(name).warning(f"`retention.{name}` is not used by this version", "It may stay: nothing is lost")
    return fields.get("usage", _age, None)


def _age(place: Place) -> float | None:
    return None if place.raw.lower() == "never" else readers.some_time(place)
