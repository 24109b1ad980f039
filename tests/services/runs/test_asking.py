"""What a run remembers of what it was given."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from backend.core.secrets import HIDDEN, Secrets
from backend.services.modules.model import Module, Parameter
from backend.services.modules.parameters import check
from backend.services.runs.asking import asked_again, new_entry
from backend.services.runs.spec import RunSpec

HERE = Path(__file__).parent
MODULE = Module(
    *("m", "Mine", "configuration", HERE, HERE),
    command=("true",),
    parameters=(Parameter("key", "password", default="preset-key", secret=True), Parameter("word")),
)


def asked(given: Mapping[str, Any]) -> RunSpec:
    return new_entry(
        MODULE, check(MODULE, given).accepted(), run_id="run_1", job_id=1, now=datetime.now(UTC), actor="local",
        parent_id=None, secrets=Secrets(),
    ).spec  # fmt: skip


def test_a_secret_that_was_given_is_lost_with_the_daemon_and_a_default_is_not() -> None:
    assert asked({"key": "typed-key", "word": "x"}).secrets == ("key",)
    assert asked({"word": "x"}).secrets == ()


def test_neither_is_remembered() -> None:
    for given in ({"key": "typed-key", "word": "the typed-key itself"}, {"word": "the preset-key itself"}):
        spec = asked(given)
        assert spec.parameters == {}
        assert "word" in spec.secrets


def test_asked_again_a_run_gets_the_same_values_and_what_it_left_out_is_left_out() -> None:
    module = replace(
        MODULE,
        parameters=(
            *MODULE.parameters,
            Parameter("count", "number", default=10),
            Parameter("mode", default="fast", required=True),
        ),
    )
    first = check(module, {"count": None, "word": "x"}).accepted()
    assert first == {"key": "preset-key", "word": "x", "mode": "fast"}
    shown = {"word": "x", "mode": "fast"}
    assert check(module, asked_again(module, shown)).accepted() == first
    assert check(module, asked_again(module, {**shown, "key": HIDDEN})).accepted() == first
