"""Whose a call is, where the system takes its time to tell who holds the other end of the connection."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from math import inf
from pathlib import Path

import pytest

from backend.core.tasks import open_tasks
from backend.database.database import open_database
from backend.database.repositories.usage import WhichCalls
from backend.services.processes.runtime import Tree
from backend.services.usage.callers import Callers
from backend.services.usage.ledger import UsageLedger
from backend.services.usage.meter import Meter, Request
from backend.services.usage.model import Owner
from backend.services.usage.section import Section
from tests.fakes.clock import TurnedClock

JSON = [(b"content-type", b"application/json")]
NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)


async def _never() -> Mapping[str, Sequence[tuple[int, str]]]:
    await asyncio.Event().wait()
    raise AssertionError


async def _none() -> Sequence[Tree]:
    return []


async def _nobody(_: Tree) -> Owner | None:
    return None


@pytest.mark.parametrize(("provider", "service"), [("openai~n8n", "n8n"), ("openai", None)])
async def test_a_call_is_whose_its_address_names_where_the_system_does_not_tell(
    provider: str, service: str | None, tmp_path: Path
) -> None:
    clock = TurnedClock(NOW)
    async with (
        open_database("sqlite+aiosqlite:///control-center.db", tmp_path, clock) as database,
        open_tasks() as tasks,
    ):
        ledger = UsageLedger(database=database, clock=clock, tasks=tasks, tell=print, section=Section, keep=lambda: inf)
        meter = Meter(ledger=ledger, callers=Callers(_never, _none, _nobody), clock=clock, section=Section, token=None)
        end = ("127.0.0.1", 50_000)
        request = Request(provider, "POST", b"/chat/completions", b"", JSON, b'{"model": "m"}', True, end, end)
        async with meter.passing(request):
            pass
        await meter.close()
        await ledger.close()
        (call,) = await ledger.calls(WhichCalls(NOW.date(), NOW.date()), 10)
        assert (call.service, call.model) == (service, "m")
