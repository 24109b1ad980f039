"""The `knowledge` section of the configuration, and its faults."""

from __future__ import annotations

from pathlib import Path

import pytest

from backend.config import ROOT
from backend.services.definitions.load import Loaded, load, surroundings
from backend.services.knowledge.section import knowledge_section
from backend.services.knowledge.spec import CADENCES, KnowledgeSpec
from backend.services.modules.rules import Cron, Every


def read(text: str, folder: Path) -> Loaded:
    around = surroundings(folder / "control-center.yaml", log_dir=folder, root=ROOT, environ={})
    return load(text, around, {"knowledge": knowledge_section})


def test_everything_that_can_be_said(tmp_path: Path) -> None:
    (tmp_path / "notes").mkdir()
    loaded = read(
        """
knowledge:
  roots: notes
  include: ["*.md", docs/**]
  exclude: drafts
  max_size: 5MB
  rescan: 10m
  fetch: videos
  cadences: {critical: 3d, low: "@monthly"}
""",
        tmp_path,
    )
    assert loaded.faults == ()
    assert loaded.sections["knowledge"] == KnowledgeSpec(
        roots=((tmp_path / "notes").resolve(),),
        include=("*.md", "docs/**"),
        exclude=("drafts",),
        max_size=5_000_000,
        rescan=600.0,
        fetch="videos",
        cadences={**CADENCES, "critical": Every(3 * 86400), "low": Cron("0 0 1 * *")},
    )


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("{}", 1, "the knowledge base has no roots"),
        ("{roots: [], root: x}", 1, "`root` is not a key of knowledge"),
        ("{exlude: x}", 1, "the knowledge base has no roots"),
        ("\n  roots: [missing]", 2, "the folder `missing` does not exist"),
        ("\n  roots: [notes]\n  max_size: big", 3, "`big` is not a size"),
        ("\n  roots: [notes]\n  rescan: 1s", 3, "`1s` is too often to look through everything"),
        ("\n  roots: [notes]\n  cadences: {high: often}", 3, "`often` is not a duration"),
        ("\n  roots: [notes]\n  cadences: {high: 0 25 * * *}", 3, "the hour of `0 25 * * *` is wrong"),
        ("\n  roots: [notes]\n  cadences: {urgent: 1d}", 3, "`urgent` is not a key of knowledge.cadences"),
        ("\n  roots: [notes, notes/deep]", 2, "the root `"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(tmp_path: Path, text: str, line: int, message: str) -> None:
    (tmp_path / "notes" / "deep").mkdir(parents=True)
    faults = read(f"knowledge: {text}\n", tmp_path).faults
    assert any(fault.message.startswith(message) and fault.line == line for fault in faults), faults


@pytest.mark.parametrize("key", ["rots", "root", "folders"])
def test_roots_by_another_name_are_one_fault(tmp_path: Path, key: str) -> None:
    (fault,) = read(f"knowledge: {{{key}: [notes]}}\n", tmp_path).faults
    assert (fault.message, fault.hint) == (f"`{key}` is not a key of knowledge", "Did you mean `roots`?")


def test_a_root_in_a_root_is_left_out(tmp_path: Path) -> None:
    (tmp_path / "notes" / "deep").mkdir(parents=True)
    loaded = read("knowledge: {roots: [notes/deep, notes]}\n", tmp_path)
    assert loaded.good
    assert loaded.sections["knowledge"].roots == ((tmp_path / "notes").resolve(),)
