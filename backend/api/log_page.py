"""The last lines of a run's log as JSON, with times and levels. Made outside of the event loop: it may be 10,000."""

from __future__ import annotations

import json
from datetime import UTC, datetime

from backend.api.log_stream import entries
from backend.api.times import with_sign
from backend.core.errors import CenterError
from backend.services.processes.line_count import LineCounts
from backend.services.processes.lines import Lines, Stretch
from backend.services.processes.logs import Log


class NoTime(CenterError):
    status, code, title = 400, "not_a_time", "This is not a time"


def moment_of(text: str) -> int:
    """Epoch milliseconds of an ISO 8601 time, UTC where it names no zone. Raises `NoTime`."""
    try:
        at = datetime.fromisoformat(with_sign(text))
        return int((at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp() * 1000)
    except (ValueError, OverflowError) as error:
        raise NoTime(f"`since` is {text!r}. Write an ISO 8601 time like 2026-11-21T08:00:00Z.") from error


def log_page(run_id: str, log: Log, tail: int, since: int | None, counts: LineCounts) -> bytes:
    """The last `tail` lines, of those that came at `since` (epoch ms) or later where it is given. Blocking."""
    piece = log.with_times(log.tail(tail))
    wanted_from = 0 if since is None else log.since(since)
    lines = Lines(log.encoding, piece.start)
    stretches = [*lines.take(piece), *lines.finish()]
    if since is not None:
        stretches = [one for one in stretches if one.moment is not None and one.moment >= since]
    rows = ",".join(row for one in stretches for row in entries(one))
    truncated = json.dumps(piece.start > wanted_from)
    return (
        f'{{"run_id":{json.dumps(run_id)},"logs":[{rows}],"total_lines":{counts.of(log)},'
        f'"truncated":{truncated},"next_offset":{_behind(stretches, piece.end)}}}'
    ).encode()


def _behind(stretches: list[Stretch], end: int) -> int:
    return stretches[-1].ends[-1] if stretches else end
