"""Moves the output of one tree from its pipe into its log: a thread a pipe, as Windows cannot wait for several."""

from __future__ import annotations

import ctypes
import msvcrt
import os
import sys
import threading
import time
from collections.abc import Callable
from ctypes import wintypes

assert sys.platform == "win32"

from keeper.logs import LogWriter
from keeper.windows_api import THREAD_TERMINATE, check, kernel32

_PIPE_SIZE = 1 << 20
_CHUNK = 1 << 16  # larger reads were measured slower
_LITTLE = 1 << 14  # a read that gave less is followed by a rest
_REST = 0.002  # seconds; merges the wake-ups for a tool that prints line by line, and holds up no busy one


class OutputPipe:
    """Both ends of a new pipe. The write end goes to the tool; close it here as soon as the tool has it."""

    def __init__(self) -> None:
        read, write = wintypes.HANDLE(), wintypes.HANDLE()
        check(kernel32.CreatePipe(ctypes.byref(read), ctypes.byref(write), None, _PIPE_SIZE), "CreatePipe")
        self.read = msvcrt.open_osfhandle(int(read.value or 0), os.O_RDONLY | os.O_BINARY | os.O_NOINHERIT)
        self.write = msvcrt.open_osfhandle(int(write.value or 0), os.O_WRONLY | os.O_BINARY | os.O_NOINHERIT)


class OutputReader:
    """Owns `read` and is the only one to write the log until `drained()`, which it calls on its thread at the end."""

    def __init__(self, read: int, log: LogWriter, *, grew: Callable[[], None], drained: Callable[[], None]) -> None:
        self._read = read
        self._log = log
        self._grew = grew
        self._drained = drained
        self.followed = False
        self._thread = threading.Thread(target=self._move, name="output", daemon=True)
        self._thread.start()

    def give_up(self) -> None:
        """Ends a read that waits for a process which kept the pipe but is no member. May have to be repeated."""
        thread = kernel32.OpenThread(THREAD_TERMINATE, False, self._thread.native_id)
        if thread:
            kernel32.CancelSynchronousIo(thread)
            kernel32.CloseHandle(thread)

    def _move(self) -> None:
        try:
            while data := os.read(self._read, _CHUNK):
                self._log.write(data)
                if self.followed:
                    self._grew()
                if len(data) < _LITTLE:
                    time.sleep(_REST)
        except OSError:
            pass  # cancelled
        finally:
            os.close(self._read)
            self._drained()
