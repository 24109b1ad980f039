"""What people paste from the Python that they had, or from anywhere else, and that must load as it was meant."""

from __future__ import annotations

import codecs
import json
from pathlib import Path, PureWindowsPath

import pytest

from backend.services.definitions.load import load_file
from backend.services.definitions.place import Surroundings
from tests.services.definitions.conftest import Read

FIVE_KEYS = r"""
services:
  comfyui:
    name: ComfyUI
    command: ["python", "main.py", "--port", "8188"]
    cwd: C:\ComfyUI
    port: 8188
    log_file: comfyui.log
"""
PASTED = r"""
services: {
    "comfyui": {
        "name": "ComfyUI",                                     # the image tool
        "command": ["python", "main.py", "--port", "8188"],
        "cwd": r"C:\ComfyUI",
        "port": 8188,
        "log_file": "comfyui.log",
    },
}
"""
BLOCK_BY_BLOCK = r"""
services:
    "comfyui": {
        "name": 'ComfyUI',
        "command": ["python", "main.py", "--port", "8188"],
        "cwd": "C:\\ComfyUI",
        "port": 8188,
        "log_file": "comfyui.log"
    },
"""
LINE_BY_LINE = r"""
services:
  comfyui:
    "name": "ComfyUI",
    "command": ["python", "main.py", "--port", "8188"],
    "cwd": r"C:\ComfyUI",
    "port": 8188
    "log_file": "comfyui.log",
"""
AS_JSON = json.dumps(
    {
        "services": {
            "comfyui": {
                "name": "ComfyUI",
                "command": ["python", "main.py", "--port", "8188"],
                "cwd": "C:\\ComfyUI",
                "port": 8188,
                "log_file": "comfyui.log",
            }
        }
    },
    indent="\t",
)


@pytest.mark.parametrize("text", [FIVE_KEYS, PASTED, BLOCK_BY_BLOCK, LINE_BY_LINE, AS_JSON])
def test_the_five_keys_load_in_every_form(text: str, read: Read, around: Surroundings) -> None:
    loaded = read(text)
    assert loaded.good, loaded.faults
    service = loaded.services["comfyui"]
    assert service.name == "ComfyUI"
    assert service.command == ("python", "main.py", "--port", "8188")
    assert PureWindowsPath(str(service.cwd)) == PureWindowsPath(r"C:\ComfyUI")
    assert service.port == 8188
    assert service.log_file == around.log_dir / "comfyui.log"


def test_a_comma_after_a_block_is_told_with_its_place(read: Read) -> None:
    faults = [fault for fault in read(BLOCK_BY_BLOCK).faults if "comma" in fault.message]
    assert [(fault.severity, fault.line, fault.column) for fault in faults] == [("warning", 9, 6)]


def test_a_comma_inside_braces_is_nothing_to_tell(read: Read) -> None:
    assert not [fault for fault in read(PASTED).faults if "comma" in fault.message]


def test_words_of_python_are_understood(read: Read) -> None:
    loaded = read(
        'services: {"a": {"command": ["${center:python}"], "port": None, "autostart": True, "health": None,\n'
        '"log": {"compress": False}}}'
    )
    assert loaded.faults == ()
    assert loaded.services["a"].port is None
    assert loaded.services["a"].autostart is True
    assert loaded.services["a"].health is None


@pytest.mark.parametrize("word", ["no", "off", "on", "yes", "null", "1e3", "0x1F", "12:30:45", "2026-01-01", "1_000"])
def test_text_stays_what_was_written(word: str, read: Read) -> None:
    loaded = read(f"services: {{a: {{command: ['${{center:python}}', {word}x, '{word}'], env: {{KEY: {word}x}}}}}}")
    assert loaded.services["a"].command[1:] == (f"{word}x", word)


@pytest.mark.parametrize("word", ["no", "on", "1e3", "0x1F", "12:30:45", "2026-01-01", "1_000", "true", "5678"])
def test_variables_stay_what_was_written(word: str, read: Read) -> None:
    assert read(f"services: {{a: {{command: [x], env: {{KEY: {word}}}}}}}").services["a"].env == {"KEY": word}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_files_of_every_editor_are_read(encoding: str, newline: str, around: Surroundings, tmp_path: Path) -> None:
    marks = {"utf-16-le": codecs.BOM_UTF16_LE, "utf-16-be": codecs.BOM_UTF16_BE}
    text = 'services:\n  café: {command: [x]}\n  tool: {name: Café ☕, command: ["${center:python}"]}\n'
    path = tmp_path / "control-center.yaml"
    path.write_bytes(marks.get(encoding, b"") + text.replace("\n", newline).encode(encoding))
    loaded = load_file(path, around)
    assert loaded.services["tool"].name == "Café ☕"
    assert [(fault.line, fault.path) for fault in loaded.faults] == [(2, "services.café")]


@pytest.mark.parametrize("text", ["", "\n\n", "# nothing yet\n", "services:\n", "services: {}\n", "---\n", "null\n"])
def test_a_file_with_no_services_is_good(text: str, read: Read) -> None:
    assert read(text).faults == ()
    assert read(text).services == {}


def test_a_huge_file_is_refused_without_being_read(around: Surroundings, tmp_path: Path) -> None:
    path = tmp_path / "control-center.yaml"
    path.write_bytes(b"# filler\n" * 500_000)
    (fault,) = load_file(path, around).faults
    assert (fault.severity, fault.message) == ("error", "the file has 4.5 MB; definitions are at most 2 MB")


@pytest.mark.parametrize("opening", [" [", " {a: ", "\n- ", "\n? "])
def test_no_nesting_exhausts_the_stack(opening: str, read: Read) -> None:
    (fault,) = read("x-deep:" + opening[:1] + opening[1:] * 100_000).faults
    assert "nested deeper than 50" in fault.message


def test_many_commas_after_blocks_end_in_a_fault(read: Read) -> None:
    text = "services:\n" + '  "a": {"command": ["x"]},\n' * 310
    assert "more than 300 blocks end in a comma" in [
        fault.message for fault in read(text).faults if fault.severity == "error"
    ]
