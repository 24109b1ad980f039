"""The examples of docs/schedules.md are read without a fault, and the page has every key and every event."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from backend.config import ROOT
from backend.services.definitions.load import load, surroundings
from backend.services.modules.declared import SCHEDULE_KEYS, TRIGGER_KEYS
from backend.services.modules.section import section

PAGE = (ROOT / "docs" / "schedules.md").read_text(encoding="utf-8")
SECTIONS = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)


@pytest.mark.parametrize("text", SECTIONS)
def test_an_example_is_good_and_each_of_its_modules_but_none_other_runs_by_itself(text: str, tmp_path: Path) -> None:
    config = tmp_path / "control-center.yaml"
    loaded = load(text, surroundings(config, log_dir=tmp_path, root=ROOT), {"modules": section(config)})
    modules = loaded.sections["modules"].modules
    assert all("not there" in fault.message or "does not exist" in fault.message for fault in loaded.faults)
    assert len(modules) == 3
    assert all(len(module.plans) == 1 for module in modules)


def test_the_page_explains_every_key_and_every_event() -> None:
    explained = set(re.findall(r"`([\w.]+)`", PAGE))
    assert {*SCHEDULE_KEYS, *TRIGGER_KEYS} <= explained
    code = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "backend/services/schedules").glob("*.py"))
    told = set(re.findall(r'tell\("(\w+)"', code)) | {"paused", "resumed"}
    assert len(told) >= 8
    assert all(f"schedule.{what}" in explained or f".{what}" in explained for what in told)
