"""What happens to the console of a process: that it closes, and what somebody types."""

from __future__ import annotations

import ctypes
import subprocess
import sys
from ctypes import wintypes

assert sys.platform == "win32"

CTRL_CLOSE_EVENT = 2
_ALL_ACCESS = 0x1F0FFF


# Arguments: a process on the console, and the text.
_TYPE = """
import ctypes, struct, sys, time
kernel32 = ctypes.WinDLL("kernel32", use_last_error=True)
kernel32.CreateFileW.restype = ctypes.c_void_p
kernel32.FreeConsole()
while not kernel32.AttachConsole(int(sys.argv[1])): time.sleep(0.05)  # it may still be starting
console = ctypes.c_void_p(kernel32.CreateFileW("CONIN$", 0xC0000000, 3, None, 3, 0, None))
keys = [(down, key) for key in map(ord, sys.argv[2]) for down in (1, 0)]
typed = b"".join(struct.pack("<HxxiHHHHI", 1, down, 1, key if key == 13 else 0, 0, key, 0) for down, key in keys)
assert kernel32.WriteConsoleInputW(console, typed, len(keys), ctypes.byref(ctypes.c_ulong())), ctypes.get_last_error()
"""


def type_at(pid: int, text: str) -> None:
    """Somebody types at the console of a process; a carriage return is Enter."""
    command = [sys.executable, "-I", "-S", "-c", _TYPE, str(pid), text]
    subprocess.run(command, creationflags=subprocess.DETACHED_PROCESS, capture_output=True, timeout=60, check=True)


def close_console_of(pid: int) -> None:
    """As Windows tells one process: by a thread in it that runs `CtrlRoutine`."""
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
