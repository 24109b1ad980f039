from datetime import UTC, datetime, timedelta, timezone

from backend.database.database import Database
from backend.database.repositories import processes
from backend.database.repositories.processes import History, Launch
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


async def store(database: Database, *trees: History) -> None:
    await database.write(lambda session: processes.store(session, trees))


async def test_a_tree_is_recorded_from_launch_to_end(database: Database) -> None:
    begun = launch("t1")
    minute = timedelta(minutes=1)
    await store(database, History(begun))
    await store(database, History(begun, exited_at=AT + minute, exit_signal=9))
    end = History(
        begun, exited_at=AT + minute, exit_signal=9, ended_at=AT + 2 * minute, stop_rung="SIGTERM", stop_seconds=1.5
    )
    await store(database, end, History(launch("t2")))
    row = await tree(database, "t1")
    assert (row.owner_kind, row.owner_id, row.pid, row.start, row.boot) == (
        "service",
        "comfyui",
        4711,
        "123456",
        "0b1f",
    )
    assert (row.exit_code, row.exit_signal, row.exited_at) == (None, 9, AT + minute)
    assert (row.stop_rung, row.stop_seconds, row.ended_at) == ("SIGTERM", 1.5, AT + 2 * minute)
    assert (await tree(database, "t2")).ended_at is None


async def test_a_launch_that_is_told_twice_is_one_tree(database: Database) -> None:
    await store(database, History(launch("t1")))
    await store(database, History(launch("t1", minutes=5)))
    assert (await tree(database, "t1")).launched_at == AT


async def test_a_time_comes_back_in_utc_wherever_it_was_taken(database: Database) -> None:
    there = timezone(timedelta(hours=9))
    await store(database, History(launch("t1"), ended_at=AT.astimezone(there)))
    row = await tree(database, "t1")
    assert row.ended_at == AT
    assert row.ended_at is not None
    assert row.ended_at.utcoffset() == timedelta(0)
