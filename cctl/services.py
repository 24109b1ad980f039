"""Which services a command means, and how a row of the daemon's list reads to a person."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from cctl.failure import UNKNOWN_SERVICE, USAGE, Failure
from cctl.screen import BAD, CHANGING, GOOD, IDLE, Mark
from cctl.wire import Api

Service = dict[str, Any]
"""A row of `GET /api/services`."""

MARKS: dict[str, Mark] = {
    "running": GOOD,
    **dict.fromkeys(("starting", "stopping", "waiting", "backoff"), CHANGING),
    "failed": BAD,
}


def listed(api: Api) -> list[Service]:
    found: list[Service] = api.get("/api/services")["services"]
    return found


def named(services: Sequence[Service], names: Iterable[str]) -> list[Service]:
    """Those rows, in the order asked for and each once. Raises `Failure` for a name that there is not."""
    by_id = {service["id"]: service for service in services}
    for name in names:
        if name not in by_id:
            raise Failure(UNKNOWN_SERVICE, f"There is no service {name!r}. {_instead(name, by_id)}")
    return [by_id[name] for name in dict.fromkeys(names)]


def _instead(name: str, known: Iterable[str]) -> str:
    import difflib

    folded = {one.lower(): one for one in known}
    near = difflib.get_close_matches(name.lower(), folded, n=1)
    return f"Did you mean {folded[near[0]]}?" if near else "`cctl status` lists them."


def chosen(services: Sequence[Service], names: Sequence[str], tags: Sequence[str], every: bool) -> list[Service]:
    """By name, by tag or all of them. Raises `Failure` where none of that was said, or a tag is on no service."""
    if not (names or tags or every):
        raise Failure(USAGE, "Say which services: name them, or give --tag TAG, or --all.")
    if every:
        return list(services)
    found = named(services, names)
    for tag in tags:
        tagged = [service for service in services if tag in service["tags"]]
        if not tagged:
            known = sorted({one for service in services for one in service["tags"]})
            raise Failure(
                UNKNOWN_SERVICE, f"No service has the tag {tag!r}. Tags are: {', '.join(known) or 'none yet'}."
            )
        found += [service for service in tagged if service not in found]
    return found


def is_well(service: Service) -> bool:
    """Not well is what failed, is unhealthy, or is wanted up and tried again after a crash."""
    return service["status"] not in {"failed", "backoff"} and service["health"] != "unhealthy"


def is_up(service: Service) -> bool:
    return service["wanted"] == "up" or service["status"] in {"starting", "running", "stopping", "waiting", "backoff"}


def mark_of(service: Service) -> Mark:
    if service["status"] == "running" and service["health"] == "unhealthy":
        return BAD
    return MARKS.get(service["status"], IDLE)


def needs(service: Service) -> set[str]:
    """Ids of what it depends on."""
    return {one["service"] for one in service.get("depends_on", ())}
