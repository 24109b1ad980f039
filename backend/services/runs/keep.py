"""Which of the runs that are over are kept, as the configuration says it.

    retention:
      runs: {age: 90d, count: 1000, size: 5GB}

Each bound holds for itself. Where none is given every run stays.
"""

from __future__ import annotations

from dataclasses import dataclass

from backend.services.definitions import readers
from backend.services.definitions.place import Place

_MOST = 1_000_000_000
_COUNT = readers.integer(1, _MOST, "a number of runs")


@dataclass(frozen=True, slots=True)
class Keep:
    """Runs that ended in the last `age` seconds, the newest `count`, and the newest whose folders together have no more
    than `size` bytes; None bounds nothing."""

    age: float | None = None
    count: int | None = None
    size: int | None = None

    @property
    def everything(self) -> bool:
        return self == Keep()


def read_keep(place: Place) -> Keep | None:
    """`never` forgets nothing."""
    if place.raw == "never":
        return Keep()
    fields = place.fields(("age", "count", "size"))
    if fields is None:
        return None
    return Keep(
        age=fields.get("age", readers.some_time, None),
        count=fields.get("count", _COUNT, None),
        size=fields.get("size", readers.size, None),
    )
