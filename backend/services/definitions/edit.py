"""The definitions file edited for somebody: services added, changed and taken out, everything else left as it is.

An edit is tried on the text first. What would make the file faulty is refused with every fault and writes nothing, and
so is any edit of a file that is faulty already. Two edits at once follow each other, and each begins with the file as
it is then; what somebody else writes meanwhile is read again, never overwritten.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Literal

from backend.services.definitions import splice
from backend.services.definitions.errors import (
    EditConflict,
    FaultyDefinition,
    FileNotEditable,
    NotWritten,
    ServiceExists,
)
from backend.services.definitions.faults import listed
from backend.services.definitions.layout import layout
from backend.services.definitions.load import Loaded
from backend.services.definitions.merge import change
from backend.services.definitions.model import ServiceSpec
from backend.services.definitions.on_disk import OnDisk, Overtaken
from backend.services.definitions.pasted import Pasted
from backend.services.definitions.present import file_faulty, present, read_disk
from backend.services.definitions.source import MAX_BYTES
from backend.services.definitions.store import Definitions
from backend.services.definitions.tell import Told, told, told_of

TRIES = 10
Alter = Callable[[str], str]
How = Literal["text", "values"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an edit did or, tried only, would do. `text` is the file's new text and `text_before` the one it
    has now; `after` is None where the new one has errors."""

    before: Mapping[str, ServiceSpec]
    after: Mapping[str, ServiceSpec] | None
    told: tuple[Told, ...]
    text: str
    text_before: str


@dataclass(frozen=True, slots=True)
class _Trial:
    disk: OnDisk
    outcome: Outcome
    secrets: Collection[str]


async def add(definitions: Definitions, pasted: Pasted, *, dry_run: bool, actor: str = "local") -> Outcome:
    """Services that are new; tried only, ones that exist are replaced. Raises `ServiceExists`."""

    def alter(text: str) -> str:
        there = set(splice.ids(layout(text)))
        known = [one.block.id for one in pasted.services if one.block.id in there]
        if known and not dry_run:
            raise ServiceExists(f"There is {listed(known)} already. Change it, or choose another id.", ids=known)
        blocks = [one.block for one in pasted.services]
        if known:
            text = splice.replace(text, [block for block in blocks if block.id in known])
        fresh = [block for block in blocks if block.id not in known]
        return splice.put_in(text, fresh) if fresh else text

    return await _edit(definitions, alter, pasted, dry_run=dry_run, actor=actor)


async def put(
    definitions: Definitions,
    service_id: str,
    pasted: Pasted,
    *,
    how: How,
    revision: str,
    dry_run: bool,
    actor: str = "local",
) -> Outcome:
    """A service as it is to be: by `values` only the keys that differ are touched, as `text` it is written as pasted.
    Raises `EditConflict` with the present definition when that is not the one of `revision`."""

    def alter(text: str) -> str:
        _check_revision(text, service_id, revision)
        block = pasted.services[0].block
        return change(text, block) if how == "values" else splice.replace(text, [block])

    return await _edit(definitions, alter, pasted, dry_run=dry_run, actor=actor)


async def remove(
    definitions: Definitions, service_id: str, *, revision: str | None, dry_run: bool, actor: str = "local"
) -> Outcome:
    """The file without the service. Raises `NoSuchService`, `EditConflict`."""

    def alter(text: str) -> str:
        _check_revision(text, service_id, revision)
        return splice.take_out(text, service_id)

    return await _edit(definitions, alter, Pasted(), dry_run=dry_run, actor=actor)


def _check_revision(text: str, service_id: str, revision: str | None) -> None:
    now = present(text, service_id)
    if revision is not None and revision != now.revision:
        raise EditConflict(
            f"{service_id} was changed since you read it. Look at what it says now, and change that.",
            current={"id": service_id, "text": now.text, "definition": now.definition,
                     "revision": now.revision},
        )  # fmt: skip


async def _edit(definitions: Definitions, alter: Alter, pasted: Pasted, *, dry_run: bool, actor: str) -> Outcome:
    if pasted.faults:
        return _tried(Outcome({}, None, told(pasted.faults, "text"), "", ""), dry_run)
    async with definitions.editing:
        for _ in range(TRIES):
            trial = await asyncio.to_thread(_try, definitions, alter, pasted)
            definitions.secrets.add(trial.secrets)  # faults may repeat them
            if dry_run or trial.outcome.after is None:
                return _tried(trial.outcome, dry_run)
            if trial.outcome.text == trial.disk.text and trial.disk.data is not None:
                return trial.outcome
            try:
                await asyncio.to_thread(_write, trial)
            except Overtaken:
                continue
            definitions.tell_edited(actor, trial.outcome.before, trial.outcome.after)
            await definitions.reload()
            return trial.outcome
    raise EditConflict("The definitions file is being written all the time. Try again in a moment.")


def _tried(outcome: Outcome, dry_run: bool) -> Outcome:
    if not dry_run:
        accept(outcome)
    return outcome


def accept(outcome: Outcome) -> None:
    """Raises `FaultyDefinition` with every fault, if there is an error."""
    if outcome.after is None:
        errors = [one for one in outcome.told if one.fault.severity == "error"]
        words = " ".join(str(one.fault) for one in errors[:3])
        raise FaultyDefinition(words, errors=[one.as_json() for one in outcome.told])


def _write(trial: _Trial) -> None:
    try:
        trial.disk.write(trial.outcome.text)
    except OSError as error:
        raise NotWritten(f"{trial.disk.path.name} cannot be written: {error.strerror}. Nothing was changed.") from error


def _try(definitions: Definitions, alter: Alter, pasted: Pasted) -> _Trial:
    """The edit on the file as it is now, read by the real loader before and after."""
    disk = read_disk(definitions)
    before = definitions.read(disk.text)
    if not before.good:
        raise file_faulty(before.faults)
    try:
        text = alter(disk.text)
    except splice.NotEditable as not_editable:
        raise FileNotEditable(f"{not_editable.message}. {not_editable.hint}.") from None
    if len(text.encode(errors="replace")) > MAX_BYTES:
        raise FileNotEditable(f"The definitions file would have more than {MAX_BYTES // 1_000_000} MB.")
    after = definitions.read(text)
    said = told_of(after, text, pasted)
    good = not any(one.fault.severity == "error" for one in said)
    if good:
        _check_others(before, after, {one.block.id for one in pasted.services})
    outcome = Outcome(before.services, after.services if good else None, said, text, disk.text)
    return _Trial(disk, outcome, after.secrets)


def _check_others(before: Loaded, after: Loaded, touched: set[str]) -> None:
    """A last look that nothing but what was meant has another meaning now."""
    for name, spec in after.services.items():
        if name not in touched and before.services.get(name) != spec:
            raise FileNotEditable(f"This would change {name} as well. Change the file by hand.")
