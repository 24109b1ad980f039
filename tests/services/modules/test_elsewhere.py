"""Modules in folders, and scripts that carry their own definition."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from backend.services.definitions.place import Surroundings
from backend.services.modules import elsewhere
from backend.services.modules.elsewhere import Found, read_folder
from backend.services.modules.model import Condition

SCRIPT = """#!/usr/bin/env python3
# /// script
# requires-python = ">=3.11"
# dependencies = ["rich>=13"]
#
# [tool.control-center]
# name = "Convert"
# timeout = "5m"
# tags = ["data", "daily"]
#
# [tool.control-center.env]
# MODE = "fast"
#
# [tool.control-center.parameters.source]
# required = true
# description = "What to convert"
#
# [tool.control-center.parameters.ratio]
# default = 0.5
# min = 0
#
# [tool.control-center.parameters.deep]
# default = false
# conditional_display = {field = "source", value = "all"}
# ///
print("converted")
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "modules"
    made.mkdir()
    return made


def tour(folder: Path, around: Surroundings) -> Found:
    found = Found()
    read_folder(folder, around, found)
    return found


def put(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def test_a_folder_with_a_declaration_is_a_module(folder: Path, around: Surroundings) -> None:
    file = put(
        folder / "My tool" / "module.yaml",
        "name: Mine\nscript: run.py\nenv_file: .env\nparameters: {n: {default: 1}}\n",
    )
    put(folder / "My tool" / "run.py", SCRIPT)
    put(folder / "My tool" / ".env", "KEY=value-of-the-file\n")
    found = tour(folder, around)
    (module,) = found.modules
    assert (module.id, module.name, module.origin, module.file) == ("My-tool", "Mine", "folder", file)
    assert (module.script, module.cwd, module.env) == (
        file.parent / "run.py",
        file.parent,
        {"KEY": "value-of-the-file"},
    )
    assert found.secrets == ["value-of-the-file"]
    assert {file, file.parent / ".env", folder} <= found.looked.keys()
    assert found.faults == []


def test_a_script_with_a_table_in_its_block_is_a_module(folder: Path, around: Surroundings) -> None:
    file = put(folder / "data" / "convert-csv.py", SCRIPT)
    put(folder / "plain.py", "print('no module')\n")
    put(folder / "other.py", "# /// script\n# dependencies = []\n# ///\n# control-center is not meant\n")
    (module,) = tour(folder, around).modules
    assert (module.id, module.name, module.origin, module.script) == ("convert-csv", "Convert", "script", file)
    assert (module.cwd, module.timeout, module.tags, module.env) == (
        file.parent,
        300,
        ("data", "daily"),
        {"MODE": "fast"},
    )
    source, ratio, deep = module.parameters
    assert (source.required, source.description) == (True, "What to convert")
    assert (ratio.kind, ratio.default, ratio.min) == ("number", 0.5, 0)
    assert (deep.kind, deep.default, deep.condition) == ("checkbox", False, Condition("source", "all"))


@pytest.mark.parametrize(
    ("edit", "line", "message"),
    [
        (("# timeout = ", "# timout = "), 8, "`timout` is not a key of this file"),
        (("# min = 0", "# min = 9"), 19, "the default must be at least 9"),
        (("# required = true", "# required = maybe"), 15, "the block of metadata is not TOML: Invalid value"),
        (("# tags = ", "# command = ['x']\n# tags = "), 9, "what is run is this script itself"),
    ],
)
def test_what_is_wrong_in_a_block_is_told_at_its_line(
    folder: Path, around: Surroundings, edit: tuple[str, str], line: int, message: str
) -> None:
    put(folder / "a.py", SCRIPT.replace(*edit))
    put(folder / "b.py", SCRIPT)
    found = tour(folder, around)
    assert [module.id for module in found.modules] == ["b"]
    assert [(one.file.name, one.module, one.fault.line, one.fault.message) for one in found.faults] == [
        ("a.py", "a", line, message)
    ]


def test_a_script_with_the_line_ends_of_windows_is_a_module_too(folder: Path, around: Surroundings) -> None:
    (folder / "a.py").write_bytes(b"\xef\xbb\xbf" + SCRIPT.replace("\n", "\r\n").encode())
    assert [module.name for module in tour(folder, around).modules] == ["Convert"]


def test_a_large_script_is_read_as_far_as_its_block(folder: Path, around: Surroundings) -> None:
    put(folder / "a.py", SCRIPT + "x = 1  # ä\n" * 300_000)
    put(folder / "b.py", "x = 1  # ä\n" * 300_000)
    found = tour(folder, around)
    assert ([module.id for module in found.modules], found.faults) == (["a"], [])


def test_what_is_below_two_folders_is_one_module(folder: Path, around: Surroundings) -> None:
    put(folder / "below" / "a.py", SCRIPT)
    found = Found()
    read_folder(folder, around, found)
    read_folder(folder / "below", around, found)
    assert [module.id for module in found.modules] == ["a"]


def test_parameters_in_a_block_may_be_a_list_of_tables(folder: Path, around: Surroundings) -> None:
    table = '[[tool.control-center.parameters]]\n# name = "{}"\n# minn = 1\n'
    put(folder / "a.py", f"# /// script\n# {table.format('x')}# {table.format('y')}# ///\n")
    assert [(one.fault.line, one.fault.path) for one in tour(folder, around).faults] == [
        (4, "parameters[0].minn"),
        (7, "parameters[1].minn"),
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("command: [python3\n", "a comma or the closing ] is missing before this"),
        ("- a\n", "this must be a mapping, not a list"),
        ("name: x\n", "`command` is missing"),
        ("command: [python3]\ncomand: x\n", "`comand` is not a key of this file"),
    ],
)
def test_a_wrong_declaration_is_told_and_harms_no_other(
    folder: Path, around: Surroundings, text: str, message: str
) -> None:
    put(folder / "bad" / "module.yaml", text)
    put(folder / "good" / "module.yaml", "command: [python3]\n")
    found = tour(folder, around)
    assert [module.id for module in found.modules] == ["good"]
    assert [(one.module, one.fault.severity, one.fault.message) for one in found.faults] == [("bad", "error", message)]


def test_what_is_no_text_or_another_programs_is_passed_over(folder: Path, around: Surroundings) -> None:
    (folder / "latin.py").write_bytes(b"# coding: latin-1\nprint('\xe4')\n")
    put(folder / "broken-block.py", "# /// script\n# dependencies = [\n# ///\n")
    put(folder / ".hidden" / "module.yaml", "command: [python3]\n")
    put(folder / "node_modules" / "module.yaml", "command: [python3]\n")
    put(folder / "1" / "2" / "3" / "4" / "module.yaml", "command: [python3]\n")
    put(folder / "1" / "2" / "3" / "module.yaml", "command: [python3]\n")
    found = tour(folder, around)
    assert ([module.id for module in found.modules], found.faults) == (["3"], [])


def test_a_folder_that_holds_too_much_is_told(
    folder: Path, around: Surroundings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(elsewhere, "MOST_FILES", 2)
    for name in "abc":
        put(folder / f"{name}.py", SCRIPT)
    found = tour(folder, around)
    assert [module.id for module in found.modules] == ["a", "b"]
    assert [one.fault.message for one in found.faults] == [
        "the folder holds more than 2 scripts; the rest is passed over"
    ]


def test_a_folder_that_is_not_there_holds_nothing(folder: Path, around: Surroundings) -> None:
    found = tour(folder / "gone", around)
    assert (found.modules, found.faults, found.looked) == ([], [], {folder / "gone": None})


@pytest.mark.skipif(os.name == "nt", reason="pipes, links and names of any bytes are of Unix")
@pytest.mark.timeout(20)
def test_pipes_links_and_names_that_are_no_text_keep_nobody_waiting(folder: Path, around: Surroundings) -> None:
    put(folder / "good" / "module.yaml", "command: [python3]")
    (folder / "pipe").mkdir()
    os.mkfifo(folder / "pipe" / "module.yaml")
    os.mkfifo(folder / "pipe.py")
    (folder / "again").symlink_to(folder, target_is_directory=True)
    (folder / "circle.py").symlink_to("circle.py")
    (folder / "circle").symlink_to("circle")
    (folder / "\udcff.py").write_text(SCRIPT)
    found = tour(folder, around)
    assert [module.id for module in found.modules] == ["good"]
    assert [(one.file.name, one.fault.severity, one.fault.message) for one in found.faults] == [
        ("modules", "warning", "`?.py` has a name that is not UTF-8, and is passed over"),
        ("module.yaml", "error", "this is no file"),
    ]
