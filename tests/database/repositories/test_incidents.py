from datetime import UTC, datetime, timedelta

from backend.database.database import Database
from backend.database.repositories import incidents
from backend.database.repositories.incidents import Crash

AT = datetime(2026, 3, 1, 12, tzinfo=UTC)


async def crashed(database: Database, service: str, minute: int) -> None:
    crash = Crash(
        tree=f"{service}-{minute}",
        service_id=service,
        at=AT + timedelta(minutes=minute),
        run_seconds=1.0,
        exit_code=1,
        exit_signal=None,
        exit_limit=None,
        reason="exit code 1",
        tail=[],
        machine={},
        used={},
        changes=[],
        fingerprint=f"of {service}",
    )
    await database.write(lambda session: incidents.add(session, crash))


async def test_crashes_of_one_service_are_not_crowded_out_by_those_of_another(database: Database) -> None:
    await crashed(database, "comfyui", 0)
    for minute in range(1, 5):
        await crashed(database, "loops", minute)

    async def found(*services: str, until: int = 9) -> list[str]:
        async with database.read() as session:
            end = AT + timedelta(minutes=until)
            rows = await incidents.between(session, AT, end, services=services, limit=3)
        return [row.tree for row in rows]

    assert await found("comfyui") == ["comfyui-0"]
    assert await found("loops", "comfyui") == await found() == ["loops-4", "loops-3", "loops-2"]
    assert await found(until=1) == ["comfyui-0"]
