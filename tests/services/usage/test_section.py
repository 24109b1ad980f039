"""What people write below `usage:` and `retention:`, rightly and wrongly."""

from __future__ import annotations

import json
import sys
from datetime import date
from math import inf
from pathlib import Path
from typing import Any

import pytest

from backend.checking import check
from backend.config import Settings
from backend.services.definitions.load import Loaded, load, surroundings
from backend.services.definitions.retention import age, retention
from backend.services.usage.model import Budget, OwnPrice
from backend.services.usage.section import KNOWN, Section, section

TOOL = json.dumps({"command": [sys.executable]})


def read(text: str, tmp_path: Path) -> Loaded:
    around = surroundings(tmp_path / "control-center.yaml", log_dir=tmp_path, root=tmp_path, environ={})
    return load(text, around, {"usage": section, "retention": retention({"usage": age})})


def usage(text: str, tmp_path: Path) -> Section:
    loaded = read(text, tmp_path)
    assert loaded.faults == ()
    found: Section = loaded.sections["usage"]
    return found


def test_what_everybody_has_is_there_without_a_word(tmp_path: Path) -> None:
    assert set(usage("usage: {budgets: {}}", tmp_path).providers) == {"openai", "anthropic", "ollama"}


def test_providers_are_added_and_changed(tmp_path: Path) -> None:
    found = usage(
        """
usage:
  providers:
    openai: {base_url: "http://127.0.0.1:1234/v1/", ask_usage: true}
    my-groq: {base_url: https://api.groq.com/openai/v1}
    claude-gate: {base_url: https://gate.example, api: anthropic, env: [GATE_URL]}
""",
        tmp_path,
    ).providers
    assert (found["openai"].base_url, found["openai"].ask_usage) == ("http://127.0.0.1:1234/v1", True)
    assert found["openai"].variables == KNOWN["openai"].variables
    assert found["my-groq"].variables == ("MY_GROQ_BASE_URL",)
    assert (found["claude-gate"].dialect, found["claude-gate"].variables) == ("anthropic", ("GATE_URL",))
    assert found["ollama"] == KNOWN["ollama"]


def test_prices_are_rows_the_newest_first(tmp_path: Path) -> None:
    found = usage(
        """
usage:
  prices:
    "ollama/*": {input: 0, output: 0}
    house: [{input: 1, output: $2.50}, {input: 2, output: 5, cache_read: 0.1, since: 2026-05-01}]
""",
        tmp_path,
    ).prices
    assert found["ollama/*"] == (OwnPrice(0, 0),)
    assert found["house"] == (OwnPrice(2, 5, cache_read=0.1, since=date(2026, 5, 1)), OwnPrice(1, 2.5))


def test_budgets_say_of_what_and_how_much(tmp_path: Path) -> None:
    budgets = "usage: {budgets: {b: {per: day, soft: 4, hard: 5, service: n8n, model: gpt-*}}}"
    found = usage(f"{budgets}\nservices: {{n8n: {TOOL}}}", tmp_path).budgets
    assert found == (Budget("b", "day", soft=4, hard=5, service="n8n", model="gpt-*"),)


def test_a_budget_of_nobody_is_told_and_stays(tmp_path: Path) -> None:
    loaded = read(f"usage: {{budgets: {{b: {{per: day, hard: 5, service: n8n}}}}}}\nservices: {{n8: {TOOL}}}", tmp_path)
    (fault,) = loaded.faults
    assert (fault.severity, fault.path, fault.hint) == ("warning", "usage.budgets.b.service", "Did you mean `n8`?")
    assert len(loaded.sections["usage"].budgets) == 1


@pytest.mark.parametrize(
    ("text", "path", "words"),
    [
        ("usage: {provider: {}}", "usage.provider", "Did you mean `providers`?"),
        ("usage: {providers: {groq: {}}}", "usage.providers.groq", "`base_url` is missing"),
        ("usage: {providers: {groq: }}", "usage.providers.groq", "has no settings"),
        ("usage: {providers: {my groq: {base_url: 'http://x'}}}", "usage.providers.my groq", "cannot be an id"),
        ("usage: {providers: {a: {base_url: x}}}", "usage.providers.a.base_url", "is not a web address"),
        ("usage: {providers: {a: {base_url: 'http://u:p@x/'}}}", "usage.providers.a.base_url", "no password"),
        ("usage: {providers: {a: {base_url: 'http://x?k=1'}}}", "usage.providers.a.base_url", "no password"),
        ("usage: {providers: {openai: {api: openia}}}", "usage.providers.openai.api", "Did you mean openai?"),
        ("usage: {providers: {openai: {env: [A-B]}}}", "usage.providers.openai.env[0]", "name of a variable"),
        ("usage: {prices: {m: {input: 1}}}", "usage.prices.m", "`output` is missing"),
        ("usage: {prices: {m: {input: 1e-6, output: 1}}}", "usage.prices.m.input", "not an amount of US dollars"),
        ("usage: {prices: {m: {input: -1, output: 1}}}", "usage.prices.m.input", "not an amount of US dollars"),
        ("usage: {prices: {m: {input: 1, output: 1, since: May}}}", "usage.prices.m.since", "is not a day"),
        ("usage: {budgets: {b: {hard: 5}}}", "usage.budgets.b", "`per` is missing"),
        ("usage: {budgets: {b: {per: day}}}", "usage.budgets.b", "has no amount"),
        ("usage: {budgets: {b: {per: daily, hard: 1}}}", "usage.budgets.b.per", "Did you mean day?"),
        ("usage: {budgets: {b: {per: day, soft: 6, hard: 5}}}", "usage.budgets.b", "soft is more than hard"),
        ("usage: {budgets: [a]}", "usage.budgets", "must be a mapping"),
        ("usage: nothing", "usage", "must be a mapping"),
        ("retention: {usage: soon}", "retention.usage", "is not a duration"),
    ],
)
def test_what_is_wrong_is_told_at_its_place(text: str, path: str, words: str, tmp_path: Path) -> None:
    (fault,) = read(text, tmp_path).faults
    assert (fault.severity, fault.path) == ("error", path)
    assert words in f"{fault.message}. {fault.hint}"


@pytest.mark.parametrize(("text", "seconds"), [("never", inf), ("1y", 31_536_000), ("30d", 2_592_000)])
def test_calls_are_kept_for_ever_or_for_a_time(text: str, seconds: Any, tmp_path: Path) -> None:
    loaded = read(f"retention: {{usage: {text}}}", tmp_path)
    assert (loaded.faults, loaded.sections["retention"]) == ((), {"usage": seconds})


def test_what_other_parts_are_to_keep_is_left_alone_with_a_warning(tmp_path: Path) -> None:
    loaded = read("retention: {events: 90d, usage: 1y}", tmp_path)
    assert [(fault.severity, fault.path) for fault in loaded.faults] == [("warning", "retention.events")]
    assert loaded.good


def test_the_check_of_a_file_tells_it_too(tmp_path: Path) -> None:
    (tmp_path / "control-center.yaml").write_text("usage: {budgets: {b: {per: day}}}\n", encoding="utf-8")
    checked = check(Settings(config_dir=tmp_path, data_dir=tmp_path))
    assert [(fault["severity"], fault["path"]) for fault in checked["faults"]] == [("error", "usage.budgets.b")]
