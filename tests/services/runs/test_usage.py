"""What a run used over time, as its folder keeps it."""

from __future__ import annotations

from pathlib import Path

from backend.services.runs.folder import is_ours
from backend.services.runs.usage import FILE, MOST_BYTES, THINNED, Point, note, thinned, usage


def test_points_are_read_as_they_were_noted(tmp_path: Path) -> None:
    points = [Point(1_700_000_000.5, 12.5, 2_000_000), Point(1_700_000_002.5, 250.0, 3_000_000)]
    for one in points:
        note(tmp_path, one)
    assert usage(tmp_path) == points
    assert (tmp_path / FILE).read_text(encoding="ascii").startswith("at,cpu_percent,memory_bytes\n")


def test_what_a_crash_left_half_written_is_left_out(tmp_path: Path) -> None:
    note(tmp_path, Point(1.0, 2.0, 3))
    with (tmp_path / FILE).open("a", encoding="ascii") as file:
        file.write("5.0,1")
    assert usage(tmp_path) == [Point(1.0, 2.0, 3)]


def test_a_run_that_nobody_looked_at_has_no_points(tmp_path: Path) -> None:
    assert usage(tmp_path) == []


def test_a_long_run_keeps_its_spike_its_span_and_a_small_file(tmp_path: Path) -> None:
    looks, spike = 6000, 2500
    for look in range(looks):
        note(tmp_path, Point(look * 2.0, 400.0 if look == spike else 10.0, 9_000_000 if look == spike else 1_000))
        assert (tmp_path / FILE).stat().st_size <= MOST_BYTES
    points = usage(tmp_path)
    assert len(points) > THINNED
    highest = max(points, key=lambda one: one.cpu_percent)
    assert (highest.cpu_percent, highest.memory_bytes) == (400.0, 9_000_000)
    assert abs(highest.at - spike * 2.0) < 2 * 2.0 * looks / THINNED
    assert (points[0].at, points[-1].at) == (0.0, (looks - 1) * 2.0)
    assert [one.at for one in points] == sorted(one.at for one in points)


def test_few_points_are_left_as_they_are() -> None:
    points = [Point(float(at), 1.0, 1) for at in range(10)]
    assert thinned(points, 10) == points
    assert thinned([Point(1.0, 1.0, 1), Point(1.0, 3.0, 2)], 1) == [Point(1.0, 3.0, 2)]


def test_it_is_no_result_of_the_script() -> None:
    assert is_ours(FILE)
