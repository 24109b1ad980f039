"""What people paste into the box: each loads as it was meant, or is told with line, column and what to write."""

from __future__ import annotations

from typing import Any

import pytest

from backend.services.definitions.pasted import Pasted, read_pasted

COMFY = {"name": "ComfyUI", "command": ["python", "main.py", "--port", "8188"], "cwd": r"C:\ComfyUI", "port": 8188}
LINES = [
    "comfyui:",
    "  name: ComfyUI",
    '  command: [python, main.py, --port, "8188"]',
    r"  cwd: 'C:\ComfyUI'",
    "  port: 8188",
]


PYTHON_AND_JSON = [
    r"""SERVICES = {
    "comfyui": {
        "name": "ComfyUI",  # the image tool
        "command": ["python", "main.py", "--port", "8188"],
        "cwd": r"C:\ComfyUI",
        "port": 8188,
        "log_file": None,
    },
}""",
    r"""
    # the old configuration
    SERVICES: Dict[str, dict] = {
        'comfyui': {
            'name': 'ComfyUI',
            'command': ('python', 'main.py', '--port', '8188'),
            'cwd': 'C:\\ComfyUI',
            'port': 8188,
        },
    }
""",
    r""""comfyui": {
    "name": "ComfyUI",
    "command": ["python", "main.py", "--port", "8188"],
    "cwd": r"C:\ComfyUI",
    "port": 8188,
},
""",
    r"""services:
    "comfyui": {
    "name": "ComfyUI",
  "command": ["python", "main.py", "--port", "8188"],
"cwd": r"C:\ComfyUI", "port": 8188, "url": None,
    },""",
    r"""
comfyui:
    "name": "ComfyUI",
    "command": ["python", "main.py", "--port", "8188"],
    "cwd": r"C:\ComfyUI",
    "port": 8188,
""",
    r"""{"services": {"comfyui": {"name": "ComfyUI",
	"command": ["python", "main.py", "--port", "8188"], "cwd": "C:\\ComfyUI", "port": 8188, "url": null}}}""",
    r"""{"comfyui": {"name": "\u0043omfyUI", "command": ["python", "main.py", "--port", "8188"],
"cwd": "C:\\ComfyUI", "port": 8188}}""",
    r"""import os
from pathlib import Path
PORT = 8188
ROOT = Path("C:/")
COMMON = {"port": PORT}
class Settings(BaseSettings):
    HOST: str = "127.0.0.1"
    SERVICES: dict = {
        "comfyui": {
            "name": "Comfy" + "UI",
            "command": ["python", "main.py"] + ["--port", f"{PORT}"],
            "cwd": r"C:\ComfyUI",
            **COMMON,
        }
    }
""",
    'SERVICES = {}\nSERVICES["comfyui"] = {"name": "ComfyUI", "command": ["python", "main.py", "--port", "8188"], '
    '"cwd": "C:\\ComfyUI", "port": 8188}',
]
YAML = [
    "services:\n  a:\n    command: [x]   # why\n    # port: 1\n  b: {command: [y]}\n",
    "a:\n  command: [x]   # why\n  # port: 1\nb: {command: [y]}\n",
    "    a:\n        command: [x]   # why\n        # port: 1\n    b: {command: [y]}",
    "a:\ncommand: [x]   # why\n# port: 1\nb: {command: [y]}\n",
    "services:\na:\ncommand: [x]   # why\nb:\ncommand: [y]\n",
    "services:\na:\n  command: [x]   # why\nb: {command: [y]}\n",
    "services: {a: {command: [x]}, b: {command: [y]}}",
    "{a: {command: [x]}, b: {command: [y]}}",
]


def values(pasted: Pasted) -> dict[str, Any]:
    assert pasted.faults == ()
    return {one.block.id: one.block.value for one in pasted.services}


def only_fault(text: str, service_id: str | None = None) -> tuple[int, int, str, str]:
    (fault,) = read_pasted(text, service_id).faults
    return fault.line, fault.column, fault.message, fault.hint


@pytest.mark.parametrize("text", PYTHON_AND_JSON)
def test_python_and_json_become_the_block_of_the_guide(text: str) -> None:
    pasted = read_pasted(text)
    assert values(pasted) == {"comfyui": COMFY}
    assert pasted.services[0].block.lines == LINES


@pytest.mark.parametrize("text", YAML)
def test_yaml_in_every_frame(text: str) -> None:
    pasted = read_pasted(text)
    assert values(pasted) == {"a": {"command": ["x"]}, "b": {"command": ["y"]}}
    lines = [line for one in pasted.services for line in one.block.lines]
    assert lines[0] == "a:"
    assert lines[1].strip() == ("command: [x]   # why" if "why" in text else "command: [x]")


def test_comments_right_above_come_along() -> None:
    pasted = read_pasted("# words\n\n  # about a\n  # more\n  a: {command: [x]}\n    # not of b\n  b: {command: [y]}\n")
    assert [list(one.block.lines) for one in pasted.services] == [
        ["# about a", "# more", "a: {command: [x]}", "  # not of b"],
        ["b: {command: [y]}"],
    ]


@pytest.mark.parametrize("text", ["command: [x]\nport: 1\n", "{command: [x], port: 1}", '"command": ["x"], "port": 1,'])
def test_settings_alone_belong_to_the_id_that_is_given(text: str) -> None:
    pasted = read_pasted(text, "my-tool")
    assert values(pasted) == {"my-tool": {"command": ["x"], "port": 1}}
    line, column, message, hint = only_fault(text)
    assert (line, column, message) == (1, 1, "this service has no id") or "{" in text or '"' in text
    assert "`my-tool:`" in hint


@pytest.mark.parametrize(
    ("written", "means"),
    [
        (r'r"C:\tools\new"', r"C:\tools\new"),
        (r'"C:\\tools\\new"', r"C:\tools\new"),
        (r"'C:\ComfyUI'", r"C:\ComfyUI"),
        ('os.path.join("C:\\\\tools", "new")', r"C:\tools\new"),
        ('os.path.join("/srv", "new")', "/srv/new"),
        ('Path("C:/tools") / "new"', "C:/tools/new"),
        ('str(Path("/srv").resolve() / "a" / "b")', "/srv/a/b"),
        ('Path.home() / "tools"', "~/tools"),
        ('os.path.expanduser("~/tools")', "~/tools"),
        ('os.environ["TOOLS"]', "${env:TOOLS}"),
        ("f\"{os.getenv('TOOLS')}/new\"", "${env:TOOLS}/new"),
        ('"a" "b"', "ab"),
        ('"a" + "b"', "ab"),
        ('"${env:TOOLS}/x"', "${env:TOOLS}/x"),
        ('"""/srv"""', "/srv"),
    ],
)
def test_what_only_joins_literals_is_understood(written: str, means: str) -> None:
    assert values(read_pasted(f'"a": {{"command": ["x"], "cwd": {written}}}'))["a"]["cwd"] == means


def test_the_daemons_own_variables_need_no_copy() -> None:
    text = '"a": {"command": ["x"], "env": {**os.environ, "A": "1", "N": -1, "B": True}}'
    assert values(read_pasted(text))["a"]["env"] == {"A": "1", "N": -1, "B": True}


@pytest.mark.parametrize(
    ("written", "message", "hint"),
    [
        (r'"C:\tools\new"', "the backslashes of this path are escapes", r'r"C:\tools\new"'),
        (r'"C:\x64\bin"', "the backslashes of this path are escapes", '"C:/x64/bin"'),
        (r'"C:\Users\me"', "means nothing", r'r"C:\Users\me"'),
        ("sys.executable", "`sys.executable` is worked out by Python", "${center:python}"),
        ("Path(__file__).parent", "is worked out by Python", "the folder of control-center.yaml"),
        ("os.getcwd()", "is worked out by Python", "Write the folder in full"),
        ("BASE_DIR", "`BASE_DIR` has no value in this text", "Write what BASE_DIR stands for"),
        ('BASE_DIR / "x"', "`BASE_DIR` has no value in this text", "Write what BASE_DIR stands for"),
        ('os.getenv("A", "b")', "is worked out by Python", "Write its value"),
        ("[x for x in y]", "is worked out by Python", "Write its value"),
        ("1 / 2", "is worked out by Python", "Write its value"),
        ("b'x'", "is worked out by Python", "Write its value"),
        ("{'a', 'b'}", "is worked out by Python", "Write its value"),
    ],
)
def test_what_python_would_work_out_is_told_at_its_place(written: str, message: str, hint: str) -> None:
    line, column, told, what_to_do = only_fault(f'"ä": {{"command": ["x"],\n  "cwd": {written},\n}},')
    assert (line, column) == (2, 10)
    assert message in told
    assert hint in what_to_do


@pytest.mark.parametrize(
    ("text", "line", "column", "message"),
    [
        ("", 1, 1, "there is no service in this text"),
        ("# words\n\n", 1, 1, "there is no service in this text"),
        ("services:\n", 1, 1, "there is no service in this text"),
        ("- a\n- b\n", 1, 1, "this is no service"),
        ("hello", 1, 1, "this is no service"),
        ("x = 1\n", 1, 1, "this is no service"),
        ('SERVICES = {\n  "a": {"command": ["x"]\n}', 1, 12, "'{' was never closed"),
        ('"a": {"command": ["x"]}}', 1, 24, "not all of it fits"),
        ('"a": {"command": ["x" "port": 1}', 1, 32, "this looks like Python, but is not"),
        ("a:\n  command: [x\n", 2, 14, "a comma or the closing ] is missing before this"),
        ("a:\n\tcommand: [x]\n", 2, 1, "a tab indents this line"),
        ("a: {command: [x]}\ndefaults: {restart: never}\n", 2, 1, "not `defaults`"),
        ("services: {a: {command: [x]}}\nx-a: 1\n", 2, 1, "not `x-a`"),
        ('{"services": {"a": {"command": ["x"]}},\n "defaults": {}}', 2, 14, "not `defaults`"),
        ("{a: {command: [x], port: 1, port: 2}}", 1, 29, "the key `port` is repeated"),
        ('"a": {"command": ["x"],\n "command": ["y"]}', 2, 2, "the key `command` is repeated"),
        ("a: {command: [x]}\na: {command: [y]}\n", 2, 1, "the id `a` is repeated"),
        ("{a: *gpu}", 1, 5, "`*gpu` refers to an anchor that is not in this text"),
        ("a: {command: [x]}\n---\nb: {command: [x]}\n", 3, 1, "a second document begins here"),
        ("command: [x]\nb:\n  command: [y]\n", 1, 1, "this service has no id"),
        ('"a": {1.5: 2}', 1, 7, "a key must be text"),
        ('"a": {"command": ["\x00"]}', 1, 20, "the control character U+0000"),
        ("a: " + "[" * 60 + "]" * 60, 1, 54, "nested deeper than 50"),
    ],
)
def test_what_is_no_service_is_told_at_its_place(text: str, line: int, column: int, message: str) -> None:
    at_line, at_column, told, hint = only_fault(text)
    assert message in told
    assert (at_line, at_column) == (line, column)
    assert hint


def test_every_fault_is_told_not_the_first() -> None:
    text = '"a": {"command": [sys.executable], "cwd": HOME},\n"b": {"command": ["C:\\tools\\new"]},'
    assert [(fault.line, fault.column) for fault in read_pasted(text).faults] == [(1, 19), (1, 43), (2, 19)]


def test_nothing_of_it_is_run() -> None:
    text = '"a": {"command": [__import__("os").system("touch /tmp/never")]}'
    assert "is worked out by Python" in only_fault(text)[2]


@pytest.mark.parametrize("opening", ["(", "[", "{", "-", "not ", "a."])
def test_no_nesting_exhausts_the_stack(opening: str) -> None:
    pasted = read_pasted('"a": ' + opening * 50_000)
    assert pasted.faults or [one.block.id for one in pasted.services] == ["a"]
