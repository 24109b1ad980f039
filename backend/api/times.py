"""Times that clients give: with their zone, and of years with which one can reckon."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Annotated, Any

from pydantic import AfterValidator, AwareDatetime, BeforeValidator

FIRST, LAST = 2000, 9000  # years: before there is nothing, and at the ends of the calendar no zone is left
_PLUS_LOST = re.compile(r"([T ].+) (?=\d\d:?\d\d$)")


def _plausible(at: datetime) -> datetime:
    if not FIRST <= at.year < LAST:
        raise ValueError(f"give a time of the years from {FIRST} to {LAST - 1}")
    return at


def with_sign(text: str) -> str:
    """In an address a + means a blank: an offset whose + was not written as %2B comes without it."""
    return _PLUS_LOST.sub(r"\1+", text.strip())


def _signed(given: Any) -> Any:
    return with_sign(given) if isinstance(given, str) else given


AnyTime = Annotated[AwareDatetime, BeforeValidator(_signed)]
"""Of any year."""

GivenTime = Annotated[AnyTime, AfterValidator(_plausible)]
