"""What a script is run with: its own, and never silently the daemon's."""

from __future__ import annotations

import os
import subprocess
import sys
import venv
from pathlib import Path

import pytest

from backend.services.modules.errors import NoInterpreter
from backend.services.modules.interpreters import program
from backend.services.modules.model import Module, Origin

unix = pytest.mark.skipif(sys.platform == "win32", reason="rights and first lines make programs on Unix only")
NEEDS_PACKAGES = "# /// script\n# dependencies = ['rich']\n# ///\n"


def script(path: Path, text: str = "print('hello')\n", *, runnable: bool = False) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, newline="")
    if runnable:
        path.chmod(0o755)
    return path


def module(path: Path, *interpreter: str, origin: Origin = "configuration", **env: str) -> Module:
    file = (
        path.parent.parent / "control-center.yaml" if origin == "configuration" else path.parent.parent / "module.yaml"
    )
    return Module("m", "Mine", origin, file, path.parent, script=path, interpreter=interpreter, env=env)


def tool(folder: Path, name: str) -> Path:
    """A program that does nothing, under any system's idea of one."""
    return script(folder / (f"{name}.bat" if sys.platform == "win32" else name), "#!/bin/sh\n", runnable=True)


def test_a_python_of_the_path_runs_a_python_script(tmp_path: Path) -> None:
    python, path = tool(tmp_path / "bin", "python3"), script(tmp_path / "s" / "a.py")
    assert [part.lower() for part in program(module(path), str(tmp_path / "bin"))] == [
        str(python).lower(),
        str(path).lower(),
    ]


def test_a_placeholder_of_the_store_is_the_last_choice(tmp_path: Path) -> None:
    path, store, python = script(tmp_path / "s" / "a.py"), tmp_path / "WindowsApps", tmp_path / "bin"
    placeholder = tool(store, "python3")
    assert Path(program(module(path), str(store))[0]) == placeholder
    search = os.pathsep.join((str(store), str(python)))
    assert Path(program(module(path), search)[0]) == placeholder
    found = tool(python, "python")
    assert Path(program(module(path), search)[0]) == found


def test_the_path_of_the_module_itself_counts(tmp_path: Path) -> None:
    python, path = tool(tmp_path / "own", "python3"), script(tmp_path / "s" / "a.py")
    assert Path(program(module(path, PATH=str(tmp_path / "own")), "")[0]).stem == python.stem


def test_without_any_python_it_says_so_and_does_not_take_the_daemons(tmp_path: Path) -> None:
    with pytest.raises(NoInterpreter, match=r"No Python is on the PATH to run a\.py\. Install one, make a virtual"):
        program(module(script(tmp_path / "a.py")), str(tmp_path))


@pytest.mark.parametrize("at", ["s/.venv", "s/venv", ".venv"])
def test_the_virtual_environment_beside_it_comes_first(tmp_path: Path, at: str) -> None:
    venv.create(tmp_path / at, with_pip=False, symlinks=os.name != "nt")
    path = script(tmp_path / "s" / "a.py", NEEDS_PACKAGES + "import sys; print(sys.prefix)")
    found = program(module(path, origin="folder"), "")
    done = subprocess.run(found, capture_output=True, text=True, check=True)
    assert Path(done.stdout.strip()).resolve() == (tmp_path / at).resolve()


@unix
def test_the_daemons_own_environment_is_none_of_the_modules(tmp_path: Path) -> None:
    (tmp_path / ".venv").symlink_to(sys.prefix, target_is_directory=True)
    python = tool(tmp_path / "bin", "python3")
    assert program(module(script(tmp_path / "a.py")), str(tmp_path / "bin"))[0] == str(python)


def test_what_needs_packages_is_run_by_uv(tmp_path: Path) -> None:
    uv, path = tool(tmp_path / "bin", "uv"), script(tmp_path / "a.py", NEEDS_PACKAGES)
    found = program(module(path), str(tmp_path / "bin"))
    assert (Path(found[0]).stem, found[1:]) == (uv.stem, ("run", "--script", str(path)))


def test_what_needs_packages_is_not_run_without_uv(tmp_path: Path) -> None:
    tool(tmp_path / "bin", "python3")
    for text in (NEEDS_PACKAGES, NEEDS_PACKAGES.replace("\n", "\r\n")):
        with pytest.raises(NoInterpreter, match="uv, which provides them, is not there"):
            program(module(script(tmp_path / "a.py", text)), str(tmp_path / "bin"))


def test_a_block_without_dependencies_needs_no_uv(tmp_path: Path) -> None:
    tool(tmp_path / "bin", "python3")
    path = script(tmp_path / "a.py", "# /// script\n# requires-python = '>=3.11'\n# ///\n")
    assert program(module(path), str(tmp_path / "bin"))[1:] == (str(path),)


@unix
def test_a_script_that_names_its_interpreter_is_a_program(tmp_path: Path) -> None:
    path = script(tmp_path / "a.sh", "#!/bin/sh\necho hello $1\n", runnable=True)
    done = subprocess.run([*program(module(path), ""), "you"], capture_output=True, text=True, check=True)
    assert done.stdout == "hello you\n"
    assert program(module(script(tmp_path / "b.py", f"#!{sys.executable}\n", runnable=True)), "") == (
        str(tmp_path / "b.py"),
    )


@unix
@pytest.mark.parametrize(
    "first", ["#!/usr/bin/env no-such-python\n", "#!/bin/sh\r\n", "#!/nowhere/python\n", "print(1)\n"]
)
def test_a_first_line_that_leads_nowhere_leaves_a_python_script_to_the_path(tmp_path: Path, first: str) -> None:
    python = tool(tmp_path / "bin", "python3")
    path = script(tmp_path / "a.py", first, runnable=True)
    assert program(module(path), str(tmp_path / "bin")) == (str(python), str(path))


def test_the_interpreter_that_is_named_wins(tmp_path: Path) -> None:
    tool(tmp_path / "bin", "node")
    path = script(tmp_path / "a.js")
    assert program(module(path, "node", "--no-warnings"), str(tmp_path / "bin")) == ("node", "--no-warnings", str(path))
    with pytest.raises(NoInterpreter, match="The interpreter `deno` of Mine is not there"):
        program(module(path, "deno"), str(tmp_path / "bin"))


def test_what_nothing_can_run_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(NoInterpreter, match=r"a\.js is no Python script and no program\. Make it executable"):
        program(module(script(tmp_path / "a.js")), str(tmp_path))
    with pytest.raises(NoInterpreter, match=r"gone\.py is not there"):
        program(module(tmp_path / "gone.py"), str(tmp_path))


def test_a_command_is_run_as_it_is(tmp_path: Path) -> None:
    plain = Module("m", "Mine", "configuration", tmp_path, tmp_path, command=("yt-dlp", "--quiet"))
    assert program(plain, "") == ("yt-dlp", "--quiet")


@pytest.mark.skipif(sys.platform != "linux", reason="a file that can be opened and not read is of Linux")
def test_a_script_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    (tmp_path / "a.py").symlink_to("/proc/self/mem")
    with pytest.raises(NoInterpreter, match=r"a\.py cannot be read: Input/output error\."):
        program(module(tmp_path / "a.py"), str(tmp_path))
