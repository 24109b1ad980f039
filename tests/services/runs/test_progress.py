"""What is read from the output of a script, in whatever pieces it comes."""

from __future__ import annotations

import json

import pytest

from backend.services.runs.progress import MOST_METRICS, Progress

JSON = b"""begin
{"progress": 0.25, "message": "page 1 of 4", "items": 10, "total": 40, "metrics": {"loss": 0.5, "lr": 1}}
no "progress" here
{"progress": 2, "message": 7}
{"progress": 0.5, "metrics": {"loss": 0.25, "best": true, "when": "now", "odd": [1]}}
{"progress": 0.9, "message": "not a whole line"""
BAR = "\r  5%|▌         | 5/100 [00:00<00:05, 18.2it/s]\r 45%|████▌     | 45/100 [00:02<00:03, 18.2it/s]\r".encode()


def read(*pieces: bytes) -> Progress:
    progress = Progress()
    for piece in pieces:
        progress.read(piece)
    return progress


def test_json_lines_say_how_far_it_is() -> None:
    progress = read(JSON)
    assert (progress.fraction, progress.message, progress.items, progress.total) == (0.5, "page 1 of 4", 10, 40)
    assert progress.metrics == {"loss": 0.25, "lr": 1, "best": True, "when": "now"}
    assert (progress.lines, progress.at) == (5, len(JSON))


@pytest.mark.parametrize("size", [1, 7, 64])
def test_the_pieces_in_which_it_comes_make_no_difference(size: int) -> None:
    whole = JSON + b'"}\n' + BAR
    in_pieces = read(*(whole[at : at + size] for at in range(0, len(whole), size)))
    at_once = read(whole)
    for name in ("fraction", "message", "items", "total", "metrics", "lines", "at"):
        assert getattr(in_pieces, name) == getattr(at_once, name)
    assert at_once.fraction == 0.45


def test_the_last_bar_that_was_drawn_counts() -> None:
    progress = read(BAR)
    assert (progress.fraction, progress.items, progress.total) == (0.45, 45, 100)


def test_a_bar_of_large_units_is_understood() -> None:
    progress = read(b"\r 12%|#2        | 1.20M/9.60M [00:01<00:07, 1.1MB/s]\r")
    assert (progress.fraction, progress.items, progress.total) == (0.12, 1_200_000, 9_600_000)


@pytest.mark.parametrize(
    "line",
    [
        b'{"progress": NaN}',
        b'{"progress": "half"}',
        b'{"progress": true}',
        b'{"progress": -1}',
        b'["progress"]',
        b'{"progress": 0.5',
        b"100%| \xff\xfe broken bar",
        b'{"message": "a log line of some program"}',
    ],
)
def test_what_is_no_progress_is_just_output(line: bytes) -> None:
    progress = read(line + b"\n")
    assert (progress.fraction, progress.message) == (None, None)
    assert progress.lines == 1


def test_metrics_without_end_do_not_fill_the_memory() -> None:
    lines = (json.dumps({"metrics": {f"m{number}": number}}).encode() + b"\n" for number in range(500))
    assert len(read(*lines).metrics) == MOST_METRICS
    assert len(read(b"x" * 1_000_000)._rest) <= 65_536
