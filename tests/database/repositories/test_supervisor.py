from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy.exc import IntegrityError

from backend.core.events import HOST
from backend.database.database import Database
from backend.database.repositories import supervisor
from backend.database.repositories.supervisor import Declared, Known
from backend.database.tables.supervisor import ServiceRow

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)
LATER = AT + timedelta(hours=1)
COMFY = Declared("comfyui", "ComfyUI", ("python", "main.py"), cwd=r"C:\ComfyUI", port=8188)
DB = Declared("db", "Database", ("postgres",))


async def rows(database: Database) -> dict[str, ServiceRow]:
    async with database.read() as session:
        return await supervisor.rows(session)


async def store(database: Database, *services: Known, host: str = HOST) -> None:
    await database.write(lambda session: supervisor.store(session, services, host))


async def test_a_service_gets_a_row(database: Database) -> None:
    await store(database, Known(COMFY, AT), Known(DB, AT))
    row = (await rows(database))["comfyui"]
    assert (row.name, row.command, row.cwd, row.port) == ("ComfyUI", ["python", "main.py"], r"C:\ComfyUI", 8188)
    assert (row.wanted, row.status, row.health, row.restarts, row.is_system) == ("down", "stopped", "none", 0, False)
    assert row.created_at == row.updated_at == AT


async def test_what_is_known_later_takes_the_place_of_what_was(database: Database) -> None:
    await store(database, Known(COMFY, AT), Known(DB, AT))
    renamed = replace(COMFY, name="Comfy")
    await store(database, Known(renamed, LATER, wanted="up", status="running", tree="t1", pid=7, restarts=2))
    found = await rows(database)
    comfy = found["comfyui"]
    assert (comfy.name, comfy.wanted, comfy.tree, comfy.pid, comfy.restarts) == ("Comfy", "up", "t1", 7, 2)
    assert (comfy.created_at, comfy.updated_at) == (AT, LATER)
    assert found["db"].updated_at == AT


async def test_the_last_exit_and_the_times_are_kept_by_the_next_life(database: Database) -> None:
    ended = Known(DB, AT, status="failed", stopped_at=AT, exit_code=3221225477, exited_at=AT)
    await store(database, ended)
    await store(database, Known(DB, LATER, status="running", pid=8))
    row = (await rows(database))["db"]
    assert (row.status, row.exit_code, row.stopped_at, row.exited_at) == ("running", 3221225477, AT, AT)
    await store(database, Known(DB, LATER, status="failed", stopped_at=LATER, exit_signal=9, exited_at=LATER))
    row = (await rows(database))["db"]
    assert (row.exit_code, row.exit_signal, row.stopped_at, row.exited_at) == (None, 9, LATER, LATER)


@pytest.mark.parametrize("wrong", [{"status": "sleeping"}, {"health": "fine"}, {"wanted": "maybe"}])
async def test_only_words_of_the_design_are_taken(database: Database, wrong: dict[str, str]) -> None:
    with pytest.raises(IntegrityError):
        await store(database, Known(DB, AT, **wrong))  # type: ignore[arg-type]


async def test_services_of_two_machines_do_not_meet(database: Database) -> None:
    await store(database, Known(DB, AT))
    await store(database, Known(DB, AT, wanted="up"), host="elsewhere")
    assert (await rows(database))["db"].wanted == "down"


async def test_a_time_without_a_zone_is_refused(database: Database) -> None:
    with pytest.raises(Exception, match="has no time zone"):
        await store(database, Known(DB, datetime(2026, 1, 1)))  # noqa: DTZ001
