"""Calls as CSV, for a spreadsheet: one line each, in parts, so that any number of them takes no more memory."""

from __future__ import annotations

import csv
import io
from collections.abc import AsyncIterator, Iterable, Sequence
from datetime import datetime
from typing import Any

from backend.database.tables.usage import CallRow

COLUMNS = (
    *("at", "provider", "model", "service", "run_id", "reported", "outcome", "status", "streamed"),
    *("input_tokens", "cache_read_tokens", "cache_write_tokens", "cache_write_1h_tokens"),
    *("output_tokens", "reasoning_tokens", "cost", "first_byte", "first_token", "seconds", "endpoint"),
)
_FORMULA = ("=", "+", "-", "@", "\t", "\r")  # what a spreadsheet would take for one, and run


async def csv_parts(batches: AsyncIterator[Sequence[CallRow]]) -> AsyncIterator[str]:
    """The first part holds the names of the columns, and the first calls."""
    heading = [COLUMNS]
    async for rows in batches:
        yield _lines([*heading, *([getattr(row, name) for name in COLUMNS] for row in rows)])
        heading = []
    if heading:
        yield _lines(heading)


def _lines(rows: Iterable[Sequence[Any]]) -> str:
    text = io.StringIO()
    csv.writer(text).writerows([[_cell(value) for value in row] for row in rows])
    return text.getvalue()


def _cell(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, bool):
        return int(value)
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value
