"""What a message says, in our own words. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, tzinfo

from backend.core.events import HOST
from backend.database.tables.notifications import DeliveryRow

_UNITS = ((86_400, "d"), (3600, "h"), (60, "min"), (1, "s"))


def span(seconds: float) -> str:
    """How long, in the largest unit of which there are two."""
    for size, unit in _UNITS:
        if seconds >= 2 * size:
            return f"{round(seconds / size)} {unit}"
    return "1 s"


def clock(moment: datetime, zone: tzinfo) -> str:
    return f"{moment.astimezone(zone):%Y-%m-%d %H:%M:%S}"


def title(row: DeliveryRow) -> str:
    fields: Mapping[str, str] = row.facts["fields"]
    if row.kind == "crash" and row.count == 0:
        return f"{row.name} has failed"
    what = (_ALERTS[fields["status"]] if row.kind == "alert" else _HAPPENED[row.kind]).format(
        name=row.name, status=fields.get("status", "")
    )
    often = f" {row.count} times in {span((row.at - row.since).total_seconds())}" if row.count > 1 else ""
    return f"{what}{often} and is not started again" if fields.get("gave_up") else f"{what}{often}"


_HAPPENED = {
    "crash": "{name} crashed",
    "run_failed": "{name} failed",
    "run_finished": "{name} has finished",
    "scan_finished": "{name} {status}",
    "test": "A test of {name}",
}
_ALERTS = {"fired": "Alert: {name}", "reminded": "Still: {name}", "resolved": "Over: {name}"}


def text(row: DeliveryRow, zone: tzinfo) -> str:
    """The reason, and when and where it was."""
    fields: Mapping[str, str] = row.facts["fields"]
    at = clock(row.at, zone)
    when = f"From {clock(row.since, zone)} to {at}" if row.count > 1 else at
    return "\n".join(filter(None, (reason(fields), f"{when}, {HOST}")))


def reason(fields: Mapping[str, str]) -> str:
    return fields.get("gave_up") or fields.get("reason", "")


def values(row: DeliveryRow, zone: tzinfo) -> Mapping[str, str]:
    """What the names in a template stand for (`template.FIELDS`)."""
    fields: Mapping[str, str] = row.facts["fields"]
    return {
        **fields,
        "kind": row.kind,
        "severity": row.severity,
        "subject": row.subject,
        "name": row.name,
        "title": title(row),
        "text": text(row, zone),
        "count": str(row.count),
        "since": clock(row.since, zone),
        "at": clock(row.at, zone),
        "host": HOST,
        "target": row.target,
        "reason": reason(fields),
    }


def document(row: DeliveryRow) -> dict[str, object]:
    """The body of a webhook. Its shape is told in the guide and stays; what is new gets names of its own."""
    return {
        "version": 1,
        "id": row.event_id,
        "kind": row.kind,
        "severity": row.severity,
        "subject": row.subject,
        "name": row.name,
        "count": row.count,
        "since": row.since.isoformat(),
        "at": row.at.isoformat(),
        "host": HOST,
        "title": row.title,
        "text": row.body,
        "event": row.facts["event"],
    }
