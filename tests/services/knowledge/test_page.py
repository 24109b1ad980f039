"""The examples of docs/knowledge.md are good as they stand."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from backend.config import ROOT
from backend.services.definitions.load import load, surroundings
from backend.services.knowledge.section import KEYS, knowledge_section
from backend.services.modules.section import section

PAGE = (ROOT / "docs" / "knowledge.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("example", re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL))
def test_examples_are_good(example: str, tmp_path: Path) -> None:
    file = tmp_path / "control-center.yaml"
    around = surroundings(file, log_dir=tmp_path, root=ROOT, environ={"HOME": str(tmp_path)})
    loaded = load(example, around, {"knowledge": knowledge_section, "modules": section(file)})
    assert loaded.good, loaded.faults
    assert loaded.sections["knowledge"].roots


def test_every_key_is_explained() -> None:
    assert set(re.findall(r"^\| `(\w+)` \|", PAGE.partition("## Searching")[0], re.MULTILINE)) == set(KEYS)
