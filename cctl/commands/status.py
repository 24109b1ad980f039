"""`cctl status`: what services do, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cctl.failure import NOT_WELL, OK
from cctl.screen import Cell, Column, Marked, Screen, bytes_in_words, seconds_in_words
from cctl.services import Service, is_well, listed, mark_of, named

if TYPE_CHECKING:
    from cctl.main import Context

COLUMNS = (
    Column("SERVICE", keep=9),
    Column("STATE", keep=9),
    Column("HEALTH", keep=6),
    Column("PID", keep=4, right=True),
    Column("PORT", keep=5, right=True),
    Column("UP FOR", keep=3),
    Column("CPU", keep=2, right=True),
    Column("MEMORY", keep=2, right=True),
    Column("RESTARTS", keep=1, right=True),
    Column("WHY", keep=7, flexible=True),
)
HEALTH_STYLES = {"healthy": "green", "unhealthy": "red", "starting": "yellow"}


def act(context: Context) -> int:
    api, screen = context.api(), context.screen
    services = listed(api)
    if context.given.services:
        services = named(services, context.given.services)
    if screen.as_json:
        screen.json({"daemon": {"address": api.address}, "services": services})
    elif services:
        screen.table(COLUMNS, [_row(service, screen) for service in services])
        if screen.is_terminal and not context.given.services:
            screen.line(screen.style(f"\n{_summary(services)} · {api.address}/ui/", "dim"))
    else:
        screen.line("No services yet. `cctl config path` names the file that declares them.")
    return OK if all(is_well(service) for service in services) else NOT_WELL


def _row(service: Service, screen: Screen) -> list[Cell | str]:
    health = "" if service["health"] == "none" else service["health"]
    cpu = service["cpu_percent"]
    return [
        Cell(service["id"], "bold"),
        Marked(mark_of(service), service["status"]).on(screen),
        Cell(health, HEALTH_STYLES.get(health, "")),
        _number(service["pid"]),
        _number(service["port"]),
        seconds_in_words(service["uptime_seconds"]) if service["pid"] else "",
        "" if cpu is None else f"{cpu:.1f} %",
        bytes_in_words(service["memory_bytes"]),
        _number(service["restarts"] or None),
        _why(service),
    ]


def _why(service: Service) -> str:
    parts = [service["reason"] or (service["exit_text"] if service["status"] == "exited" else "") or ""]
    if service["definition"] == "changed":
        parts.append("restart to apply its new definition")
    if service["definition"] == "removed":
        parts.append("no longer in the file")
    return "; ".join(part for part in parts if part)


def _number(value: int | None) -> str:
    return "" if value is None else str(value)


def _summary(services: list[Service]) -> str:
    counted: dict[str, int] = {}
    for service in services:
        counted[service["status"]] = counted.get(service["status"], 0) + 1
    return ", ".join(f"{count} {status}" for status, count in counted.items())
