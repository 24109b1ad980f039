"""Values as YAML: whoever reads it back, this loader or any other, finds what was meant."""

from __future__ import annotations

import random
from typing import Any

import pytest
import yaml

from backend.services.definitions.layout import layout
from backend.services.definitions.writing import WIDTH, entry, scalar, service

TEXTS = [
    *(
        "",
        " ",
        "a",
        "a b",
        "no",
        "Yes",
        "on",
        "null",
        "~",
        "None",
        "1",
        "-1",
        "1.5",
        "1e3",
        "0x1F",
        "0o7",
        "1_000",
        ".5",
    ),
    *(
        "12:30",
        "2026-01-01",
        "+1",
        "-",
        "--",
        "---",
        "...",
        ".inf",
        ".nan",
        "=",
        "<<",
        "a:",
        "a: b",
        "a #b",
        "#a",
        "&a",
    ),
    *(
        "*a",
        "!a",
        "|",
        ">",
        "@a",
        "`a",
        "%a",
        "{",
        "[a",
        "a]",
        "a,b",
        "'",
        "it's",
        '"',
        'say "x"',
        "\\",
        "C:\\tools\\new",
    ),
    *(
        "C:\\it's",
        "a\nb",
        "a\n",
        "\n",
        "\t",
        " a",
        "a ",
        "é ☕ 😀",
        "a\x7fb",
        "a\x85b",
        "a\u2028b",
        "\ufeffa",
        "true",
        "y",
    ),
    *(
        "10s",
        "10MB",
        "150%",
        "1.5h",
        "5 sec",
        "r'x'",
        'r"x"',
        "${env:A}",
        "$${",
        "a" * 300,
        "-c",
        "--port=1",
        "./run",
        "?a",
    ),
]


@pytest.mark.parametrize("text", TEXTS)
def test_text_reads_back_as_the_same_text_everywhere(text: str) -> None:
    for written in (f"[{scalar(text)}]", f"- {scalar(text)}\n", f"{{{scalar(text)}: {scalar(text)}}}"):
        laid = layout(written)
        assert laid.root is not None
        for found in (laid.value(laid.root), yaml.safe_load(written)):
            assert found in ([text], {text: text})
    assert "\n" not in scalar(text)


def random_value(dice: random.Random, depth: int = 0) -> Any:
    kind = dice.randrange(3 if depth < 3 else 1)
    if kind == 0:
        return dice.choice([*TEXTS, 1, -7, 2.5, True, False, None])
    if kind == 1:
        return [random_value(dice, 3) for _ in range(dice.randrange(6))]
    return {dice.choice(TEXTS): random_value(dice, depth + 1) for _ in range(dice.randrange(5))}


def test_any_value_reads_back_as_the_same_value() -> None:
    dice = random.Random(3)
    for _ in range(500):
        value = random_value(dice)
        text = "\n".join(["top:", *entry("key", value, 2)])
        laid = layout(text)
        assert laid.root is not None
        assert laid.value(laid.root) == {"top": {"key": value}}
        assert yaml.safe_load(text) == {"top": {"key": value}}


def test_what_does_not_fit_a_line_is_a_block() -> None:
    lines = service("a", {"command": ["x" * 60, "y" * 60], "env": {"K": "v"}, "name": None}, 2)
    assert lines == ["  a:", "    command:", "      - " + "x" * 60, "      - " + "y" * 60, "    env: {K: v}"]
    assert max(map(len, lines)) <= WIDTH
