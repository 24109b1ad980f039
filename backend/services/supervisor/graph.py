"""Which services must be up before others, and why one still waits. Pure: given what is so, says what follows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from backend.services.supervisor.happenings import State

Condition = Literal["started", "healthy", "exited_ok"]
Needs = Mapping[str, Mapping[str, Condition]]  # service → what it depends on, and in which condition


@dataclass(frozen=True)
class Seen:
    """What the graph needs to know of a service: its state, and which exit codes are no failure."""

    state: State
    exit_codes: tuple[int, ...] = (0,)


def blocker(service: str, needs: Needs, seen: Mapping[str, Seen]) -> str | None:
    """What `service` waits for, in words; None when nothing holds it back."""
    for other, condition in needs.get(service, {}).items():
        if (words := _unmet(other, condition, seen.get(other))) is not None:
            return words
    return None


def _unmet(other: str, condition: Condition, seen: Seen | None) -> str | None:
    if seen is None:
        return f"waiting for {other}, which is not defined"
    state = seen.state
    ended_well = state.status == "exited" and state.last is not None and state.last.code in seen.exit_codes
    met = {
        "started": state.status == "running",
        "healthy": state.status == "running" and state.health == "healthy",
        "exited_ok": ended_well,
    }[condition]
    if met:
        return None
    verb = {"started": "start", "healthy": "be healthy", "exited_ok": "finish"}[condition]
    if state.status in {"failed", "stopped"} or (state.status == "exited" and not ended_well):
        return f"waiting for {other} to {verb}, which is {state.status}"
    return f"waiting for {other} to {verb}"


def needed_by(services: Iterable[str], needs: Needs) -> list[str]:
    """The services and all that they depend on, each after what it needs."""
    ordered: list[str] = []
    seen: set[str] = set()

    def visit(service: str) -> None:
        if service in seen:
            return
        seen.add(service)
        for other in needs.get(service, {}):
            visit(other)
        ordered.append(service)

    for service in services:
        visit(service)
    return ordered


def dependants(service: str, needs: Needs) -> list[str]:
    """Those that name `service` as something they depend on."""
    return sorted(other for other, wants in needs.items() if service in wants)


def may_stop(service: str, needs: Needs, is_up: Callable[[str], bool]) -> bool:
    """Whether nothing that is up still depends on it: the order in which a set is stopped."""
    return not any(is_up(other) for other in dependants(service, needs))
