"""The parts that the daemon cannot do without, tried for real."""

from __future__ import annotations

import asyncio
import os
import shutil
import sqlite3
import sys
from pathlib import Path

import psutil
import pytest

from backend.config import Settings
from backend.core.clock import SystemClock
from backend.database.database import open_database
from backend.services.diagnostics import machinery
from backend.services.processes.runtime import KeeperAway


async def connected() -> str:
    return "connected"


async def test_the_event_loop_can_start_processes() -> None:
    (finding,) = await machinery.check_spawn()
    assert finding.status == "ok"
    assert type(asyncio.get_running_loop()).__name__ in finding.what


async def test_an_interpreter_that_cannot_be_started_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", os.devnull)
    (finding,) = await machinery.check_spawn()
    assert finding.status == "error"


async def test_a_keeper_on_trial_answers_and_is_gone_afterwards() -> None:
    before = psutil.Process().children()
    finding, limits = await machinery.check_keeper(machinery.ask_on_trial)
    assert (finding.status, finding.what) == ("ok", "one on trial starts and answers")
    assert (limits.id, limits.status) == ("limits", "ok")
    left = [child for child in psutil.Process().children() if child not in before]
    assert not [child for child in left if child.is_running() and child.status() != psutil.STATUS_ZOMBIE]


async def test_a_keeper_that_does_not_answer_is_an_error_with_its_words() -> None:
    async def away() -> machinery.KeeperAnswer:
        raise KeeperAway("The keeper could not be started.")

    (finding,) = await machinery.check_keeper(away)
    assert (finding.status, finding.what) == ("error", "The keeper could not be started.")


@pytest.mark.parametrize(
    ("held", "words"),
    [
        ({}, "none: limits are watched"),
        (
            dict.fromkeys(("memory", "cpu", "processes"), "control group version 2"),
            "control groups version 2, delegated: memory, cpu, processes",
        ),
        ({"memory": "control group version 1"}, "control groups version 1: memory; watched: cpu, processes"),
        (dict.fromkeys(("memory", "cpu", "processes"), "job object"), "job object: memory, cpu, processes"),
    ],
)
def test_what_holds_limits_here_is_told(held: dict[str, str], words: str) -> None:
    assert machinery.how_limits_hold(held) == words


async def test_a_database_that_is_not_there_yet_is_fine_and_not_made(tmp_path: Path) -> None:
    (finding,) = await machinery.check_database(Settings(data_dir=tmp_path), connected)
    assert finding.status == "ok"
    assert list(tmp_path.iterdir()) == []


async def test_a_database_of_this_version_is_fine_also_while_it_is_used(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path)
    async with open_database(settings.database, settings.data_dir, SystemClock()) as database:
        (finding,) = await machinery.check_database(settings, database.state)
    assert finding.status == "ok"
    assert "newest tables" in finding.what


async def test_a_damaged_database_is_an_error(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path)
    (tmp_path / "control-center.db").write_bytes(b"this is no database at all" * 100)
    (finding,) = await machinery.check_database(settings, connected)
    assert finding.status == "error"
    assert "damaged" in finding.what


async def test_a_database_that_does_not_answer_is_an_error_with_its_reason(tmp_path: Path) -> None:
    async def away() -> str:
        return "unavailable: its disk is full"

    settings = Settings(data_dir=tmp_path)
    async with open_database(settings.database, settings.data_dir, SystemClock()):
        pass
    (finding,) = await machinery.check_database(settings, away)
    assert (finding.status, "its disk is full" in finding.what) == ("error", True)


@pytest.mark.parametrize(("revision", "status", "word"), [("9999", "error", "newer"), ("0000", "ok", "next start")])
async def test_a_database_of_another_version_says_so(tmp_path: Path, revision: str, status: str, word: str) -> None:
    settings = Settings(data_dir=tmp_path)
    async with open_database(settings.database, settings.data_dir, SystemClock()):
        pass
    with sqlite3.connect(tmp_path / "control-center.db") as connection:
        connection.execute("UPDATE alembic_version SET version_num = ?", (revision,))
    connection.close()
    (finding,) = await machinery.check_database(settings, connected)
    assert (finding.status, word in finding.what) == (status, True)


async def test_a_database_of_another_program_is_an_error(tmp_path: Path) -> None:
    source = tmp_path / "other.db"
    with sqlite3.connect(source) as connection:
        connection.execute("CREATE TABLE photos (id INTEGER)")
    connection.close()
    shutil.copy(source, tmp_path / "control-center.db")
    (finding,) = await machinery.check_database(Settings(data_dir=tmp_path), connected)
    assert (finding.status, "photos" in finding.what) == ("error", True)
