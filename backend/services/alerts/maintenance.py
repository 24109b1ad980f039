"""Which windows of maintenance are open. Pure: whoever asks says what time it is.

A window belongs to the day on which it begins, also where it goes on past midnight. Its times are those of the clock on
the wall: in the nights in which clocks are turned it is as much longer or shorter as the night is.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, time, timedelta, tzinfo

from backend.services.alerts.model import DAYS, Window

DAY = 24 * 60  # minutes


def open_windows(windows: Iterable[Window], now: datetime, local: tzinfo) -> list[Window]:
    """`now` is aware; `local` is the zone of those that name none."""
    return [one for one in windows if _is_open(one, now, one.zone or local)]


def _is_open(window: Window, now: datetime, zone: tzinfo) -> bool:
    today = now.astimezone(zone).date()
    for day in (today, today - timedelta(days=1)):
        if DAYS[day.weekday()] not in window.days:
            continue
        midnight = datetime.combine(day, time())
        length = (window.end - window.start) % DAY or DAY
        begin, end = (_at(midnight, minutes, zone) for minutes in (window.start, window.start + length))
        if begin <= now.timestamp() < end:
            return True
    return False


def _at(midnight: datetime, minutes: int, zone: tzinfo) -> float:
    """Epoch seconds of so many minutes of the wall's clock after a midnight."""
    return (midnight + timedelta(minutes=minutes)).replace(tzinfo=zone).timestamp()
