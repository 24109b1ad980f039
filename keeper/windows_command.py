"""Turns an argv list into what CreateProcess takes: the program's path and one command line. Pure; runs anywhere.

A batch file is run by cmd.exe, which reads the line by rules of its own: without care, `&` in an argument would start a
second command. So its arguments are quoted for cmd.exe.
"""

from __future__ import annotations

import ntpath
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence

_BATCH = (".bat", ".cmd")
_DEFAULT_ENDINGS = ".COM;.EXE;.BAT;.CMD"


def find_program(name: str, cwd: str, env: Mapping[str, str], exists: Callable[[str], bool]) -> str:
    """The file that `name` means: in `cwd`, then along PATH, with the endings of PATHEXT.

    `env` has upper-case names. FileNotFoundError says where it was looked for.
    """
    for path in _candidates(name, cwd, env):
        if exists(path):
            return path
    if ntpath.dirname(name):
        raise FileNotFoundError(2, "the file does not exist", ntpath.join(cwd, name))
    raise FileNotFoundError(2, f"not found in {cwd} nor along PATH", name)


def _candidates(name: str, cwd: str, env: Mapping[str, str]) -> Iterator[str]:
    folders = [cwd]
    if not ntpath.dirname(name):
        folders += [folder.strip('"') for folder in env.get("PATH", "").split(";") if folder]
    endings = [ending for ending in env.get("PATHEXT", _DEFAULT_ENDINGS).split(";") if ending]
    named = any(name.lower().endswith(ending.lower()) for ending in endings)
    for folder in folders:
        path = ntpath.normpath(ntpath.join(cwd, folder, name))
        if named:
            yield path
        yield from (path + ending for ending in endings)
        if not named:
            yield path


def command_line(program: str, arguments: Sequence[str], shell: str) -> tuple[str, str]:
    """The application to start and its command line. `shell` is the path of cmd.exe, for batch files.

    ValueError for an argument that cannot be handed over unchanged.
    """
    if any("\0" in argument for argument in arguments):
        raise ValueError("an argument contains a NUL character")
    if not program.lower().endswith(_BATCH):
        return program, subprocess.list2cmdline([program, *arguments])
    if any(character in argument for argument in arguments for character in "\r\n"):
        raise ValueError("an argument for a batch file contains a line break")
    words = " ".join(_for_cmd(word) for word in (program, *arguments))
    return shell, f'"{shell}" /d /e:on /v:off /s /c "{words}"'


def _for_cmd(word: str) -> str:
    """Quoted for cmd.exe and for the program behind it: quotes doubled, `%` kept from naming a variable."""
    quoted, slashes = [], 0
    for character in word:
        if character == '"':
            quoted.append("\\" * slashes + '""')
        elif character == "%":
            quoted.append("%%cd:~,%")  # an empty slice of %cd%: what follows is no longer a variable's name
        else:
            quoted.append(character)
        slashes = slashes + 1 if character == "\\" else 0
    return '"' + "".join(quoted) + "\\" * slashes + '"'


def merged_environment(env: Mapping[str, str], needed: Mapping[str, str]) -> dict[str, str]:
    """Names in upper case, as Windows compares them; of two spellings the last wins. `needed` fills what is missing."""
    merged = {name.upper(): value for name, value in env.items() if name and "=" not in name[1:]}
    for name, value in needed.items():
        merged.setdefault(name.upper(), value)
    return merged
