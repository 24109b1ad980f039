"""What applying definitions would do to what there is, service by service. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields

from backend.services.definitions.model import ServiceSpec

_WORDS = {"usage_meter": "usage"}  # as the file calls it
_HIDDEN = ("id", "secrets", "secret_env")


@dataclass(frozen=True, slots=True)
class Changed:
    """`keys` differ; `restart`: it runs, and takes up one of them at its next start only."""

    id: str
    keys: tuple[str, ...]
    restart: bool


@dataclass(frozen=True, slots=True)
class Plan:
    """`unchanged` is how many services stay as they are."""

    added: tuple[str, ...]
    changed: tuple[Changed, ...]
    removed: tuple[str, ...]
    unchanged: int


def plan(
    before: Mapping[str, ServiceSpec],
    after: Mapping[str, ServiceSpec],
    must_restart: Callable[[ServiceSpec, ServiceSpec], bool],
) -> Plan:
    """`must_restart(old, new)` is asked about services that differ."""
    changed = [
        Changed(name, differing(before[name], spec), must_restart(before[name], spec))
        for name, spec in after.items()
        if name in before and spec != before[name]
    ]
    added = tuple(name for name in after if name not in before)
    removed = tuple(name for name in before if name not in after)
    return Plan(added, tuple(changed), removed, len(after) - len(added) - len(changed))


def differing(old: ServiceSpec, new: ServiceSpec) -> tuple[str, ...]:
    """The keys of the file in which two definitions of a service differ."""
    return tuple(
        _WORDS.get(field.name, field.name)
        for field in fields(ServiceSpec)
        if field.name not in _HIDDEN and getattr(old, field.name) != getattr(new, field.name)
    )
