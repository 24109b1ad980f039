"""The time zone of this machine."""

from __future__ import annotations

import logging
from datetime import UTC, tzinfo
from zoneinfo import ZoneInfoNotFoundError

import tzlocal

log = logging.getLogger(__name__)


def local_zone() -> tzinfo:
    """As the system says, with its rules for turning the clock; UTC where it contradicts itself. Reads files."""
    try:
        return tzlocal.get_localzone()
    except (ZoneInfoNotFoundError, ValueError) as error:
        log.warning("the time zone of this machine is not known, schedules without a zone go by UTC: %s", error)
        return UTC
