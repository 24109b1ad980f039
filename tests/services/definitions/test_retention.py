"""The section that says how long things are kept, and what it says of runs."""

from __future__ import annotations

from math import inf

import pytest

from backend.services.definitions.load import Loaded, load
from backend.services.definitions.place import Surroundings
from backend.services.definitions.retention import age, retention
from backend.services.runs.keep import Keep, read_keep


def read(around: Surroundings, text: str) -> Loaded:
    return load(f"retention: {text}\n", around, {"retention": retention({"runs": read_keep, "samples": age})})


@pytest.mark.parametrize(
    ("text", "keep"),
    [
        ("{runs: {age: 90d, count: 1000, size: 5GB}}", Keep(7_776_000.0, 1000, 5_000_000_000)),
        ("{runs: {count: 20}}", Keep(count=20)),
        ("{runs: never}", Keep()),
        ("{runs: {}}", Keep()),
        ("{}", None),
    ],
)
def test_what_stays_of_runs(around: Surroundings, text: str, keep: Keep | None) -> None:
    loaded = read(around, text)
    assert (loaded.faults, loaded.sections["retention"]["runs"]) == ((), keep)


@pytest.mark.parametrize(("text", "seconds"), [("90d", 7_776_000.0), ("never", inf)])
def test_how_long_the_others_stay(around: Surroundings, text: str, seconds: float) -> None:
    loaded = read(around, f"{{samples: {text}}}")
    assert (loaded.faults, loaded.sections["retention"]["samples"]) == ((), seconds)


@pytest.mark.parametrize(
    ("text", "path", "hint"),
    [
        ("{runs: {ages: 90d}}", "retention.runs.ages", "Did you mean `age`?"),
        ("{runs: {count: 0}}", "retention.runs.count", "It is from 1 to 1000000000"),
        ("{runs: {age: 0s}}", "retention.runs.age", "Write"),
        ("{runs: {size: big}}", "retention.runs.size", "Write"),
        ("{samples: forever}", "retention.samples", "or never"),
        ("{samples: 0s}", "retention.samples", "or never"),
        ("{runs: 90d}", "retention.runs", "Write `key: value` lines below it, indented"),
    ],
)
def test_what_is_wrong_is_told_at_its_place_and_forgets_nothing(
    around: Surroundings, text: str, path: str, hint: str
) -> None:
    loaded = read(around, text)
    [fault] = loaded.faults
    assert (fault.severity, fault.path) == ("error", path)
    assert hint in fault.hint
    assert loaded.sections["retention"]["runs"] in (None, Keep())


def test_an_entry_that_nobody_reads_harms_nothing(around: Surroundings) -> None:
    loaded = read(around, "{events: 90d, run: {count: 3}}")
    assert [(fault.severity, fault.path) for fault in loaded.faults] == [
        ("warning", "retention.events"),
        ("warning", "retention.run"),
    ]
    assert loaded.faults[1].hint == "Did you mean `runs`?"
    assert loaded.good
