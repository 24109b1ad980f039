"""Tells one process that its console closes, as Windows does it: by a thread in it that runs `CtrlRoutine`."""

from __future__ import annotations

import ctypes
import sys
from ctypes import wintypes

assert sys.platform == "win32"

CTRL_CLOSE_EVENT = 2
_ALL_ACCESS = 0x1F0FFF


def close_console_of(pid: int) -> None:
    kernel32 = ctypes.WinDLL("kernel32", use_last_error=True)
    kernel32.OpenProcess.restype = kernel32.CreateRemoteThread.restype = wintypes.HANDLE
    kernel32.CreateRemoteThread.argtypes = (
        *(wintypes.HANDLE, ctypes.c_void_p, ctypes.c_size_t, ctypes.c_void_p, ctypes.c_void_p),
        *(wintypes.DWORD, ctypes.c_void_p),
    )
    kernel32.CloseHandle.argtypes = (wintypes.HANDLE,)
    routine = ctypes.cast(ctypes.WinDLL("kernelbase").CtrlRoutine, ctypes.c_void_p)
    process = kernel32.OpenProcess(_ALL_ACCESS, False, pid)
    thread = kernel32.CreateRemoteThread(process, None, 0, routine, CTRL_CLOSE_EVENT, 0, None)
    if not thread:
        raise ctypes.WinError(ctypes.get_last_error())
    kernel32.CloseHandle(thread)
    kernel32.CloseHandle(process)
