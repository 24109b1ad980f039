"""Single processes: their start times, exits, environments; and the boot they belong to."""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from ctypes import wintypes

assert sys.platform == "win32"

from keeper.protocol import MARK
from keeper.windows_api import (
    PROCESS_QUERY_AND_READ,
    PROCESS_QUERY_LIMITED,
    PROCESS_TERMINATE,
    WAIT_OBJECT_0,
    check,
    kernel32,
    ntdll,
)

_TIME_OF_DAY = 3
_BASIC_INFORMATION = 0
_SINCE_1601 = 116_444_736_000_000_000  # FILETIME of the Unix epoch: steps of 100 ns
_PEB_PARAMETERS, _PARAMETERS_ENVIRONMENT, _PARAMETERS_ENVIRONMENT_SIZE = 0x20, 0x80, 0x3F0  # 64-bit layout
_LARGEST_ENVIRONMENT = 1 << 20


@contextmanager
def opened(pid: int, access: int) -> Iterator[int]:
    """OSError when the process is gone or not ours to open."""
    handle = check(kernel32.OpenProcess(access, False, pid), f"process {pid}")
    try:
        yield handle
    finally:
        kernel32.CloseHandle(handle)


def times(process: int) -> tuple[int, int]:
    """Start and end as FILETIME (100 ns since 1601, UTC); the end is 0 while it lives."""
    start, end, kernel, user = (wintypes.FILETIME() for _ in range(4))
    check(kernel32.GetProcessTimes(process, *map(ctypes.byref, (start, end, kernel, user))), "GetProcessTimes")
    return _whole(start), _whole(end)


def _whole(time: wintypes.FILETIME) -> int:
    return (time.dwHighDateTime << 32) | time.dwLowDateTime


def epoch_seconds(filetime: int) -> float:
    return (filetime - _SINCE_1601) / 10_000_000


def has_ended(process: int) -> bool:
    return bool(kernel32.WaitForSingleObject(process, 0) == WAIT_OBJECT_0)


def exit_code(process: int) -> int:
    """Of an ended process: an unsigned 32-bit number."""
    code = wintypes.DWORD()
    check(kernel32.GetExitCodeProcess(process, ctypes.byref(code)), "GetExitCodeProcess")
    return code.value


def start_of(pid: int) -> int | None:
    """FILETIME of the start of a living process; None when there is none with this pid."""
    try:
        with opened(pid, PROCESS_QUERY_LIMITED) as process:
            start, end = times(process)
    except OSError:
        return None
    return None if end else start


def all_pids() -> list[int]:
    room = 1024
    while True:
        pids = (wintypes.DWORD * room)()
        size = wintypes.DWORD()
        check(kernel32.K32EnumProcesses(pids, ctypes.sizeof(pids), ctypes.byref(size)), "EnumProcesses")
        if size.value < ctypes.sizeof(pids):
            return list(pids[: size.value // 4])
        room *= 2


def parents() -> dict[int, tuple[int, int]]:
    """Pid → pid of the parent and own start of every living process. The parent may be gone and its pid another's."""
    found = {}
    for pid in all_pids():
        try:
            with opened(pid, PROCESS_QUERY_LIMITED) as process:
                start, end = times(process)
                basic = _basic_information(process)
        except OSError:
            continue  # gone, or the system's
        if basic is not None and not end:
            found[pid] = (basic[5], start)
    return found


def ancestors(pid: int) -> list[int]:
    """Who started it, who started that, and so on: as far back as they live."""
    table, found = parents(), []
    while pid in table:
        parent, start = table[pid]
        if parent not in table or table[parent][1] > start:
            break
        found.append(pid := parent)
    return found


def marks(prefix: str) -> dict[int, tuple[str, int]]:
    """Pid → tree id and start of every process of this user whose environment names a tree beginning with `prefix`."""
    found = {}
    for pid in all_pids():
        try:
            with opened(pid, PROCESS_QUERY_AND_READ) as process:
                environment, start = _environment(process), times(process)[0]
        except OSError:
            continue  # gone, or another user's
        for entry in environment.split("\0"):
            name, _, value = entry.partition("=")
            if name.upper() == MARK and value.startswith(prefix):
                found[pid] = (value, start)
    return found


def end(pid: int, start: int | None) -> bool:
    """Terminates the process if it is the one that started then; whether it was ended."""
    try:
        with opened(pid, PROCESS_QUERY_LIMITED | PROCESS_TERMINATE) as process:
            return times(process)[0] == start and bool(kernel32.TerminateProcess(process, 1))
    except OSError:
        return False


def boot_id() -> str:
    """The time of the boot, as it was before anyone set the clock; the same for all processes until the next boot."""
    words = (ctypes.c_int64 * 6)()  # boot time, current, time zone bias, zone, boot time bias, sleep time bias
    if ntdll.NtQuerySystemInformation(_TIME_OF_DAY, words, ctypes.sizeof(words), None):
        return "unknown"
    return str((words[0] - words[4]) // 10_000_000)


def _basic_information(process: int) -> ctypes.Array[ctypes.c_size_t] | None:
    """Exit status, address of the PEB, affinity, priority, pid, pid of the parent."""
    basic = (ctypes.c_size_t * 6)()
    if ntdll.NtQueryInformationProcess(process, _BASIC_INFORMATION, basic, ctypes.sizeof(basic), None):
        return None
    return basic


def _environment(process: int) -> str:
    basic = _basic_information(process)
    if basic is None:
        return ""
    parameters = _pointer(process, basic[1] + _PEB_PARAMETERS)
    size = _pointer(process, parameters + _PARAMETERS_ENVIRONMENT_SIZE)
    block = ctypes.create_string_buffer(min(size, _LARGEST_ENVIRONMENT))
    _read(process, _pointer(process, parameters + _PARAMETERS_ENVIRONMENT), block)
    return block.raw.decode("utf-16-le", "replace")


def _pointer(process: int, address: int) -> int:
    value = ctypes.c_size_t()
    _read(process, address, value)
    return value.value


def _read(process: int, address: int, into: ctypes.Structure | ctypes.Array[ctypes.c_char] | ctypes.c_size_t) -> None:
    check(
        kernel32.ReadProcessMemory(process, address, ctypes.byref(into), ctypes.sizeof(into), None),
        "ReadProcessMemory",
    )
