"""Levels come from what marks a line, never from a word in passing."""

from __future__ import annotations

import random

import pytest

from backend.services.processes.levels import level_of, levels_of


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
        ("done, no ERROR in 12 files", "INFO"),
        ("0 ERROR 0 FATAL", "INFO"),
        ("no ERROR at first, then ERROR", "ERROR"),
        ("INFO: the word ERROR is looked for", "INFO"),
        ("CRITICAL: an error that cannot be undone", "CRITICAL"),
        ("npm ERR! code E404", "ERROR"),
        ("main.c:3:5: error: expected ';'", "ERROR"),
        ("src/a.ts(1,2): error TS2304: Cannot find name 'x'.", "ERROR"),
        ("error[E0382]: borrow of moved value", "ERROR"),
        ("a.cpp(3): fatal error C1083: Cannot open include file", "ERROR"),
        ("script.py:12: DeprecationWarning: use another", "WARNING"),
        ('{"levelname": "ERROR", "message": "x"}', "ERROR"),
        ("lvl=warn msg=slow", "WARNING"),
        ("app | 12:00:00 | ERROR | x", "ERROR"),
        ("İİİİ ERROR x", "ERROR"),
        ("x" * 300 + " [ERROR]", "INFO"),
    ],
)
def test_the_level_of_a_line(line: str, level: str) -> None:
    assert level_of(line) == level


def test_many_lines_have_the_levels_that_each_has_alone() -> None:
    words = ["no", "ERROR", "[warn]", "info:", "İ", "level=debug", "Traceback (most recent call last):", "x" * 120, ""]
    dice = random.Random(7)
    lines = [" ".join(dice.choices(words, k=dice.randrange(5))) for _ in range(2000)]
    assert levels_of(lines) == [level_of(line) for line in lines]
    assert len(set(levels_of(lines))) == 4
    assert levels_of([]) == []
