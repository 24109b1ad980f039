"""Which crashes are kept, as the configuration says it.

    retention:
      crashes: {age: 1y, count: 200}

`count` is of each service; those are the values where nothing is said.
"""

from __future__ import annotations

from dataclasses import dataclass

from backend.services.definitions import readers
from backend.services.definitions.place import Place

_MOST = 100_000
_COUNT = readers.integer(1, _MOST, "a number of crashes of each service")


@dataclass(frozen=True, slots=True)
class Keep:
    """Those of the last `age` seconds, and of each service the newest `count`; None bounds nothing."""

    age: float | None = 365 * 86400.0
    count: int | None = 200


def read_keep(place: Place) -> Keep | None:
    """`never` forgets nothing."""
    if place.raw == "never":
        return Keep(None, None)
    fields = place.fields(("age", "count"))
    if fields is None:
        return None
    usual = Keep()
    return Keep(fields.get("age", readers.some_time, usual.age), fields.get("count", _COUNT, usual.count))
