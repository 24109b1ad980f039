"""Exit codes and signals in words."""

from __future__ import annotations

import pytest

from backend.services.processes.exits import meaning_of


@pytest.mark.parametrize(
    ("code", "signal", "windows", "name", "words"),
    [
        (0xC0000005, None, True, "STATUS_ACCESS_VIOLATION", "access violation"),
        (0xC0000005 - 2**32, None, True, "STATUS_ACCESS_VIOLATION", "access violation"),
        (0xC000013A, None, True, "STATUS_CONTROL_C_EXIT", "Ctrl+C"),
        (3221225785, None, True, "STATUS_ENTRYPOINT_NOT_FOUND", "entry point"),
        (0xC0000099, None, True, "0xC0000099", "error of the system"),
        (0xFFFFFFFF, None, True, "-1", "reported an error"),
        (-1, None, True, "-1", "reported an error"),
        (0xCFFFFFFF, None, True, "HANG", "did not answer"),
        (9009, None, True, "9009", "not found"),
        (1, None, True, "1", "reported an error"),
        (126, None, False, "126", "not be executed"),
        (127, None, False, "127", "not found"),
        (139, None, False, "139", "SIGSEGV: access violation"),
        (9009, None, False, "9009", "reported an error"),
        (255, None, False, "255", "reported an error"),
        (0, None, False, "0", "without an error"),
        (None, 11, False, "SIGSEGV", "access violation"),
        (None, 9, False, "SIGKILL", "killed"),
        (None, 63, False, "signal 63", "a signal"),
        (None, None, False, "unknown", "nobody knows"),
    ],
)
def test_an_end_says_what_it_means(code: int | None, signal: int | None, windows: bool, name: str, words: str) -> None:
    found = meaning_of(code, signal, None, windows=windows)
    assert found.name == name
    assert words in found.meaning


def test_a_limit_says_more_than_the_signal_that_enforced_it() -> None:
    found = meaning_of(None, 9, "memory", windows=False)
    assert (found.name, found.meaning) == ("SIGKILL", "ended at its memory limit")
    assert "limits: {memory" in found.hint
