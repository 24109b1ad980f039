"""What a script is run with: the module's own interpreter, never silently the daemon's.

In this order: the one that the definition names, a virtual environment beside the script, `uv` where the script says
that it needs packages, the script itself where it is a program, and for Python scripts a Python of the `PATH`.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import sys
from pathlib import Path

from backend.services.definitions.paths import find_program, is_file
from backend.services.modules import inline
from backend.services.modules.errors import NoInterpreter
from backend.services.modules.model import Module

_PYTHONS = ("python", "python3", "py") if sys.platform == "win32" else ("python3", "python")
_VENV_PYTHON = Path("Scripts", "python.exe") if sys.platform == "win32" else Path("bin", "python")
_HOW_ELSE = (
    "Name what runs it: interpreter: node, or for PowerShell [powershell, -NoProfile, -ExecutionPolicy, Bypass, -File]."
    if sys.platform == "win32"
    else "Make it executable (with a first line such as #!/usr/bin/env node), or name what runs it: interpreter: node."
)
_ENVIRONMENTS = (".venv", "venv")
_PYTHON_FILE = frozenset((".py", ".pyw"))


def program(module: Module, search_path: str) -> tuple[str, ...]:
    """How the command line of a run begins. Looks at the disk; raises `NoInterpreter`, with what to do.

    `search_path` is the PATH that the module gets where it sets none itself.
    """
    if module.script is None:
        return module.command
    try:
        return _of_script(module, module.script, module.env.get("PATH", search_path))
    except OSError as error:
        raise NoInterpreter(f"The script {module.script} cannot be read: {error.strerror}.") from error


def _of_script(module: Module, script: Path, search: str) -> tuple[str, ...]:
    if not is_file(script):
        raise NoInterpreter(
            f"The script {script} is not there. Put it back, or correct its path in {module.file.name}."
        )
    if module.interpreter:
        return (*_named(module, search), str(script))
    if script.suffix.lower() in _PYTHON_FILE:
        return _python(module, script, search)
    if _is_program(script, search):
        return (str(script),)
    raise NoInterpreter(f"{script.name} is no Python script and no program. {_HOW_ELSE}")


def _named(module: Module, search: str) -> tuple[str, ...]:
    first, *options = module.interpreter
    if find_program(first, module.cwd, search) is None:
        raise NoInterpreter(
            f"The interpreter `{first}` of {module.name} is not there. Install it, or correct `interpreter`."
        )
    return (first, *options)


def _python(module: Module, script: Path, search: str) -> tuple[str, ...]:
    if (own := _own_python(module, script)) is not None:
        return (str(own), str(script))
    if inline.dependencies(inline.head(script)):
        uv = shutil.which("uv", path=search)
        if uv is None:
            raise NoInterpreter(
                f"{script.name} needs packages (its block of metadata says so), and uv, which provides them, is not "
                f"there. Install uv, or make a virtual environment beside the script: .venv."
            )
        return (uv, "run", "--script", str(script))
    if _is_program(script, search):
        return (str(script),)
    if (found := _on_path(search)) is not None:
        return (found, str(script))
    raise NoInterpreter(
        f"No Python is on the PATH to run {script.name}. Install one, make a virtual environment beside the script "
        f"(.venv), or name one: interpreter: ${{center:python}}."
    )


def _on_path(search: str) -> str | None:
    """On Windows a Python of the folder WindowsApps may be a placeholder that only opens the Store: the last choice."""
    found = [python for name in _PYTHONS if (python := shutil.which(name, path=search)) is not None]
    return min(found, key=lambda python: "WindowsApps" in python, default=None)


def _own_python(module: Module, script: Path) -> Path | None:
    """That of the virtual environment beside the script, or beside its `module.yaml`; the daemon's own is none."""
    folders = [script.parent] if module.origin != "folder" else [script.parent, module.file.parent]
    for environment in (folder / name for folder in folders for name in _ENVIRONMENTS):
        python = environment / _VENV_PYTHON
        if is_file(python) and environment.resolve() != Path(sys.prefix).resolve():
            return python
    return None


def _is_program(script: Path, search: str) -> bool:
    """Whether the system can run it as it is: on Unix its first line must name something that is there."""
    if sys.platform == "win32":
        return script.suffix.lower() in {".exe", ".com", ".bat", ".cmd"}
    if not os.access(script, os.X_OK):
        return False
    with script.open("rb") as file:
        first = file.readline(1024)
    if not first.startswith(b"#!"):
        return script.suffix.lower() not in _PYTHON_FILE
    return not first.endswith(b"\r\n") and _is_there(first[2:].decode(errors="replace"), search)


def _is_there(shebang: str, search: str) -> bool:
    try:
        words = shlex.split(shebang)
    except ValueError:
        return False
    if not words:
        return False
    if Path(words[0]).name != "env":
        return is_file(Path(words[0]))
    wanted = next((word for word in words[1:] if not re.match(r"-|\w+=", word)), "")
    return shutil.which(wanted, path=search) is not None
