"""The supervisor's end: services stop in the order in which they need each other; what is wanted stays wanted."""

from __future__ import annotations

import asyncio

from backend.services.supervisor import happenings
from backend.services.supervisor.actor import Actor
from backend.services.supervisor.graph import may_stop
from backend.services.supervisor.happenings import AT_REST

LONGEST = 3600.0  # seconds that a stop may take; its ladder ends long before


async def stop_all(actor: Actor) -> None:
    """Stops, dependants first, all but what is `persistent`; nothing is started any more."""
    actor.closing = True
    going = {service for service, entry in actor.entries.items() if entry.spec.lifetime != "persistent"}
    while left := [service for service in going if _is_up(actor, service)]:
        needs = actor.needs()
        ready = [one for one in left if may_stop(one, needs, lambda other: other in going and _is_up(actor, other))]
        for service in ready or left:  # whatever the graph says, all of them go
            actor.post(service, happenings.Pause())
        await asyncio.wait([asyncio.ensure_future(_down(actor, service)) for service in ready or left])


def _is_up(actor: Actor, service: str) -> bool:
    entry = actor.entries.get(service)
    return entry is not None and entry.state.status not in AT_REST


async def _down(actor: Actor, service: str) -> None:
    entry = actor.entries.get(service)
    if entry is not None:
        await actor.reach(entry, lambda one: one.state.status in AT_REST, LONGEST, patient=True)
