"""Who of those that wait may start now, and why the others may not. Pure: it looks at leases and takes none.

Runs start in the order of their priority, the higher first, and of their coming. One that waits for an exclusive tag or
for its own module holds up nobody who needs neither: the places go to those behind it. But a tag that it waits for is
kept for it, or a run that needs two of them could wait for ever.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

Name = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Waiting:
    """`order` grows with each run; `concurrency` is how many runs of its module there may be at once (None: any);
    `held_back` while its next attempt is not due."""

    run_id: str
    module_id: str
    module_name: str
    order: int
    priority: int = 0
    concurrency: int | None = None
    exclusive: tuple[str, ...] = ()
    held_back: bool = False

    @property
    def rank(self) -> tuple[int, int]:
        return -self.priority, self.order


@dataclass(frozen=True, slots=True)
class Grant:
    """What a run gets, all at once."""

    run_id: str
    resources: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a run stands in the queue, from 1 on (None while its next attempt is not due), and what it waits for."""

    position: int | None
    reason: str


def slot(number: int) -> str:
    return f"run-slot:{number}"


def module_place(module_id: str, number: int) -> str:
    return f"module:{module_id}:{number}"


def tag(name: str) -> str:
    return f"exclusive:{name}"


def grants(waiting: Sequence[Waiting], held: Mapping[str, str], slots: int) -> list[Grant]:
    """Those that may start now, in order. `waiting` is sorted by `rank`; `held` tells who holds each resource."""
    found = []
    look = _Look(held, slots)
    for one in waiting:
        if look.full:
            break
        resources, _ = look.at(one)
        if resources is not None:
            found.append(Grant(one.run_id, resources))
    return found


def places(waiting: Iterable[Waiting], held: Mapping[str, str], slots: int, name: Name) -> Iterator[tuple[str, Place]]:
    """Every waiting run with its place, in order. `name` says who a holder is, in words."""
    look = _Look(held, slots)
    position = 0
    for one in waiting:
        if one.held_back:
            yield one.run_id, Place(None, "its next attempt is not due yet")
            continue
        position += 1
        resources, why = look.at(one)
        yield one.run_id, Place(position, "it starts at once" if resources is not None else why(name))


class _Look:
    """One walk along the queue: what is given away on the way is gone for those behind."""

    def __init__(self, held: Mapping[str, str], slots: int) -> None:
        self._held = dict(held)
        self._kept: dict[str, str] = {}  # tag → the run that it is kept for
        self._slots = slots
        self._free = [slot(number) for number in range(slots, 0, -1) if slot(number) not in held]

    @property
    def full(self) -> bool:
        return not self._free

    def at(self, one: Waiting) -> tuple[tuple[str, ...] | None, Callable[[Name], str]]:
        """What the run gets, or None and the words for why it gets nothing."""
        if one.held_back:
            return None, lambda _: "its next attempt is not due yet"
        tags = [tag(each) for each in one.exclusive]
        for each in tags:
            if each in self._held or each in self._kept:
                why = self._why_tag(each)
                self._kept.update({other: one.run_id for other in tags if other not in self._kept})
                return None, why
        own = self._module_place(one)
        if own is None:
            return None, lambda _: _busy_module(one)
        if not self._free:
            return None, lambda _: f"all {self._slots} places for runs are taken"
        resources = (self._free.pop(), *([own] if own else []), *tags)
        self._held.update(dict.fromkeys(resources, one.run_id))
        return resources, lambda _: ""

    def _module_place(self, one: Waiting) -> str | None:
        """A free place of its module; empty where it needs none, None where there is none."""
        if one.concurrency is None:
            return ""
        places = (module_place(one.module_id, number) for number in range(1, one.concurrency + 1))
        return next((place for place in places if place not in self._held), None)

    def _why_tag(self, wanted: str) -> Callable[[Name], str]:
        word = wanted.partition(":")[2]
        if (holder := self._held.get(wanted)) is not None:
            return lambda name: f"{word} is held by {name(holder)}"
        kept = self._kept[wanted]
        return lambda name: f"{word} is kept for {name(kept)}, which is before it"


def _busy_module(one: Waiting) -> str:
    times = "once" if one.concurrency == 1 else f"{one.concurrency} times"
    return f"{one.module_name} may run {times} at a time, and does"
