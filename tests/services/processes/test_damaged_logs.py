"""Archives that a disk, or a person, has damaged: what is whole of them is shown, and the damage told."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from backend.services.processes.logs import Log, Piece
from keeper.archive import pack_block, pack_table, read_table
from keeper.log_files import sealed_path

LINES = b"".join(b"line %05d\n" % number for number in range(30_000))
BLOCK = 110_000  # 10,000 lines
MIDDLE = slice(BLOCK, 2 * BLOCK)


@pytest.fixture
def packed(tmp_path: Path) -> Path:
    """An archive of three blocks, and a live file behind it."""
    live = tmp_path / "tool.log"
    live.write_bytes(b"the end\n")
    blocks = [pack_block(LINES[at : at + BLOCK]) for at in range(0, len(LINES), BLOCK)]
    sealed = sealed_path(live, 0)
    archive = sealed.with_name(sealed.name + ".gz")
    archive.write_bytes(b"".join(blocks) + pack_table(len(LINES), BLOCK, [len(one) for one in blocks], 0))
    return archive


def spoil(archive: Path, part: float) -> None:
    """Overwrites a few bytes of the second block, so far into it."""
    table = read_table(archive)
    at = round(table.places[1] + (table.places[2] - table.places[1]) * part)
    data = bytearray(archive.read_bytes())
    data[at : at + 8] = b"\xff" * 8
    archive.write_bytes(data)


def test_what_a_damaged_block_takes_with_it_is_a_gap(packed: Path) -> None:
    spoil(packed, 0)
    log = Log(packed.with_name("tool.log"))
    assert log.read(0) == Piece(0, LINES[:BLOCK])
    assert log.read(BLOCK + 5, 11) == Piece(2 * BLOCK, LINES[2 * BLOCK :][:11], gap=True)
    assert b"".join(log.download()) == LINES[:BLOCK] + LINES[2 * BLOCK :] + b"the end\n"


def test_pages_step_over_damage(packed: Path) -> None:
    spoil(packed, 0)
    log = Log(packed.with_name("tool.log"))
    assert log.tail(10_001).data == LINES[2 * BLOCK :] + b"the end\n"
    assert log.tail(2, before=2 * BLOCK) == Piece(BLOCK - 22, LINES[BLOCK - 22 : BLOCK])


def test_what_comes_before_the_damage_in_its_block_is_shown(packed: Path) -> None:
    spoil(packed, 0.5)
    log = Log(packed.with_name("tool.log"))
    assert log.read(BLOCK, 11_000) == Piece(BLOCK, LINES[MIDDLE][:11_000])
    assert log.read(2 * BLOCK, 11) == Piece(2 * BLOCK, LINES[2 * BLOCK :][:11])


def test_of_an_archive_that_was_cut_off_the_beginning_is_shown(packed: Path) -> None:
    cut = (read_table(packed).places[1] + read_table(packed).places[2]) // 2
    packed.write_bytes(packed.read_bytes()[:cut])
    following = sealed_path(packed.with_name("tool.log"), len(LINES))
    following.write_bytes(b"whole\n")
    log = Log(packed.with_name("tool.log"))
    first = log.read(0)
    assert BLOCK < len(first.data) < 2 * BLOCK
    assert LINES.startswith(first.data)
    assert log.read(first.end, 6) == Piece(len(LINES), b"whole\n", gap=True)
    assert log.extent() == (0, len(LINES) + 14)


@pytest.mark.parametrize("part", [0, 0.5])
def test_damage_is_told_once_in_the_daemons_own_log(
    packed: Path, caplog: pytest.LogCaptureFixture, part: float
) -> None:
    spoil(packed, part)
    log = Log(packed.with_name("tool.log"))
    with caplog.at_level(logging.WARNING):
        for _ in range(3):
            log.read(BLOCK)
    assert [str(packed) in line and "damaged" in line for line in caplog.messages] == [True]
