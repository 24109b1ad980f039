"""Files with a say in who else may open them: logs, and what is given to a tool to read."""

from __future__ import annotations

import msvcrt
import os
import sys
from pathlib import Path
from typing import IO

assert sys.platform == "win32"

from keeper.windows_api import check, kernel32

_GENERIC_READ, _GENERIC_WRITE = 0x8000_0000, 0x4000_0000
_SHARE_NOTHING, _SHARE_READ_AND_DELETE = 0, 0x1 | 0x4
_CREATE_NEW, _OPEN_ALWAYS = 1, 4
_NORMAL, _IN_MEMORY_WHERE_POSSIBLE, _DELETE_ON_CLOSE = 0x80, 0x100, 0x0400_0000


def open_shared(path: Path) -> int:
    """A log that people can read, rename and delete meanwhile, and that nobody else can write to: a descriptor at its
    beginning. It is made when missing. PermissionError while another writer has it."""
    handle = kernel32.CreateFileW(str(path), _GENERIC_WRITE, _SHARE_READ_AND_DELETE, None, _OPEN_ALWAYS, _NORMAL, None)
    return msvcrt.open_osfhandle(check(handle, str(path)), os.O_WRONLY | os.O_BINARY | os.O_NOINHERIT)


def open_input(text: str | None) -> IO[bytes]:
    """What a tool reads from its standard input, or nothing at all: a file that no other program can open, and that is
    gone when the last process has closed it."""
    if text is None:
        return open(os.devnull, "rb")
    import tempfile  # costs more than the rest of a start, and few tools are given anything

    path = os.path.join(tempfile.gettempdir(), f"control-center-{os.urandom(16).hex()}")
    access, kind = _GENERIC_READ | _GENERIC_WRITE, _IN_MEMORY_WHERE_POSSIBLE | _DELETE_ON_CLOSE
    handle = kernel32.CreateFileW(path, access, _SHARE_NOTHING, None, _CREATE_NEW, kind, None)
    file = os.fdopen(msvcrt.open_osfhandle(check(handle, path), os.O_RDWR | os.O_BINARY | os.O_NOINHERIT), "w+b")
    file.write(text.encode("utf-8", "surrogateescape"))
    file.seek(0)
    return file
