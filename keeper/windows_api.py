"""The Win32 calls that the standard library lacks, declared once with their types. Nothing here decides anything."""

from __future__ import annotations

import ctypes
import sys
from ctypes import wintypes

assert sys.platform == "win32"

kernel32 = ctypes.WinDLL("kernel32", use_last_error=True)
advapi32 = ctypes.WinDLL("advapi32", use_last_error=True)
ntdll = ctypes.WinDLL("ntdll")

INVALID_HANDLE = ctypes.c_void_p(-1).value or 0
PROCESS_QUERY_LIMITED = 0x1000
PROCESS_QUERY_AND_READ = 0x0400 | 0x0010
PROCESS_TERMINATE = 0x0001
PROCESS_SET_QUOTA = 0x0100
PROCESS_SET_INFORMATION = 0x0200
SYNCHRONIZE = 0x0010_0000
THREAD_TERMINATE = 0x0001
ERROR_MORE_DATA = 234
WAIT_OBJECT_0 = 0

_H, _D, _B, _P, _W = wintypes.HANDLE, wintypes.DWORD, wintypes.BOOL, ctypes.c_void_p, wintypes.LPCWSTR

ConsoleHandler = ctypes.WINFUNCTYPE(_B, _D)
WaitCallback = ctypes.WINFUNCTYPE(None, _P, wintypes.BOOLEAN)

_SIGNATURES = (
    (kernel32, "CreateJobObjectW", _H, (_P, _W)),
    (kernel32, "AssignProcessToJobObject", _B, (_H, _H)),
    (kernel32, "SetInformationJobObject", _B, (_H, ctypes.c_int, _P, _D)),
    (kernel32, "QueryInformationJobObject", _B, (_H, ctypes.c_int, _P, _D, _P)),
    (kernel32, "TerminateJobObject", _B, (_H, wintypes.UINT)),
    (kernel32, "IsProcessInJob", _B, (_H, _H, _P)),
    (kernel32, "CreateIoCompletionPort", _H, (_H, _H, ctypes.c_size_t, _D)),
    (kernel32, "GetQueuedCompletionStatus", _B, (_H, _P, _P, _P, _D)),
    (kernel32, "PostQueuedCompletionStatus", _B, (_H, _D, ctypes.c_size_t, _P)),
    (kernel32, "CloseHandle", _B, (_H,)),
    (kernel32, "ResumeThread", _D, (_H,)),
    (kernel32, "OpenProcess", _H, (_D, _B, _D)),
    (kernel32, "OpenThread", _H, (_D, _B, _D)),
    (kernel32, "TerminateProcess", _B, (_H, wintypes.UINT)),
    (kernel32, "GetCurrentProcess", _H, ()),
    (kernel32, "GetExitCodeProcess", _B, (_H, _P)),
    (kernel32, "SetPriorityClass", _B, (_H, _D)),
    (kernel32, "SetProcessAffinityMask", _B, (_H, ctypes.c_size_t)),
    (kernel32, "GetProcessTimes", _B, (_H, _P, _P, _P, _P)),
    (kernel32, "WaitForSingleObject", _D, (_H, _D)),
    (kernel32, "RegisterWaitForSingleObject", _B, (_P, _H, WaitCallback, _P, _D, _D)),
    (kernel32, "UnregisterWaitEx", _B, (_H, _H)),
    (kernel32, "CancelSynchronousIo", _B, (_H,)),
    (kernel32, "CreatePipe", _B, (_P, _P, _P, _D)),
    (kernel32, "CreateFileW", _H, (_W, _D, _D, _P, _D, _D, _H)),
    (kernel32, "FlushFileBuffers", _B, (_H,)),
    (kernel32, "DisconnectNamedPipe", _B, (_H,)),
    (kernel32, "GetNamedPipeClientProcessId", _B, (_H, _P)),
    (kernel32, "GetConsoleCP", wintypes.UINT, ()),
    (kernel32, "SetConsoleCtrlHandler", _B, (_P, _B)),
    (kernel32, "ReadProcessMemory", _B, (_H, _P, _P, ctypes.c_size_t, _P)),
    (kernel32, "K32EnumProcesses", _B, (_P, _D, _P)),
    (kernel32, "LocalFree", _P, (_P,)),
    (advapi32, "OpenProcessToken", _B, (_H, _D, _P)),
    (advapi32, "GetTokenInformation", _B, (_H, ctypes.c_int, _P, _D, _P)),
    (advapi32, "ConvertSidToStringSidW", _B, (_P, _P)),
    (advapi32, "ConvertStringSecurityDescriptorToSecurityDescriptorW", _B, (_W, _D, _P, _P)),
    (ntdll, "NtQueryInformationProcess", ctypes.c_long, (_H, ctypes.c_int, _P, wintypes.ULONG, _P)),
    (ntdll, "NtQuerySystemInformation", ctypes.c_long, (ctypes.c_int, _P, wintypes.ULONG, _P)),
)

for _library, _name, _result, _arguments in _SIGNATURES:
    _function = getattr(_library, _name)
    _function.restype = _result
    _function.argtypes = _arguments


def last_error(what: str) -> OSError:
    """The failure of the call just made, as Python names it (FileNotFoundError, PermissionError, …)."""
    code = ctypes.get_last_error()
    return OSError(None, f"{what}: {ctypes.FormatError(code).strip()}", None, code)


def check(done: int | None, what: str) -> int:
    """The result of a call that gives 0, NULL or INVALID_HANDLE when it failed; OSError then."""
    if not done or done == INVALID_HANDLE:
        raise last_error(what)
    return done
