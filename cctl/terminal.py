"""The person at the terminal: whether there is one, and what they answer. Our own streams may lead elsewhere."""

from __future__ import annotations

import os
import sys
from contextlib import ExitStack
from typing import TextIO

_READ, _WRITE = ("CONIN$", "CONOUT$") if sys.platform == "win32" else ("/dev/tty", "/dev/tty")


def ask(question: str) -> str | None:
    """A line; None where nobody can be asked, or says nothing more (Ctrl+D). Ctrl+C raises KeyboardInterrupt."""
    with ExitStack() as opened:
        terminal = _open(opened)
        if terminal is None:
            return None
        reader, writer = terminal
        writer.write(question)
        writer.flush()
        return reader.readline() or None


def ask_secretly(question: str) -> str | None:
    """The same, and what is typed does not appear."""
    with ExitStack() as opened:
        if _open(opened) is None:
            return None
    import getpass

    try:
        return getpass.getpass(question)
    except EOFError:
        return None


def _open(opened: ExitStack) -> tuple[TextIO, TextIO] | None:
    """Somebody is there if one of our streams is a terminal: a hidden console, or that of a program which only keeps
    what we say, has nobody at it."""
    if not any(map(_is_terminal, range(3))):
        return None
    try:
        reader = opened.enter_context(open(_READ, encoding="utf-8", errors="replace"))  # noqa: SIM115
        writer = opened.enter_context(open(_WRITE, "w", encoding="utf-8", errors="replace"))  # noqa: SIM115
    except OSError:  # one that does not control us
        return (sys.stdin, sys.stderr) if _is_terminal(0) else None
    return (reader, writer) if _in_foreground(reader.fileno()) else None


if sys.platform == "win32":

    def _is_terminal(stream: int) -> bool:
        """`isatty` says so of NUL, too."""
        import ctypes
        import msvcrt

        mode = ctypes.c_ulong()
        try:
            handle = ctypes.c_void_p(msvcrt.get_osfhandle(stream))
        except OSError:
            return False
        return bool(ctypes.windll.kernel32.GetConsoleMode(handle, ctypes.byref(mode)))

    def _in_foreground(_: int) -> bool:
        return True

else:

    def _is_terminal(stream: int) -> bool:
        return os.isatty(stream)

    def _in_foreground(terminal: int) -> bool:
        """Whoever reads in the background is stopped by the system."""
        return os.tcgetpgrp(terminal) == os.getpgrp()
