"""Performance counters of Windows, asked by their English names: they are translated otherwise."""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Callable
from ctypes import wintypes
from typing import Any

assert sys.platform == "win32"

_NOT_CAPPED = 0x8000
_AS_FLOAT = 0x200
_MORE_DATA = 0x8000_07D2
_VALID = (0x0, 0x1)  # valid, and new since the reading before


class _Value(ctypes.Structure):
    _fields_ = (("status", wintypes.DWORD), ("number", ctypes.c_double))


class _Item(ctypes.Structure):
    _fields_ = (("name", wintypes.LPWSTR), ("value", _Value))


class CountersAbsent(OSError):
    """This Windows counts no such thing."""


class Counters:
    """Several counters with all their instances, read together. Raises `CountersAbsent` where one is not there."""

    def __init__(self, *paths: str) -> None:
        self._pdh = ctypes.WinDLL("pdh")
        self._query = wintypes.HANDLE()
        self._check("PdhOpenQueryW", None, None, ctypes.byref(self._query))
        try:
            self._counters = {path: self._add(path) for path in paths}
        except CountersAbsent:
            self.close()
            raise

    def read(self) -> dict[str, dict[str, float]]:
        """By path and instance; empty where nothing is counted just now."""
        collected = self._call("PdhCollectQueryData")(self._query) == 0
        return {path: self._values(counter) if collected else {} for path, counter in self._counters.items()}

    def close(self) -> None:
        self._call("PdhCloseQuery")(self._query)

    def _add(self, path: str) -> wintypes.HANDLE:
        counter = wintypes.HANDLE()
        self._check("PdhAddEnglishCounterW", self._query, path, None, ctypes.byref(counter))
        return counter

    def _values(self, counter: wintypes.HANDLE) -> dict[str, float]:
        """Instances come and go between asking for the size and asking for them: then it is asked again."""
        size, count = wintypes.DWORD(0), wintypes.DWORD(0)
        ask = self._call("PdhGetFormattedCounterArrayW")
        buffer: Any = None
        while (
            status := ask(counter, _AS_FLOAT | _NOT_CAPPED, ctypes.byref(size), ctypes.byref(count), buffer)
        ) == _MORE_DATA:
            buffer = ctypes.create_string_buffer(size.value)
        if status != 0 or buffer is None:
            return {}
        items = ctypes.cast(buffer, ctypes.POINTER(_Item))
        found: dict[str, float] = {}
        for item in items[: count.value]:
            if item.value.status in _VALID:
                found[item.name] = found.get(item.name, 0.0) + item.value.number
        return found

    def _check(self, function: str, *arguments: Any) -> None:
        if status := self._call(function)(*arguments):
            raise CountersAbsent(f"{function} answers {status:#x}")

    def _call(self, function: str) -> Callable[..., int]:
        called: Any = getattr(self._pdh, function)
        called.restype = wintypes.DWORD
        return called  # type: ignore[no-any-return]
