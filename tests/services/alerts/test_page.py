"""The examples of docs/alerts.md are read without a fault, and the page has every key, kind, metric and event."""

from __future__ import annotations

import re

import pytest

from backend.config import ROOT
from backend.services.alerts.conditions import KEYS
from backend.services.alerts.metrics import FORMS
from backend.services.alerts.model import DAYS, KINDS, SEVERITIES
from backend.services.alerts.section import COMMON, PARTS
from backend.services.alerts.windows import KEYS as OF_WINDOWS
from backend.services.definitions.load import load, surroundings
from backend.services.sections import section_loaders

PAGE = (ROOT / "docs" / "alerts.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)


@pytest.mark.parametrize("text", EXAMPLES)
def test_an_example_is_good(text: str) -> None:
    around = surroundings(ROOT / "control-center.yaml", log_dir=ROOT, root=ROOT)
    loaded = load(text, around, section_loaders(ROOT / "control-center.yaml"))
    assert [fault for fault in loaded.faults if not fault.message.startswith("there is no ")] == []  # it is a part


def test_there_is_an_example_of_each_kind() -> None:
    around = surroundings(ROOT / "control-center.yaml", log_dir=ROOT, root=ROOT)
    loaded = [load(text, around, section_loaders(ROOT / "control-center.yaml")).sections for text in EXAMPLES]
    shown = [{rule.kind for rule in one["alerts"].rules.values()} for one in loaded if "alerts" in one]
    for kind in KINDS:
        assert {kind} in shown, f"{kind} has no example of its own"


def test_the_page_explains_every_key_and_every_event() -> None:
    keys = {key for keys in KEYS.values() for key in keys} | {*COMMON, *PARTS, *OF_WINDOWS, *SEVERITIES, *DAYS}
    words = set(re.findall(r"[\w.]+", PAGE))
    source = (ROOT / "backend/services/alerts/evaluation.py").read_text(encoding="utf-8")
    events = set(re.findall(r'"(alert\.\w+)"', source))
    assert len(events) == 6
    assert keys | events <= words
    assert [form for form in FORMS if form not in PAGE and not form.startswith("service:")] == []
