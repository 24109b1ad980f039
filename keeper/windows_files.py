"""Opens logs so that people can read, rename and delete them meanwhile, and nobody else can write to them."""

from __future__ import annotations

import msvcrt
import os
import sys
from pathlib import Path

assert sys.platform == "win32"

from keeper.windows_api import check, kernel32

_GENERIC_WRITE = 0x4000_0000
_SHARE_READ_AND_DELETE = 0x1 | 0x4
_OPEN_ALWAYS = 4
_NORMAL = 0x80


def open_shared(path: Path) -> int:
    """A descriptor at the beginning of the file, made when missing. PermissionError while another writer has it."""
    handle = kernel32.CreateFileW(str(path), _GENERIC_WRITE, _SHARE_READ_AND_DELETE, None, _OPEN_ALWAYS, _NORMAL, None)
    return msvcrt.open_osfhandle(check(handle, str(path)), os.O_WRONLY | os.O_BINARY | os.O_NOINHERIT)
