from datetime import UTC, datetime, timedelta, timezone

from backend.database.database import Database
from backend.database.repositories import processes
from backend.database.repositories.processes import Launch
from backend.database.tables.processes import TreeRow

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)


def launch(tree: str, minutes: int = 0) -> Launch:
    return Launch(
        tree=tree,
        owner=("service", "comfyui"),
        pid=4711,
        start="123456",
        boot="0b1f",
        command=("python", "main.py"),
        cwd="/srv",
        log="/srv/comfyui.log",
        lifetime="adopt",
        at=AT + timedelta(minutes=minutes),
    )


async def tree(database: Database, name: str) -> TreeRow:
    async with database.read() as session:
        row = await session.get(TreeRow, name)
        assert isinstance(row, TreeRow)
        return row


async def test_a_tree_is_recorded_from_launch_to_end(database: Database) -> None:
    await database.write(lambda session: processes.launched(session, launch("t1")))
    await database.write(
        lambda session: processes.exited(session, "t1", AT + timedelta(minutes=1), code=None, signal=9)
    )
    await database.write(
        lambda session: processes.ended(
            session, "t1", AT + timedelta(minutes=2), stop_rung="signal SIGTERM", stop_seconds=1.5
        )
    )
    row = await tree(database, "t1")
    assert (row.owner_kind, row.owner_id, row.pid, row.start, row.boot) == (
        "service",
        "comfyui",
        4711,
        "123456",
        "0b1f",
    )
    assert (row.exit_code, row.exit_signal, row.exited_at) == (None, 9, AT + timedelta(minutes=1))
    assert (row.stop_rung, row.stop_seconds, row.ended_at) == ("signal SIGTERM", 1.5, AT + timedelta(minutes=2))


async def test_a_launch_that_is_told_twice_is_one_tree(database: Database) -> None:
    await database.write(lambda session: processes.launched(session, launch("t1")))
    await database.write(lambda session: processes.launched(session, launch("t1", minutes=5)))
    assert (await tree(database, "t1")).launched_at == AT


async def test_a_time_comes_back_in_utc_wherever_it_was_taken(database: Database) -> None:
    await database.write(lambda session: processes.launched(session, launch("t1")))
    there = timezone(timedelta(hours=9))
    await database.write(lambda session: processes.ended(session, "t1", AT.astimezone(there)))
    row = await tree(database, "t1")
    assert row.ended_at == AT
    assert row.ended_at is not None
    assert row.ended_at.utcoffset() == timedelta(0)
