"""Closing the console window, logging off and shutting down: on Windows no signal tells of these.

Ctrl+C and Ctrl+Break are signals (SIGINT, SIGBREAK) and none of this module's business. Elsewhere SIGHUP and SIGTERM
say the same, and nothing is done here.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

CLOSE, LOGOFF, SHUTDOWN = 2, 5, 6
TIME_LEFT = 4.9  # seconds; Windows ends the process when the handler returns, and after five in any case


@contextmanager
def on_console_close(asked: Callable[[], object]) -> Iterator[None]:
    """Inside, `asked` is called once the console closes: on a thread of its own, with five seconds left to live."""
    if sys.platform != "win32":
        yield
        return
    import ctypes
    from ctypes import wintypes

    closing = False

    def on_event(event: int) -> bool:
        nonlocal closing
        if event not in {CLOSE, LOGOFF, SHUTDOWN}:
            return False
        closing = True
        asked()
        time.sleep(TIME_LEFT)
        return True

    handler = ctypes.WINFUNCTYPE(wintypes.BOOL, wintypes.DWORD)(on_event)
    set_handler = ctypes.WinDLL("kernel32").SetConsoleCtrlHandler
    set_handler(handler, True)
    try:
        yield
    finally:
        if not closing:  # while a handler runs, Windows holds up whoever changes the list of handlers
            set_handler(handler, False)
