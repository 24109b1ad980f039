"""The same crash is the same one another time, and another one is not."""

from __future__ import annotations

import pytest

from backend.services.incidents.fingerprint import fingerprint, telling_lines

TRACE = [
    "2026-01-02 10:00:01,123 INFO loading",
    "Traceback (most recent call last):",
    '  File "/opt/app/main.py", line 12, in <module>',
    '  File "/opt/app/model.py", line 99, in load',
    "ValueError: no tensor at 0x7f3a2b",
]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("2026-01-02 10:00:01 ERROR out of memory: 512 MB", "2026-03-04T23:59:59.5Z ERROR out of memory: 64 MB"),
        ("ERROR at 0x7ffe12", "ERROR at 0xdeadbeef"),
        ("ERROR job 6f9619ff-8b86-d011-b42d-00cf4fc964ff", "ERROR job 00000000-8b86-d011-b42d-00cf4fc964aa"),
        ("ERROR /tmp/abc123/x failed", "ERROR /tmp/zzz/y failed"),
        ("\x1b[31mERROR: x\x1b[0m", "ERROR: x"),
    ],
)
def test_what_differs_from_time_to_time_does_not_count(one: str, other: str) -> None:
    assert fingerprint("a", "1", [one]) == fingerprint("a", "1", [other])


def test_what_was_said_before_without_an_error_does_not_count() -> None:
    assert fingerprint("a", "1", ["GET /x", *TRACE]) == fingerprint("a", "1", ["POST /y", "more", *TRACE])
    assert fingerprint("a", "SIGKILL", ["GET /x"]) == fingerprint("a", "SIGKILL", ["POST /y"])


def test_service_exit_error_and_place_count() -> None:
    elsewhere = [*TRACE[:3], '  File "/opt/app/model.py", line 99, in save', TRACE[4]]
    other = [*TRACE[:4], "KeyError: 'x'"]
    found = {
        fingerprint("a", "1", TRACE),
        fingerprint("b", "1", TRACE),
        fingerprint("a", "2", TRACE),
        fingerprint("a", "1", elsewhere),
        fingerprint("a", "1", other),
    }
    assert len(found) == 5


def test_the_same_place_counts_whatever_folder_and_line_it_is_at() -> None:
    moved = [line.replace("/opt/app", r"C:\\app").replace("line 99", "line 101") for line in TRACE]
    assert telling_lines(moved) == telling_lines(TRACE)
