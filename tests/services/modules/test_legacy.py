"""An older list, `modules.json`, is taken over as it is; what is wrong in it is told at its place."""

from __future__ import annotations

import json
import shutil
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from backend.services.definitions.place import Surroundings
from backend.services.modules.elsewhere import Found, read_list
from backend.services.modules.invocation import invocation
from backend.services.modules.parameters import check

LIST = Path(__file__).with_name("modules.json")


def tour(file: Path, around: Surroundings) -> Found:
    found = Found()
    read_list(file, around, found)
    return found


@pytest.fixture
def whole(around: Surroundings, tmp_path: Path) -> Found:
    """The list of 40, with its scripts."""
    file = tmp_path / "modules.json"
    shutil.copy(LIST, file)
    for item in json.loads(LIST.read_text(encoding="utf-8"))["modules"]:
        script = tmp_path / item["script_path"].replace("\\", "/")
        script.parent.mkdir(parents=True, exist_ok=True)
        script.touch()
    return tour(file, around)


def written(tmp_path: Path, around: Surroundings, text: Any) -> Found:
    file = tmp_path / "modules.json"
    file.write_text(text if isinstance(text, str) else json.dumps(text), encoding="utf-8")
    (tmp_path / "a.py").touch()
    return tour(file, around)


def test_a_list_of_forty_modules_loads_unchanged(whole: Found, tmp_path: Path) -> None:
    assert (len(whole.modules), whole.faults) == (40, [])
    parameters = [one for module in whole.modules for one in module.parameters]
    assert Counter(one.kind for one in parameters) == {"text": 21, "number": 20, "select": 19}
    assert sum(one.condition is not None for one in parameters) == 3
    assert sum(one.validation is not None for one in parameters) == 1
    first = whole.modules[0]
    assert (first.id, first.category, first.words) == ("shorts-of-a-channel", "collect/video", True)
    assert first.script == tmp_path / "scripts" / "collect" / "shorts_of_a_channel.py"
    assert first.cwd == first.script.parent
    assert all(module.script and module.script.is_file() for module in whole.modules)
    query = next(one for one in first.parameters if one.name == "query")
    assert query.description == "What to look for 🔍"  # written as two escapes, as JSON does
    assert [module.unavailable is not None for module in whole.modules[-4:]] == [True, True, True, False]


def test_its_parameters_are_passed_as_ever(whole: Found, tmp_path: Path) -> None:
    first = whole.modules[0]
    checked = check(
        first, {"mode": "channel", "channel_url": "https://example.org/@me and more", "trending_category": "x"}
    )
    assert not checked.faults
    made = invocation(first, checked.values, ("python", "s.py"), run_id="r", run_folder=tmp_path)
    assert made.argv == (
        *("python", "s.py", "--mode", "channel", "--channel_url", "https://example.org/@me and more"),
        *("--max_results", "50", "--trending_category", "x"),
    )
    assert [fault.message for fault in check(first, {"mode": "channel"}).faults] == ["Channel is required"]
    assert [fault.message for fault in check(first, {"max_results": 9999}).faults] == ["How many must be at most 500"]


def test_checkboxes_are_passed_as_words(tmp_path: Path, around: Surroundings) -> None:
    parameters = [
        {"name": "a", "type": "checkbox", "default": True},
        {"name": "b", "type": "checkbox", "default": False},
    ]
    found = written(
        tmp_path, around, {"modules": [{"id": "m", "name": "M", "script_path": "a.py", "parameters": parameters}]}
    )
    (module,) = found.modules
    made = invocation(module, check(module, {}).values, ("python", "a.py"), run_id="r", run_folder=tmp_path)
    assert made.argv == ("python", "a.py", "--a", "True", "--b", "False")


def test_each_of_the_five_kinds_with_all_its_attributes(tmp_path: Path, around: Surroundings) -> None:
    parameters = [
        {"name": "t", "type": "text", "default": "${HOME}", "placeholder": "", "maxLength": 5, "author": "x"},
        {"name": "n", "type": "number", "default": 0.5, "min": 0.1, "max": 1, "step": 0.1},
        {"name": "s", "type": "select", "options": [1, "two", None], "default": 1},
        {"name": "c", "type": "checkbox", "default": None},
        {"name": "p", "type": "password", "default": "preset", "warning": "careful", "label": "Key"},
    ]
    found = written(
        tmp_path, around, {"modules": [{"id": "m", "name": "M", "script_path": "a.py", "parameters": parameters}]}
    )
    assert found.faults == []
    text, number, select, checkbox, password = found.modules[0].parameters
    assert text.default == "${HOME}"
    assert (number.default, number.min, number.max, number.step) == (0.5, 0.1, 1, 0.1)
    assert (select.options, select.default) == ((1, "two"), 1)
    assert (checkbox.kind, checkbox.default) == ("checkbox", None)
    assert (password.secret, password.warning, password.title) == (True, "careful", "Key")


def test_one_wrong_module_is_told_with_its_line_and_harms_no_other(tmp_path: Path, around: Surroundings) -> None:
    found = written(
        tmp_path,
        around,
        """{"modules": [
  {"id": "good", "name": "Good", "script_path": "a.py"},
  {"id": "no-script", "name": "No script"},
  {"id": "kind", "name": "Kind", "script_path": "a.py",
   "parameters": [{"name": "x", "type": "date"}]},
  {"name": "No id", "script_path": "a.py"},
  {"id": "a b", "name": "Spaces", "script_path": "a.py"},
  {"id": "status", "name": "Status", "script_path": "a.py", "status": "new"},
  {"id": "pattern", "name": "P", "script_path": "a.py", "parameters": [{"name": "x", "validation": {"pattern": "["}}]},
  {"id": "gone", "name": "Gone", "script_path": "b.py"},
  5
]}""",
    )
    assert [module.id for module in found.modules] == ["good", "gone"]
    assert [(one.module, one.fault.line, one.fault.message) for one in found.faults] == [
        ("no-script", 3, "`script_path` is missing"),
        ("kind", 5, "`date` is not known"),
        (None, 6, "`id` is missing"),
        ("a b", 7, "`a b` cannot be an id"),
        ("status", 8, "`new` is not known"),
        ("pattern", 9, "this is not a regular expression: unterminated character set at position 0"),
        ("gone", 10, "the script `b.py` is not there"),
        (None, 11, "this must be a mapping, not `5`"),
    ]


def test_what_only_looks_wrong_keeps_nobody_from_running(tmp_path: Path, around: Surroundings) -> None:
    parameters = [
        {"name": "a", "type": "select", "options": ["x"], "default": "y"},
        {"name": "b", "conditional_display": {"field": "nothing", "value": 1}},
        {"name": "c", "type": "text", "default": 5},
    ]
    found = written(
        tmp_path, around, {"modules": [{"id": "m", "name": "M", "script_path": "a.py", "parameters": parameters}]}
    )
    assert [(one.fault.severity, one.fault.message) for one in found.faults] == [
        ("warning", "the default of `a` must be one of x"),
        ("warning", "`b` is shown by `nothing`, which is no parameter"),
    ]
    assert check(found.modules[0], {}).values == {"c": "5"}


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ('{"modules": [\n  {"id": "a",}\n]}', 2, "here should be a key in double quotes"),
        ('{"modules": [\n  {"id": "a"}\n', 3, "here should be `,`"),
        ('{"modules": [{"id": "a}]}', 1, "this text is not JSON: Unterminated string starting at"),
        ('{"modules": [{"id": \'a\'}]}', 1, "here should be a value of JSON"),
        ('{"modules": []}\n}', 2, "something follows the value that the file is"),
        ("", 1, "here should be a value of JSON"),
        ("[" * 60, 1, "this is nested deeper than 50"),
    ],
)
def test_what_is_no_json_is_one_fault_of_the_file(
    tmp_path: Path, around: Surroundings, text: str, line: int, message: str
) -> None:
    found = written(tmp_path, around, text)
    assert [(one.module, one.fault.line, one.fault.message) for one in found.faults] == [(None, line, message)]
    assert found.modules == []


def test_a_list_without_its_wrapping_and_with_a_mark_is_read_too(tmp_path: Path, around: Surroundings) -> None:
    found = written(tmp_path, around, '\ufeff[{"id": "m", "name": "M", "script_path": "a.py"}]')
    assert [module.id for module in found.modules] == ["m"]


def test_a_name_that_no_system_takes_is_not_there(tmp_path: Path, around: Surroundings) -> None:
    item = {"id": "m", "name": "M", "script_path": "x" * 5000}
    found = written(tmp_path, around, {"modules": [item]})
    assert [module.id for module in found.modules] == ["m"]
    assert found.faults[0].fault.message.endswith("is not there")


def test_half_a_character_is_replaced(tmp_path: Path, around: Surroundings) -> None:
    found = written(tmp_path, around, r'{"modules": [{"id": "m", "name": "M \ud83d", "script_path": "a.py"}]}')
    assert [module.name for module in found.modules] == ["M ?"]


def test_script_paths_count_from_the_folder_of_the_configuration(tmp_path: Path, around: Surroundings) -> None:
    (tmp_path / "configs").mkdir()
    elsewhere = replace(around, folder=tmp_path)
    file = tmp_path / "configs" / "modules.json"
    file.write_text('{"modules": [{"id": "m", "name": "M", "script_path": "..\\\\Sources/x.py"}]}')
    (module,) = tour(file, elsewhere).modules
    assert module.script == tmp_path.parent / "Sources" / "x.py"
