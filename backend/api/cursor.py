"""The place where a page of jobs ends, as text that clients hand back and need not understand."""

from __future__ import annotations

import base64
import binascii

from backend.core.errors import Unprocessable


class InvalidCursor(Unprocessable):
    code, title = "invalid_cursor", "The cursor is not valid"


def cursor(before: int | None) -> str | None:
    return None if before is None else base64.urlsafe_b64encode(str(before).encode()).decode().rstrip("=")


def before(text: str | None, parameter: str = "cursor") -> int | None:
    """`parameter` is what the text was given as. Raises `InvalidCursor`."""
    if text is None:
        return None
    try:
        found = int(base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True))
    except (binascii.Error, ValueError) as error:
        raise _invalid(parameter) from error
    if not 0 <= found < 2**63:
        raise _invalid(parameter)
    return found


def _invalid(parameter: str) -> InvalidCursor:
    return InvalidCursor(f"Give as `{parameter}` the `cursor` of the page before, or leave it out for the first page.")
