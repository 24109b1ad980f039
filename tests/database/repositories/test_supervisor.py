from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy.exc import IntegrityError

from backend.database.database import Database
from backend.database.repositories import supervisor
from backend.database.repositories.supervisor import Declared
from backend.database.tables.supervisor import ServiceRow

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)
LATER = AT + timedelta(hours=1)
COMFY = Declared("comfyui", "ComfyUI", ("python", "main.py"), cwd=r"C:\ComfyUI", port=8188)
DB = Declared("db", "Database", ("postgres",))


async def rows(database: Database) -> dict[str, ServiceRow]:
    async with database.read() as session:
        return await supervisor.rows(session)


async def test_a_declared_service_gets_a_row_that_wants_nothing_yet(database: Database) -> None:
    await database.write(lambda session: supervisor.sync(session, [COMFY, DB], AT))
    row = (await rows(database))["comfyui"]
    assert (row.name, row.command, row.cwd, row.port) == ("ComfyUI", ["python", "main.py"], r"C:\ComfyUI", 8188)
    assert (row.wanted, row.status, row.health, row.restarts, row.is_system) == ("down", "stopped", "none", 0, False)
    assert row.created_at == row.updated_at == AT


async def test_a_changed_definition_changes_its_row_and_keeps_what_is_wanted(database: Database) -> None:
    await database.write(lambda session: supervisor.sync(session, [COMFY, DB], AT))
    await database.write(lambda session: supervisor.change(session, "comfyui", AT, wanted="up", tree="t1", restarts=2))
    await database.write(lambda session: supervisor.sync(session, [replace(COMFY, name="Comfy"), DB], LATER))
    found = await rows(database)
    comfy = found["comfyui"]
    assert (comfy.name, comfy.wanted, comfy.tree, comfy.restarts) == ("Comfy", "up", "t1", 2)
    assert (comfy.created_at, comfy.updated_at) == (AT, LATER)
    assert found["db"].updated_at == AT


async def test_a_service_that_is_no_longer_declared_keeps_its_row(database: Database) -> None:
    await database.write(lambda session: supervisor.sync(session, [COMFY, DB], AT))
    await database.write(lambda session: supervisor.sync(session, [DB], LATER))
    assert set(await rows(database)) == {"comfyui", "db"}


async def test_the_last_exit_and_the_times_are_kept(database: Database) -> None:
    await database.write(lambda session: supervisor.sync(session, [DB], AT))
    await database.write(
        lambda session: supervisor.change(
            session, "db", LATER, status="failed", pid=None, exit_code=3221225477, exit_signal=None, exited_at=LATER
        )
    )
    row = (await rows(database))["db"]
    assert (row.status, row.exit_code, row.exited_at, row.updated_at) == ("failed", 3221225477, LATER, LATER)


async def test_a_service_without_a_row_is_not_changed_in_silence(database: Database) -> None:
    with pytest.raises(LookupError, match="service 'ghost' has no row"):
        await database.write(lambda session: supervisor.change(session, "ghost", AT, wanted="up"))


@pytest.mark.parametrize("wrong", [{"status": "sleeping"}, {"health": "fine"}, {"wanted": "maybe"}])
async def test_only_words_of_the_design_are_taken(database: Database, wrong: dict[str, str]) -> None:
    await database.write(lambda session: supervisor.sync(session, [DB], AT))
    with pytest.raises(IntegrityError):
        await database.write(lambda session: supervisor.change(session, "db", AT, **wrong))  # type: ignore[arg-type]


async def test_services_of_two_machines_do_not_meet(database: Database) -> None:
    await database.write(lambda session: supervisor.sync(session, [DB], AT))
    await database.write(lambda session: supervisor.sync(session, [DB], AT, host="elsewhere"))
    await database.write(lambda session: supervisor.change(session, "db", AT, host="elsewhere", wanted="up"))
    assert (await rows(database))["db"].wanted == "down"


async def test_a_time_without_a_zone_is_refused(database: Database) -> None:
    with pytest.raises(Exception, match="has no time zone"):
        await database.write(lambda session: supervisor.sync(session, [DB], datetime(2026, 1, 1)))  # noqa: DTZ001
