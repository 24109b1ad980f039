"""What callers may meet here."""

from __future__ import annotations

from backend.core.errors import NotFound, Unprocessable


class UnknownProvider(NotFound):
    code, title = "unknown_provider", "There is no such provider"


class InvalidUsage(Unprocessable):
    code, title = "invalid_usage", "The use that was told is not valid"
