"""Levels come from what marks a line, never from a word in passing."""

from __future__ import annotations

import pytest

from backend.services.processes.levels import level_of


@pytest.mark.parametrize(
    ("line", "level"),
    [
        ("hello", "INFO"),
        ("no errors found", "INFO"),
        ("0 errors, 3 warnings", "INFO"),
        ("This is an error message page served", "INFO"),
        ("debugging is off", "INFO"),
        ("[ERROR] disk full", "ERROR"),
        ("[warn] deprecated", "WARNING"),
        ("<critical> overheating", "CRITICAL"),
        ("2026-11-21 08:00:00,123 ERROR app: failed", "ERROR"),
        ("2026-11-21T08:00:00Z WARN slow", "WARNING"),
        ("INFO:     127.0.0.1:5000 - GET /errors 200", "INFO"),
        ("DEBUG:asyncio:Using selector", "DEBUG"),
        ("error: cannot open file", "ERROR"),
        ("Warning: no GPU", "WARNING"),
        ('{"level":"error","msg":"x"}', "ERROR"),
        ('time="…" level=warning msg="x"', "WARNING"),
        ("Traceback (most recent call last):", "ERROR"),
        ("ValueError: bad", "ERROR"),
        ("torch.cuda.OutOfMemoryError: CUDA out of memory", "ERROR"),
        ("panic: runtime error", "CRITICAL"),
        ("\x1b[31mERROR\x1b[0m: no GPU", "ERROR"),
        ("\x1b[1;33m[WARN]\x1b[0m slow", "WARNING"),
        ('{"level":50,"time":1795250562120,"msg":"x"}', "ERROR"),
        ('{"time":1,"level": 30,"msg":"400 errors"}', "INFO"),
        ('{"severity":"WARNING","message":"x"}', "WARNING"),
        ("level 50 reached", "INFO"),
        ("", "INFO"),
    ],
)
def test_the_level_of_a_line(line: str, level: str) -> None:
    assert level_of(line) == level
