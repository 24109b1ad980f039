"""The time zone of this machine, and those that people name."""

from __future__ import annotations

import logging
from datetime import UTC, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import tzlocal

from backend.services.schedules.errors import UnknownZone

log = logging.getLogger(__name__)


def local_zone() -> tzinfo:
    """As the system says, with its rules for turning the clock; UTC where it contradicts itself. Reads files."""
    try:
        return tzlocal.get_localzone()
    except (ZoneInfoNotFoundError, ValueError) as error:
        log.warning("the time zone of this machine is not known, schedules without a zone go by UTC: %s", error)
        return UTC


def zone_named(name: str) -> tzinfo:
    """Raises `UnknownZone`."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):  # a folder of zones is an OSError
        raise UnknownZone(f"{name[:60]} is not a time zone. Write a name such as Europe/Prague or UTC.") from None
