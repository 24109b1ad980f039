"""Puts the runs of an earlier life of the daemon back into their places."""

from __future__ import annotations

from backend.database.repositories.runs import TYPE
from backend.services.jobs import Jobs
from backend.services.leases import Leases
from backend.services.runs.actor import HOLDER, Actor
from backend.services.runs.custody import Custody
from backend.services.runs.entry import Entry
from backend.services.runs.queue import module_place, slot, tag
from backend.services.runs.recorder import Recorder
from backend.services.runs.recovery import Found, Recovered


class Takeover:
    def __init__(self, *, actor: Actor, custody: Custody, recorder: Recorder, jobs: Jobs, leases: Leases) -> None:
        self._actor = actor
        self._custody = custody
        self._recorder = recorder
        self._jobs = jobs
        self._leases = leases

    async def of(self, found: Found) -> None:
        for one in found.runs:
            self._take(one)
        for tree in found.stray:
            await self._custody.let_go(tree)

    def _take(self, one: Recovered) -> None:
        entry, spec = one.entry, one.entry.spec
        self._jobs.seen(spec.job_id)
        if entry.stored != entry.state.status:
            self._jobs.moved(TYPE, spec.module_id, entry.stored, entry.state.status, spec.queued_at)
        self._actor.add(entry)
        if one.tree is not None:
            self._hold_again(entry)
            self._recorder.tree(entry, one.tree, [spec.module_name])  # where it is on record already, that stays
            self._custody.take(entry, one.tree, found=True)
        self._actor.post(spec.run_id, one.happening)

    def _hold_again(self, entry: Entry) -> None:
        """What it held while an earlier daemon lived; more may be held than there are places now."""
        spec, held = entry.spec, self._leases.held
        numbers = range(1, len(held) + self._actor.slots + 2)
        wanted = [next(slot(number) for number in numbers if slot(number) not in held)]
        if spec.concurrency is not None:
            places = (module_place(spec.module_id, number) for number in numbers)
            wanted.append(next(place for place in places if place not in held))
        wanted += [tag(name) for name in spec.exclusive if tag(name) not in held]
        self._leases.grant(wanted, HOLDER + spec.run_id)
