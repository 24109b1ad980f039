"""What people copy: every example of the guide, and every block of the first file, is good as it stands."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from backend.config import ROOT
from backend.services.definitions.defaults import DEFAULT_KEYS
from backend.services.definitions.kept import EXAMPLE
from backend.services.definitions.load import SECTIONS, load
from backend.services.definitions.pasted import read_pasted
from backend.services.definitions.place import Surroundings
from backend.services.definitions.service import SERVICE_KEYS
from backend.services.definitions.splice import put_in
from backend.services.sections import section_loaders
from tests.services.definitions.conftest import Read

GUIDE = (ROOT / "docs" / "definitions.md").read_text(encoding="utf-8")
GUIDES = GUIDE + "".join((ROOT / "docs" / name).read_text(encoding="utf-8") for name in ("services.md", "windows.md"))
STARTER = (ROOT / EXAMPLE).read_text(encoding="utf-8")
BLOCKS = re.findall(r"^  # --- .*\n((?:  # .*\n)+)", STARTER.partition("\nmodules:")[0], re.MULTILINE)


@pytest.fixture
def read(around: Surroundings) -> Read:
    """With the sections that are in use."""
    sections = section_loaders(around.folder / "control-center.yaml")
    return lambda text: load(text, around, sections)


@pytest.mark.parametrize("example", re.findall(r"```(?:yaml|json)\n(.*?)```", GUIDES, re.DOTALL))
def test_examples_of_the_guide_are_good(example: str, read: Read) -> None:
    loaded = read(example)
    assert loaded.good, loaded.faults
    assert loaded.services or loaded.sections


@pytest.mark.parametrize(("wrong", "told"), re.findall(r"```text\n(.*?)\n→ (.*?)\n```", GUIDE, re.DOTALL))
def test_wrong_lines_of_the_guide_are_told_so(wrong: str, told: str, read: Read) -> None:
    faults = [str(fault) for fault in read(f"services:\n  tool:\n    command: [x]\n    {wrong}\n").faults]
    assert any(told in fault for fault in faults), faults


@pytest.mark.parametrize(
    ("pasted", "becomes"), re.findall(r"```python\n(.*?)```.*?```yaml\n(.*?)```", GUIDE, re.DOTALL)
)
def test_what_the_guide_pastes_becomes_what_it_says(pasted: str, becomes: str) -> None:
    (service,) = read_pasted(pasted).services
    assert put_in("services:\n", [service.block]) == becomes


@pytest.mark.parametrize("row", re.findall(r"^\| `(\".*?)` \| (.*) \|$", GUIDE, re.MULTILINE))
def test_python_that_the_guide_refuses_is_told_so(row: tuple[str, str]) -> None:
    written, told = row
    (fault,) = read_pasted(f'"a": {{"url": "x", {written}}}').faults
    assert told.replace("`", "").partition(":")[0] in fault.message.replace("`", "")
    assert all(word in fault.hint for word in re.findall(r"`([^`]+)`", told.partition(": ")[2]))


@pytest.mark.parametrize("key", [*SERVICE_KEYS, *SECTIONS, *DEFAULT_KEYS])
def test_every_key_is_in_the_guide(key: str) -> None:
    assert f"`{key}`" in GUIDE


def test_the_first_file_has_a_block_for_each_tool() -> None:
    ids = [re.match(r"  # ([\w-]+):", block).group(1) for block in BLOCKS]  # type: ignore[union-attr]
    tools = ["comfyui", "comfyui-git", "ollama", "n8n", "redis", "postgres", "open-webui", "jupyter", "my-script"]
    assert ids == [*tools, "kb_scheduler"]


def test_blocks_of_the_first_file_load_when_their_marks_are_removed(read: Read) -> None:
    bare = STARTER
    for block in BLOCKS:
        bare = bare.replace(block, re.sub(r"(?m)^  # ", "  ", block))
    loaded = read(bare)
    assert loaded.good, loaded.faults
    assert len(loaded.services) == 1 + len(BLOCKS)
    assert {fault.path.rsplit(".", 1)[-1] for fault in loaded.faults} <= {"cwd", "command[0]", "API_KEY"}


def test_the_first_file_has_nothing_to_warn_of(read: Read) -> None:
    assert read(STARTER).faults == ()


def test_the_guide_speaks_of_windows_paths_as_they_are() -> None:
    assert r"C:\ComfyUI" in GUIDE


def test_the_demo_is_where_the_first_file_says(read: Read) -> None:
    assert Path(read(STARTER).services["demo"].command[1]) == ROOT / "examples" / "clock.py"
