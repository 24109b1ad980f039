"""How long the machine has slept: what its clocks that go on meanwhile are ahead of those that do not.

Told by the system's own clocks and not by a wall clock that jumps: one that is set is no sleep, nor is a halted daemon.
"""

from __future__ import annotations

import ctypes
import sys
import time


def slept() -> float:
    """Seconds since the machine started; 0.0 where the system does not tell."""
    if sys.platform == "linux":
        return time.clock_gettime(time.CLOCK_BOOTTIME) - time.clock_gettime(time.CLOCK_MONOTONIC)
    if sys.platform == "darwin":
        return time.clock_gettime(time.CLOCK_MONOTONIC) - time.clock_gettime(time.CLOCK_UPTIME_RAW)
    if sys.platform == "win32":
        awake = ctypes.c_ulonglong()
        ctypes.windll.kernel32.QueryUnbiasedInterruptTime(ctypes.byref(awake))
        elapsed = ctypes.windll.kernel32.GetTickCount64
        elapsed.restype = ctypes.c_ulonglong
        return float(elapsed()) / 1000 - awake.value / 10_000_000
    return 0.0
