"""How Windows programs are found and their arguments handed over: pure, so it is tested on every system."""

from __future__ import annotations

import pytest

from keeper.windows_command import command_line, find_program, merged_environment

ENV = {"PATH": 'C:\\Tools;"C:\\With Space";C:\\Windows', "PATHEXT": ".EXE;.CMD"}
SHELL = "C:\\Windows\\System32\\cmd.exe"


def find(name: str, *files: str) -> str:
    there = {file.lower() for file in files}
    return find_program(name, "C:\\Work", ENV, lambda path: path.lower() in there)


@pytest.mark.parametrize(
    ("name", "files", "found"),
    [
        ("ollama", ["C:\\Tools\\ollama.exe"], "C:\\Tools\\ollama.EXE"),
        ("npm", ["C:\\With Space\\npm", "C:\\With Space\\npm.cmd"], "C:\\With Space\\npm.CMD"),
        ("run", ["C:\\Work\\run.cmd", "C:\\Tools\\run.exe"], "C:\\Work\\run.CMD"),
        ("tool.exe", ["C:\\Windows\\tool.exe"], "C:\\Windows\\tool.exe"),
        ("python3.11", ["C:\\Tools\\python3.11.exe"], "C:\\Tools\\python3.11.EXE"),
        ("venv/Scripts/python", ["C:\\Work\\venv\\Scripts\\python.exe"], "C:\\Work\\venv\\Scripts\\python.EXE"),
        ("..\\up.exe", ["C:\\up.exe"], "C:\\up.exe"),
        ("D:\\Comfy\\python.exe", ["D:\\Comfy\\python.exe"], "D:\\Comfy\\python.exe"),
    ],
)
def test_program_is_found_as_a_command_prompt_would(name: str, files: list[str], found: str) -> None:
    assert find(name, *files) == found


def test_name_without_folder_that_is_nowhere_says_where_it_was_looked_for() -> None:
    with pytest.raises(FileNotFoundError, match=r"not found in C:\\Work nor along PATH"):
        find("ollama")


def test_path_that_does_not_exist_is_not_looked_for_along_path() -> None:
    with pytest.raises(FileNotFoundError, match="the file does not exist"):
        find("bin\\ollama", "C:\\Tools\\bin\\ollama.exe")


def test_program_gets_arguments_by_the_usual_rules() -> None:
    application, line = command_line("C:\\a b\\x.exe", ["plain", "two words", 'say "hi"', ""], SHELL)
    assert application == "C:\\a b\\x.exe"
    assert line == r'"C:\a b\x.exe" plain "two words" "say \"hi\"" ""'


@pytest.mark.parametrize(
    ("argument", "quoted"),
    [
        ("plain", '"plain"'),
        ("a&b|c>d<e^f", '"a&b|c>d<e^f"'),
        ('say "hi"', '"say ""hi"""'),
        ("C:\\end\\", '"C:\\end\\\\"'),
        ('C:\\q\\"', '"C:\\q\\\\"""'),
        ("100%PATH%", '"100%%cd:~,%PATH%%cd:~,%"'),
        ("", '""'),
    ],
)
def test_batch_file_gets_arguments_that_cmd_leaves_alone(argument: str, quoted: str) -> None:
    application, line = command_line("C:\\x.BAT", [argument], SHELL)
    assert application == SHELL
    assert line == f'"{SHELL}" /d /e:on /v:off /s /c ""C:\\x.BAT" {quoted}"'


@pytest.mark.parametrize(("program", "argument"), [("x.exe", "a\0b"), ("x.cmd", "a\nb"), ("x.cmd", "a\rb")])
def test_argument_that_cannot_arrive_unchanged_is_refused(program: str, argument: str) -> None:
    with pytest.raises(ValueError, match="argument"):
        command_line(program, [argument], SHELL)


def test_environment_names_are_one_whatever_their_case() -> None:
    merged = merged_environment(
        {"Path": "old", "PATH": "new", "=C:": "C:\\", "": "x"}, {"Path": "y", "SystemRoot": "z"}
    )
    assert merged == {"PATH": "new", "=C:": "C:\\", "SYSTEMROOT": "z"}
