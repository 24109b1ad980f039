import re
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine
from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import CreateIndex, CreateTable

from backend.core.clock import SystemClock
from backend.database import migrations
from backend.database.engine import DatabaseDamaged, DatabaseUnusable, copies_of, read_revision
from backend.database.migrate import OURS, Steps, bring_up, bring_up_anyhow
from backend.database.schema import METADATA
from tests.database.conftest import locked

NOW = SystemClock().now()
BY_STEPS = Steps(OURS.folder, OURS.head)

NEXT = f"{int(migrations.HEAD) + 1:04}"
SECOND = f"""
import sqlalchemy as sa
from alembic import op

revision = "{NEXT}"
down_revision = "{migrations.HEAD}"


def upgrade() -> None:
    with op.batch_alter_table("job_history", recreate="always") as jobs:
        jobs.add_column(sa.Column("motto", sa.Text()))
"""
FAILING = SECOND + '    op.execute("INSERT INTO nowhere VALUES (1)")\n'


def rows(file: Path, statement: str) -> list[Any]:
    with closing(sqlite3.connect(file)) as connection:
        return connection.execute(statement).fetchall()


def fill(file: Path) -> None:
    with closing(sqlite3.connect(file)) as connection:
        connection.executemany(
            "INSERT INTO job_history (id, job_type, subject, parent_id, host, status, queued_at) "
            "VALUES (?, 'run', ?, ?, 'here', 'completed', '2026-01-01')",
            [(1, "first", None), (2, "its child", 1)],
        )
        connection.commit()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "data" / "control-center.db"


def next_version(tmp_path: Path, text: str) -> Steps:
    """A later version of the program, with one step more."""
    folder = tmp_path / "next version"
    shutil.copytree(OURS.folder, folder, ignore=shutil.ignore_patterns("__pycache__"))
    (folder / "versions" / f"{NEXT}_mottos.py").write_text(text)
    return Steps(folder, NEXT)


def test_the_head_that_is_checked_quickly_is_the_one_that_the_steps_lead_to() -> None:
    config = Config()
    config.set_main_option("script_location", str(OURS.folder))
    config.set_main_option("path_separator", "os")
    assert ScriptDirectory.from_config(config).get_heads() == [migrations.HEAD]


def shape(file: Path) -> dict[str, list[str]]:
    """What the file says of each table and index; in which order it names constraints means nothing."""
    made = rows(file, "SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL")
    return {name: sorted(re.findall(r"[^\s,()]+", sql)) for name, sql in made}


def test_a_new_file_has_the_shape_that_the_steps_lead_to(tmp_path: Path) -> None:
    bring_up(tmp_path / "at once.db", OURS, NOW)
    bring_up(tmp_path / "by steps.db", BY_STEPS, NOW)
    assert shape(tmp_path / "at once.db") == shape(tmp_path / "by steps.db")
    assert read_revision(tmp_path / "at once.db") == read_revision(tmp_path / "by steps.db") == OURS.head


def test_the_steps_lead_to_the_tables_that_the_program_declares(file: Path) -> None:
    bring_up(file, BY_STEPS, NOW)
    engine = create_engine(f"sqlite:///{file.as_posix()}")
    try:
        with engine.connect() as connection:
            context = MigrationContext.configure(connection, opts={"compare_type": True})
            assert compare_metadata(context, METADATA) == []
    finally:
        engine.dispose()
    declared = {table.name: {column.name for column in table.columns} for table in METADATA.tables.values()}
    for table, columns in declared.items():
        assert {row[1] for row in rows(file, f"PRAGMA table_info({table})")} == columns
    checks = [constraint for table in METADATA.tables.values() for constraint in table.constraints]
    made = " ".join(row[0] for row in rows(file, "SELECT sql FROM sqlite_master WHERE type = 'table'"))
    assert all(str(check.name) in made for check in checks)


def test_all_tables_of_the_design_are_there(file: Path) -> None:
    bring_up(file, OURS, NOW)
    made = {row[0] for row in rows(file, "SELECT name FROM sqlite_master WHERE type = 'table'")}
    assert made - {"alembic_version"} == {
        *("services", "knowledge_creators", "knowledge_fetches", "api_usage", "job_history"),
        *("process_trees", "events", "leases", "schedules", "samples", "runs", "run_remains", "job_counts"),
        *("module_settings", "module_presets", "api_calls", "sample_series", "sample_ticks", "deliveries", "alerts"),
        *("alert_silences", "crashes"),
    }


def test_every_table_can_also_be_made_in_postgresql() -> None:
    dialect = postgresql.dialect()  # type: ignore[no-untyped-call]
    for table in METADATA.sorted_tables:
        assert str(CreateTable(table).compile(dialect=dialect)).strip().startswith(f"CREATE TABLE {table.name}")
        for index in table.indexes:
            assert str(CreateIndex(index).compile(dialect=dialect)).startswith("CREATE INDEX")


@pytest.mark.parametrize("new", [True, False], ids=["new", "up to date"])
def test_a_file_that_is_new_or_up_to_date_is_opened_without_loading_alembic(file: Path, new: bool) -> None:
    if not new:
        bring_up(file, OURS, NOW)
    program = (
        "import asyncio, sys; from pathlib import Path; from backend.core.clock import SystemClock\n"
        "from backend.database.database import open_database\n"
        "async def main():\n"
        "    async with open_database(sys.argv[1], Path('.'), SystemClock()) as database:\n"
        "        print(await database.state(), 'alembic' in sys.modules)\n"
        "asyncio.run(main())"
    )
    said = subprocess.run(
        [sys.executable, "-c", program, f"sqlite:///{file.as_posix()}"], capture_output=True, text=True, check=True
    )
    assert said.stdout.split() == ["connected", "False"]


def test_an_update_keeps_every_row_and_a_copy_of_what_was(file: Path, tmp_path: Path) -> None:
    bring_up(file, OURS, NOW)
    fill(file)
    bring_up(file, next_version(tmp_path, SECOND), NOW)
    kept = [("first", None, None), ("its child", 1, None)]
    assert rows(file, "SELECT subject, parent_id, motto FROM job_history ORDER BY id") == kept
    [copy] = copies_of(file)
    assert rows(copy, "SELECT version_num FROM alembic_version") == [(migrations.HEAD,)]
    assert rows(copy, "SELECT subject FROM job_history ORDER BY id") == [("first",), ("its child",)]


def test_a_step_that_fails_changes_nothing_and_names_the_copy(file: Path, tmp_path: Path) -> None:
    bring_up(file, OURS, NOW)
    fill(file)
    with pytest.raises(DatabaseUnusable, match="no such table: nowhere") as refusal:
        bring_up(file, next_version(tmp_path, FAILING), NOW)
    [copy] = copies_of(file)
    assert str(copy) in refusal.value.detail
    assert rows(file, "SELECT version_num FROM alembic_version") == [(migrations.HEAD,)]
    assert "motto" not in {row[1] for row in rows(file, "PRAGMA table_info(job_history)")}
    bring_up(file, OURS, NOW)


def test_a_first_step_that_fails_leaves_an_empty_file_that_a_better_one_can_use(file: Path, tmp_path: Path) -> None:
    with pytest.raises(DatabaseUnusable, match="no such table: nowhere"):
        bring_up(file, next_version(tmp_path, FAILING), NOW)
    assert rows(file, "SELECT name FROM sqlite_master") == []
    bring_up(file, OURS, NOW)


def test_a_file_of_a_newer_version_is_refused_and_left_alone(file: Path, tmp_path: Path) -> None:
    bring_up(file, next_version(tmp_path, SECOND), NOW)
    before = file.read_bytes()
    with pytest.raises(DatabaseUnusable, match="last used by a newer version") as refusal:
        bring_up(file, OURS, NOW)
    assert "start the newer version" in refusal.value.detail
    assert file.read_bytes() == before
    assert copies_of(file) == []


def test_a_database_of_another_program_is_refused_and_left_alone(file: Path) -> None:
    file.parent.mkdir()
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("CREATE TABLE recipes (name)")
    before = file.read_bytes()
    with pytest.raises(DatabaseUnusable, match=r"of another program \(it holds recipes\)"):
        bring_up(file, OURS, NOW)
    assert file.read_bytes() == before


def test_a_file_that_is_no_database_is_refused_and_left_alone(file: Path) -> None:
    file.parent.mkdir()
    file.write_bytes(b"this was a letter to my aunt\n" * 100)
    before = file.read_bytes()
    with pytest.raises(DatabaseUnusable, match="damaged or no database") as refusal:
        bring_up(file, OURS, NOW)
    assert "move it away" in refusal.value.detail
    assert file.read_bytes() == before


def test_a_damaged_file_is_refused_and_the_copies_beside_it_are_named(file: Path, tmp_path: Path) -> None:
    bring_up(file, OURS, NOW)
    bring_up(file, next_version(tmp_path, SECOND), NOW)
    [copy] = copies_of(file)
    with file.open("r+b") as opened:
        opened.write(b"\0" * 4096)
    with pytest.raises(DatabaseUnusable, match="damaged or no database") as refusal:
        bring_up(file, OURS, NOW)
    assert copy.name in refusal.value.detail


def test_damage_deep_in_the_file_stops_an_update_before_it_begins(file: Path, tmp_path: Path) -> None:
    bring_up(file, OURS, NOW)
    size = file.stat().st_size
    with file.open("r+b") as opened:
        opened.seek(4096 * 2)
        opened.write(b"\xff" * (size - 4096 * 2))
    damaged = file.read_bytes()
    with pytest.raises(DatabaseUnusable, match="damaged"):
        bring_up(file, next_version(tmp_path, SECOND), NOW)
    assert file.read_bytes() == damaged
    assert [found.name for found in file.parent.iterdir() if found.suffix in (".bak", ".partial")] == []


def test_a_damaged_file_can_be_moved_away_for_an_empty_one_and_the_newest_three_stay(file: Path) -> None:
    file.parent.mkdir()
    for minute in range(4):
        file.write_bytes(b"damaged %d" % minute)
        kept = bring_up_anyhow(file, OURS, NOW.replace(minute=minute))
        assert kept is not None
        assert kept.read_bytes() == b"damaged %d" % minute
        assert read_revision(file) == OURS.head
    assert len(list(file.parent.glob("control-center.damaged-*.db"))) == 3
    assert bring_up_anyhow(file, OURS, NOW) is None


def test_damage_in_the_tables_that_a_start_reads_is_found(file: Path) -> None:
    bring_up(file, OURS, NOW)
    with closing(sqlite3.connect(file)) as connection:
        (page,) = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = 'services'").fetchone()
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    with file.open("r+b") as opened:
        opened.seek((page - 1) * 4096)
        opened.write(b"\xff" * 4096)
    with pytest.raises(DatabaseDamaged):
        bring_up(file, OURS, NOW)


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "in the way").write_text("a file where a folder should be")
    with pytest.raises(DatabaseUnusable, match="in the way"):
        bring_up(tmp_path / "in the way" / "control-center.db", OURS, NOW)


def test_an_up_to_date_file_opens_while_another_program_writes(file: Path) -> None:
    bring_up(file, OURS, NOW)
    with locked(file):
        bring_up(file, OURS, NOW)
