"""Lines and their times out of pieces, and how many there are."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from backend.services.processes.encoding import Encoding
from backend.services.processes.line_count import LineCounts
from backend.services.processes.lines import LONGEST, Lines, Stretch
from backend.services.processes.logs import INDEX_ENTRY, Log, Piece
from keeper.logs import LogWriter

TIMES = ((0, 1000), (9, 2000), (30, 3000))
TEXT = b"one\ntwo\nthree\nfour\r\nhalf"


def covering(data: bytes, start: int, times: tuple[tuple[int, int], ...] = TIMES) -> Piece:
    """As `Log.with_times` gives them."""
    first = max((entry for entry in times if entry[0] <= start), default=times[0])
    return Piece(start, data, times=(first, *(entry for entry in times if start < entry[0] < start + len(data))))


def test_a_line_has_the_time_at_which_it_began_to_come() -> None:
    assert Lines(Encoding(), 0).take(covering(TEXT, 0)) == [
        Stretch(1000, [4, 8, 14], ["one", "two", "three"]),
        Stretch(2000, [20], ["four"]),
    ]


@pytest.mark.parametrize("size", [1, 2, 3, 5, 7, 11, 100])
def test_pieces_of_any_size_give_the_same_lines(size: int) -> None:
    lines, found = Lines(Encoding(), 0), list[tuple[int | None, int, str]]()
    for at in range(0, len(TEXT), size):
        stretches = lines.take(covering(TEXT[at : at + size], at))
        found += [(moment, *line) for moment, *rest in stretches for line in zip(*rest, strict=True)]
    assert found == [(1000, 4, "one"), (1000, 8, "two"), (1000, 14, "three"), (2000, 20, "four")]
    assert lines.finish() == [Stretch(2000, [24], ["half"])]
    assert lines.finish() == []


def test_half_a_line_before_a_gap_is_dropped() -> None:
    lines = Lines(Encoding(), 0)
    assert lines.take(covering(b"hal", 0)) == []
    assert lines.take(Piece(40, b"four\n", gap=True, times=((30, 3000),))) == [Stretch(3000, [45], ["four"])]


def test_a_line_without_end_is_taken_in_parts() -> None:
    lines, part = Lines(Encoding(), 0), b"x" * (1 << 20)
    found = [stretch for at in range(6) for stretch in lines.take(Piece(at << 20, part))]
    assert [(one.ends, len(one.messages[0])) for one in found] == [([LONGEST + (1 << 20)], LONGEST + (1 << 20))]


def test_what_is_no_text_ends_no_line() -> None:
    dice = random.Random(3)
    data = bytes(dice.choices([10, 13, 65, 0xC3, 0xE2, 0x82, 0xAC, 0xFF, 0x80, 0x85], k=5000))
    ends, texts, rest = Encoding().lines(data, 7)
    assert ends == [7 + at + 1 for at, byte in enumerate(data) if byte == 10]
    whole = data[: len(data) - len(rest)].split(b"\n")[:-1]
    assert texts == [line.decode("utf-8", "replace").removesuffix("\r") for line in whole]


def test_lines_are_counted_as_they_come_across_rotations(tmp_path: Path) -> None:
    writer, counts = LogWriter(tmp_path / "tool.log", 100, 3), LineCounts()
    log = Log(writer.live)
    assert counts.of(log) == 0
    writer.write(b"one\ntwo")
    assert (counts.of(log), counts.of(log)) == (2, 2)
    for number in range(100):
        writer.write(b"\nline %d" % number)
        kept = b"".join(log.download())
        assert counts.of(log) == len(kept.splitlines())
    writer.close()


def test_where_a_moment_begins_in_a_log(tmp_path: Path) -> None:
    log = Log(tmp_path / "tool.log")
    assert log.since(5) == 0
    log.live.write_bytes(b"x" * 50)
    assert log.since(5) == 50
    (tmp_path / "tool.index").write_bytes(b"".join(INDEX_ENTRY.pack(*entry) for entry in TIMES))
    assert [log.since(moment) for moment in (0, 1000, 1001, 2000, 3000, 3001)] == [0, 0, 9, 9, 30, 50]
