"""Every example of docs/modules.md is read without a fault."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from backend.config import ROOT
from backend.services.definitions.place import Surroundings
from backend.services.modules.asked import PARAMETER_KEYS
from backend.services.modules.definition import MODULE_KEYS
from backend.services.modules.elsewhere import Found, read_folder
from tests.services.modules.conftest import Read

PAGE = (ROOT / "docs" / "modules.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```(yaml|python)\n(.*?)```", PAGE, re.DOTALL)
SECTIONS = [text for kind, text in BLOCKS if kind == "yaml" and text.startswith("modules:")]
DECLARATIONS = [text for kind, text in BLOCKS if kind == "yaml" and not text.startswith("modules:")]
SCRIPTS = [text for kind, text in BLOCKS if kind == "python"]


def test_there_is_an_example_of_each_kind() -> None:
    assert (len(SECTIONS), len(DECLARATIONS), len(SCRIPTS)) == (5, 1, 1)


@pytest.mark.parametrize("text", SECTIONS)
def test_a_section_of_the_page_is_good(read: Read, text: str) -> None:
    _, loaded = read(text)
    assert all("not there" in one.message or "does not exist" in one.message for one in loaded.faults), loaded.faults


def test_a_declaration_and_a_script_of_the_page_are_good(tmp_path: Path, around: Surroundings) -> None:
    (tmp_path / "thumbnails").mkdir()
    (tmp_path / "thumbnails" / "module.yaml").write_text(DECLARATIONS[0])
    (tmp_path / "thumbnails" / "thumbnails.py").touch()
    (tmp_path / "hello.py").write_text(SCRIPTS[0])
    found = Found()
    read_folder(tmp_path, around, found)
    assert ([module.id for module in found.modules], found.faults) == (["hello", "thumbnails"], [])


def test_the_first_file_brings_the_samples_and_a_block_to_begin_with(read: Read, around: Surroundings) -> None:
    text = (ROOT / "control-center.example.yaml").read_text(encoding="utf-8")
    found, loaded = read(text)
    assert loaded.faults == ()
    tour = Found()
    read_folder(found.folders[0], around, tour)
    assert (len(tour.modules), tour.faults) == (5, [])
    block = text.partition("\nmodules:\n")[2]
    found, loaded = read("modules:\n" + re.sub(r"(?m)^  # (?!---)", "  ", block))
    assert [module.id for module in found.modules] == ["collect"]


def test_the_page_explains_every_key() -> None:
    explained = set(re.findall(r"`(\w+)`", PAGE))
    assert set(MODULE_KEYS) <= explained
    assert set(PARAMETER_KEYS) <= explained
