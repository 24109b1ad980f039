"""The examples of docs/usage.md are read without a fault, and the page has every key and every event."""

from __future__ import annotations

import re

import pytest

from backend.config import ROOT
from backend.services.definitions.load import load, surroundings
from backend.services.sections import section_loaders
from backend.services.usage.ledger import EVENTS
from backend.services.usage.section import KNOWN

PAGE = (ROOT / "docs" / "usage.md").read_text(encoding="utf-8")
KEYS = re.findall(r'fields\((?:\()?"([^)]*)"', (ROOT / "backend/services/usage/section.py").read_text(encoding="utf-8"))


@pytest.mark.parametrize("text", re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL))
def test_an_example_is_good(text: str) -> None:
    around = surroundings(ROOT / "control-center.yaml", log_dir=ROOT, root=ROOT)
    loaded = load(text, around, section_loaders(ROOT / "control-center.yaml"))
    elsewhere = re.compile("`n8n` is not there|there is no service")
    assert [fault for fault in loaded.faults if not elsewhere.search(fault.message)] == []


def test_the_page_explains_every_key_every_provider_and_every_event() -> None:
    keys = {key for group in KEYS for key in group.split('", "')}
    assert {"base_url", "since", "soft", "cache_read", "budgets"} <= keys
    explained = set(re.findall(r"[\w.]+", PAGE))
    assert keys | {*KNOWN, *EVENTS.values()} <= explained
