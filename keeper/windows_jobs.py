"""Job objects: what holds a process tree together on Windows.

The keeper's handle is the only one to each job and the job kills on close, so no tree outlives a keeper that is
terminated. Closing a job before its last member ended kills the tree: `Job.close` belongs to the end of a tree alone.
"""

from __future__ import annotations

import ctypes
import sys
import threading
from collections.abc import Callable
from ctypes import wintypes

assert sys.platform == "win32"

from keeper.windows_api import ERROR_MORE_DATA, INVALID_HANDLE, check, kernel32, last_error

_USED, _MEMBERS, _PORT, _LIMITS, _CPU_RATE = 1, 3, 7, 9, 15
_KILL_ON_CLOSE = 0x2000
_NO_CRASH_DIALOG = 0x400  # a crashed tool would wait for somebody to press a button
_CAPPED = 0x1 | 0x4  # of all processors; without the second flag it would be a mere weight
_ACTIVE_PROCESS_ZERO = 4
_JOB_MEMORY_LIMIT = 10
_INFINITE = 0xFFFF_FFFF


class _BasicLimits(ctypes.Structure):
    _fields_ = [
        ("user_time_of_process", ctypes.c_int64),
        ("user_time_of_job", ctypes.c_int64),
        ("flags", wintypes.DWORD),
        ("minimum_working_set", ctypes.c_size_t),
        ("maximum_working_set", ctypes.c_size_t),
        ("active_processes", wintypes.DWORD),
        ("affinity", ctypes.c_size_t),
        ("priority_class", wintypes.DWORD),
        ("scheduling_class", wintypes.DWORD),
    ]


class _ExtendedLimits(ctypes.Structure):
    _fields_ = [
        ("basic", _BasicLimits),
        ("io_counters", ctypes.c_uint64 * 6),
        ("process_memory", ctypes.c_size_t),
        ("job_memory", ctypes.c_size_t),
        ("peak_process_memory", ctypes.c_size_t),
        ("peak_job_memory", ctypes.c_size_t),
    ]


class _Accounting(ctypes.Structure):
    _fields_ = [
        ("user_time", ctypes.c_int64),
        ("kernel_time", ctypes.c_int64),
        ("times_of_period", ctypes.c_int64 * 2),
        ("page_faults", wintypes.DWORD),
        ("processes", wintypes.DWORD * 3),
    ]


class _CpuRate(ctypes.Structure):
    _fields_ = [("flags", wintypes.DWORD), ("rate", wintypes.DWORD)]


class _Association(ctypes.Structure):
    _fields_ = [("key", ctypes.c_size_t), ("port", wintypes.HANDLE)]


class JobPort:
    """One completion port for all jobs; its thread calls `emptied(key)` when a job's last member has ended, and
    `full(key)` when a member was refused memory. Jobs that a tool makes for itself report here as well, under our key.

    Windows does not promise the delivery: whoever needs the truth asks for `Job.members` now and then.
    """

    def __init__(self, *, emptied: Callable[[int], None], full: Callable[[int], None]) -> None:
        self.handle = check(kernel32.CreateIoCompletionPort(INVALID_HANDLE, None, 0, 1), "CreateIoCompletionPort")
        self._told = {_ACTIVE_PROCESS_ZERO: emptied, _JOB_MEMORY_LIMIT: full}
        self._thread = threading.Thread(target=self._listen, name="jobs", daemon=True)
        self._thread.start()

    def close(self) -> None:
        kernel32.PostQueuedCompletionStatus(self.handle, 0, 0, None)
        self._thread.join(2)
        kernel32.CloseHandle(self.handle)

    def _listen(self) -> None:
        message, key, detail = wintypes.DWORD(), ctypes.c_size_t(), ctypes.c_void_p()
        while kernel32.GetQueuedCompletionStatus(
            self.handle, ctypes.byref(message), ctypes.byref(key), ctypes.byref(detail), _INFINITE
        ):
            if not key.value:
                return
            if (tell := self._told.get(message.value)) is not None:
                tell(key.value)


class Job:
    def __init__(self, port: JobPort, key: int) -> None:
        """`key` (not 0) is what the port reports."""
        self._handle = check(kernel32.CreateJobObjectW(None, None), "CreateJobObject")
        try:
            self._limits = _ExtendedLimits()
            self._limits.basic.flags = _KILL_ON_CLOSE | _NO_CRASH_DIALOG
            self._set(_LIMITS, self._limits)
            self._set(_PORT, _Association(key, port.handle))
        except OSError:
            self.close()
            raise

    def _set(self, kind: int, value: ctypes.Structure) -> None:
        done = kernel32.SetInformationJobObject(self._handle, kind, ctypes.byref(value), ctypes.sizeof(value))
        check(done, "SetInformationJobObject")

    def limit(self, flag: int, field: str, value: int) -> bool:
        """Adds one limit to those in force; whether Windows has it now. `field` is `job_memory` or one of the basic."""
        wanted = _ExtendedLimits.from_buffer_copy(self._limits)
        wanted.basic.flags |= flag
        setattr(wanted if field == "job_memory" else wanted.basic, field, value)
        self._set(_LIMITS, wanted)
        self._limits = wanted
        kept = _ExtendedLimits()
        return self._get(_LIMITS, kept) and bool(kept.basic.flags & flag)

    def cap_cpu(self, rate: int) -> bool:
        """A hard cap in 1/10,000 of all processors together; whether Windows has it now."""
        self._set(_CPU_RATE, _CpuRate(_CAPPED, rate))
        kept = _CpuRate()
        return self._get(_CPU_RATE, kept) and kept.flags == _CAPPED

    def _get(self, kind: int, into: ctypes.Structure) -> bool:
        size = ctypes.sizeof(into)
        return bool(kernel32.QueryInformationJobObject(self._handle, kind, ctypes.byref(into), size, None))

    def assign(self, process: int) -> None:
        """OSError (access denied) when the process has ended or a surrounding job forbids it."""
        check(kernel32.AssignProcessToJobObject(self._handle, process), "AssignProcessToJobObject")

    def members(self) -> list[int]:
        """The pids of all that live in the job."""
        room = 32
        while True:
            listed = (ctypes.c_size_t * (room + 1))()  # two 32-bit counts, then the pids
            if kernel32.QueryInformationJobObject(
                self._handle, _MEMBERS, ctypes.byref(listed), ctypes.sizeof(listed), None
            ):
                count = listed[0] >> 32
                return list(listed[1 : 1 + count])
            if ctypes.get_last_error() != ERROR_MORE_DATA:
                return []
            room = max(room * 2, (listed[0] & 0xFFFF_FFFF) + 8)

    def used(self) -> tuple[float | None, int | None]:
        """Seconds of a processor, and the bytes that were committed at most: by all that were ever in the job."""
        times, limits = _Accounting(), _ExtendedLimits()
        seconds = (times.user_time + times.kernel_time) / 10_000_000 if self._get(_USED, times) else None
        return seconds, (limits.peak_job_memory or None) if self._get(_LIMITS, limits) else None

    def terminate(self) -> None:
        """Ends all members at once, with exit code 1; who wants to be sure looks whether any are left."""
        kernel32.TerminateJobObject(self._handle, 1)

    def close(self) -> None:
        kernel32.CloseHandle(self._handle)


def in_a_job(process: int) -> bool:
    """Whether some job, not necessarily ours, holds the process: it may end when that job does."""
    answer = wintypes.BOOL()
    if not kernel32.IsProcessInJob(process, None, ctypes.byref(answer)):
        raise last_error("IsProcessInJob")
    return bool(answer.value)
