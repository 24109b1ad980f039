"""From what somebody asks for through the API to a plan, with everything that is wrong with it at once."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from backend.core.secrets import Secrets
from backend.services.modules import rules
from backend.services.modules.model import Module
from backend.services.modules.parameters import check
from backend.services.modules.rules import SETTLE, After, Cron, Files, Missed, Plan, Rule, WrongRule
from backend.services.schedules.circles import circle, words
from backend.services.schedules.errors import InvalidSchedule


@dataclass(frozen=True, slots=True)
class Wish:
    """Exactly one of `cron`, `every`, `after` and `files`. `zone` belongs to `cron`, `settle` to `files`."""

    module_id: str
    name: str | None = None
    cron: str | None = None
    every: float | None = None
    after: Sequence[str] | None = None
    files: Sequence[str] | None = None
    zone: str | None = None
    settle: float | None = None
    missed: Missed = "skip"
    jitter: float = 0.0
    overlap: bool = False
    parameters: Mapping[str, Any] = field(default_factory=dict)


T = TypeVar("T")

Faults = list[dict[str, str]]
Follows = Iterable[tuple[str, After]]


@dataclass(frozen=True, slots=True)
class Asked:
    """What a wish says, and all that is wrong with it. `rule` is None where when to run cannot be made out."""

    rule: Rule | None
    faults: Faults
    wish: Wish

    def plan(self) -> Plan:
        """Raises `InvalidSchedule` with all faults."""
        if self.faults or self.rule is None:
            raise InvalidSchedule("; ".join(fault["message"] for fault in self.faults), errors=self.faults)
        wish = self.wish
        return Plan(self.rule, wish.missed, wish.jitter, wish.overlap, dict(wish.parameters))


def asked(wish: Wish, module: Module, modules: Container[str], follows: Follows, secrets: Secrets) -> Asked:
    """`modules` are the ids of all; `follows` says which of them are run after others already. What is kept may hold
    nothing that `secrets` knows."""
    faults: Faults = []
    rule = _rule(wish, faults)
    if rule is not None:
        _try(faults, "jitter", lambda: rules.jitter_fits(wish.jitter, rule))
    if isinstance(rule, After):
        faults += [
            {"where": "after", "message": message} for message in _wrong_order(rule, module.id, modules, follows)
        ]
    for name, value in wish.parameters.items():
        known = module.parameter(name)
        if (known is not None and known.secret) or secrets.hide_in(value) != value:
            what = "is secret, and a schedule made here would have to keep it: declare the schedule with its module"
            faults.append({"where": f"parameters.{name[:100]}", "message": f"{name[:100]} {what}"})
    for fault in check(module, wish.parameters).faults:
        faults.append({"where": fault.where, "message": fault.message})
    return Asked(rule, faults, wish)


def _wrong_order(rule: After, module_id: str, modules: Container[str], follows: Follows) -> Iterator[str]:
    for other in rule.modules:
        if other not in modules:
            yield f"there is no module {other[:100]}"
    if module_id not in rule.modules and (way := circle([*follows, (module_id, rule)], module_id)) is not None:
        yield words(way)


def _rule(wish: Wish, faults: Faults) -> Rule | None:
    kinds = [name for name in ("cron", "every", "after", "files") if getattr(wish, name) is not None]
    if len(kinds) != 1:
        faults.append({"where": "cron", "message": "give exactly one of cron, every, after and files"})
        return None
    for name, owner in (("zone", "cron"), ("settle", "files")):
        if getattr(wish, name) is not None and kinds != [owner]:
            faults.append({"where": name, "message": f"{name} belongs to {owner}"})
    match kinds[0]:
        case "cron":
            return _cron(wish, faults)
        case "every":
            return _try(faults, "every", lambda: rules.every(wish.every or 0.0))
        case "after":
            return _after(wish, faults)
        case _:
            return _files(wish, faults)


def _cron(wish: Wish, faults: Faults) -> Cron | None:
    rule = _try(faults, "cron", lambda: rules.cron(wish.cron or ""))
    if rule is None or wish.zone is None:
        return rule
    return _try(faults, "zone", lambda: rules.cron(rule.expression, wish.zone))


def _after(wish: Wish, faults: Faults) -> After:
    modules = tuple(dict.fromkeys(wish.after or ()))
    if not modules or wish.module_id in modules:
        faults.append({"where": "after", "message": "name one module or more, and not the same one"})
    return After(modules)


def _files(wish: Wish, faults: Faults) -> Files:
    patterns = tuple(dict.fromkeys(wish.files or ()))
    if not patterns:
        faults.append({"where": "files", "message": "name a pattern, such as /home/me/inbox/*.csv"})
    for pattern in patterns:
        if not Path(pattern).is_absolute():
            faults.append({"where": "files", "message": f"{pattern} is not a whole path"})
    return Files(patterns, SETTLE if wish.settle is None else wish.settle)


def _try(faults: Faults, where: str, make: Callable[[], T]) -> T | None:
    try:
        return make()
    except WrongRule as wrong:
        faults.append({"where": where, "message": f"{wrong}. {wrong.hint}"})
        return None
