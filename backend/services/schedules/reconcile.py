"""What has to be done to the table so that it says what definitions say: pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from backend.services.modules.model import Module
from backend.services.modules.rules import Plan, Slot
from backend.services.schedules.model import Schedule


@dataclass(frozen=True, slots=True)
class Declared:
    """A plan as it may be kept: without secrets."""

    module_id: str
    slot: Slot
    name: str
    plan: Plan


@dataclass(frozen=True, slots=True)
class Differences:
    added: tuple[Declared, ...]
    changed: tuple[tuple[Schedule, Declared], ...]
    removed: tuple[Schedule, ...]


def declared(modules: Iterable[Module], public: Callable[[Module, Plan], Plan]) -> list[Declared]:
    return [
        Declared(module.id, slot, module.name, public(module, plan))
        for module in modules
        for slot, plan in module.plans.items()
    ]


def differences(
    schedules: Iterable[Schedule], wanted: Iterable[Declared], is_faulty: Callable[[str], bool]
) -> Differences:
    """A module that is wrong now keeps its schedules, and whether they are paused, until it is mended."""
    known: Mapping[tuple[str, str], Schedule] = {
        (one.module_id, one.declared): one for one in schedules if one.declared is not None
    }
    said = {(one.module_id, one.slot): one for one in wanted}
    return Differences(
        added=tuple(one for key, one in said.items() if key not in known),
        changed=tuple((known[key], one) for key, one in said.items() if key in known and _differs(known[key], one)),
        removed=tuple(one for key, one in known.items() if key not in said and not is_faulty(one.module_id)),
    )


def _differs(schedule: Schedule, wanted: Declared) -> bool:
    return (schedule.name, schedule.plan) != (wanted.name, wanted.plan)
