"""Reads one window of maintenance: `{name: backup, days: [sat, sun], from: 02:00, to: 04:00, zone: Europe/Prague}`."""

from __future__ import annotations

import re
from datetime import tzinfo

from backend.services.alerts.model import DAYS, Day, Window
from backend.services.definitions import readers
from backend.services.definitions.place import Place, Reader
from backend.services.definitions.references import id_of
from backend.services.schedules.errors import UnknownZone
from backend.services.schedules.zones import zone_named

KEYS = ("name", "services", "rules", "days", "from", "to", "zone")
_TIME = re.compile(r"(\d{1,2}):(\d{2})")
_LONG: dict[str, Day] = {
    "monday": "mon",
    "tuesday": "tue",
    "wednesday": "wed",
    "thursday": "thu",
    "friday": "fri",
    "saturday": "sat",
    "sunday": "sun",
}
_days: Reader[tuple[Day, ...]] = readers.one_or_more(
    readers.choice(DAYS, _LONG),
    "[sat, sun]",
    none=("these are no days: it would never be open", "Leave it out for each day, or write [sat, sun]"),
)
_services = readers.one_or_more(id_of("service"), "[comfyui]")
_rules = readers.one_or_more(readers.one_line, "[low-disk]")


def read_window(place: Place) -> Window | None:
    fields = place.fields(KEYS, {"start": "from", "end": "to"})
    if fields is None:
        return None
    missing = [name for name in ("from", "to") if name not in fields]
    if missing:
        place.error(f"`{missing[0]}` is missing", "Write from: 02:00 and to: 04:00")
        return None
    start, end = fields.get("from", _minutes, None), fields.get("to", _minutes, None)
    if start is None or end is None:
        return None
    if start == end:
        place.error("from and to are the same", "For a whole day write from: 00:00, to: 24:00")
        return None
    return Window(
        name=fields.get("name", readers.one_line, "maintenance"),
        days=fields.get("days", _days, DAYS),
        start=start,
        end=end,
        zone=fields.get("zone", _zone, None),
        services=fields.get("services", _services, ()),
        rules=fields.get("rules", _rules, ()),
    )


def _minutes(place: Place) -> int | None:
    value = place.scalar("a time of day such as 02:30")
    if value is None:
        return None
    found = _TIME.fullmatch(value)
    minutes = int(found[1]) * 60 + int(found[2]) if found else -1
    if found is None or int(found[2]) > 59 or minutes > 24 * 60:
        place.error(f"{place.kind} is not a time of day", "Write hours and minutes: 02:30")
        return None
    return minutes


def _zone(place: Place) -> tzinfo | None:
    value = readers.one_line(place)
    if value is None:
        return None
    try:
        return zone_named(value)
    except UnknownZone:
        place.error(f"{place.kind} is not a time zone", "Write a name such as Europe/Prague or UTC")
        return None
