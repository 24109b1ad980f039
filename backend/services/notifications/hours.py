"""When a target is left alone. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta, tzinfo

from backend.services.notifications.model import Quiet


def quiet_until(quiet: Quiet, now: datetime, zone: tzinfo) -> datetime | None:
    """When the hours in which `now` lies end; None where it lies in none. The times are those of `zone`, also on the
    days on which its clock is turned."""
    here = now.astimezone(zone)
    for day in (here.date() - timedelta(days=1), here.date()):
        begin = datetime.combine(day, quiet.begin, zone)
        last = day + timedelta(days=1) if quiet.end <= quiet.begin else day
        end = datetime.combine(last, quiet.end, zone)
        if begin.timestamp() <= now.timestamp() < end.timestamp():
            return end
    return None
