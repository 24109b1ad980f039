"""The graphics adapters of Windows: by DXGI their names and memory, by the kernel's own door where they sit."""

from __future__ import annotations

import ctypes
import sys
import uuid
from ctypes import wintypes
from typing import Any

assert sys.platform == "win32"

from backend.services.system.gpu.adapters import Adapter
from backend.services.system.gpu.instances import luid_of

_FACTORY = uuid.UUID("770aae78-f26f-4dba-a829-253c83d1b387")  # IDXGIFactory1
_RELEASE, _GET_DESC, _ENUM_ADAPTERS, _IS_CURRENT = 2, 10, 12, 13  # places in the tables of methods
_SOFTWARE = 2
_ADDRESS = 6  # KMTQAITYPE_ADAPTERADDRESS
_MOST_BUSES = 256


class _Luid(ctypes.Structure):
    _fields_ = (("low", wintypes.DWORD), ("high", wintypes.LONG))


class _Description(ctypes.Structure):
    _fields_ = (
        ("name", wintypes.WCHAR * 128),
        ("vendor", wintypes.UINT),
        ("device", wintypes.UINT),
        ("subsystem", wintypes.UINT),
        ("revision", wintypes.UINT),
        ("dedicated_video", ctypes.c_size_t),
        ("dedicated_system", ctypes.c_size_t),
        ("shared_system", ctypes.c_size_t),
        ("luid", _Luid),
        ("flags", wintypes.UINT),
    )


class _OpenFromLuid(ctypes.Structure):
    _fields_ = (("luid", _Luid), ("adapter", wintypes.UINT))


class _Query(ctypes.Structure):
    _fields_ = (
        ("adapter", wintypes.UINT),
        ("kind", ctypes.c_int),
        ("data", ctypes.c_void_p),
        ("size", wintypes.UINT),
    )


class _Address(ctypes.Structure):
    _fields_ = (("bus", wintypes.UINT), ("device", wintypes.UINT), ("function", wintypes.UINT))


class Adapters:
    """Looked up again when Windows says that they have changed. Raises `OSError` where there is no DXGI."""

    def __init__(self) -> None:
        self._create = ctypes.WinDLL("dxgi").CreateDXGIFactory1
        self._factory = ctypes.c_void_p()
        self._found: list[Adapter] = []

    def present(self) -> list[Adapter]:
        if not self._factory or not _method(self._factory, _IS_CURRENT, wintypes.BOOL)():
            self.close()
            self._open()
            self._found = self._look()
        return self._found

    def close(self) -> None:
        if self._factory:
            _method(self._factory, _RELEASE, wintypes.ULONG)()
        self._factory = ctypes.c_void_p()

    def _open(self) -> None:
        wanted = (ctypes.c_byte * 16).from_buffer_copy(_FACTORY.bytes_le)
        if status := self._create(wanted, ctypes.byref(self._factory)):
            self._factory = ctypes.c_void_p()
            raise OSError(f"CreateDXGIFactory1 answers {status & 0xFFFF_FFFF:#x}")

    def _look(self) -> list[Adapter]:
        """One for each slot: a card that several displays share may be told several times."""
        next_one = _method(self._factory, _ENUM_ADAPTERS, ctypes.c_long, wintypes.UINT, ctypes.c_void_p)
        found: dict[str | int, Adapter] = {}
        adapter, index = ctypes.c_void_p(), 0
        while next_one(index, ctypes.byref(adapter)) == 0:
            one = _describe(adapter)
            _method(adapter, _RELEASE, wintypes.ULONG)()
            if one is not None:
                found.setdefault(one.slot or one.luid, one)
            index += 1
        return list(found.values())


def _describe(adapter: ctypes.c_void_p) -> Adapter | None:
    """None for what draws by the processor."""
    told = _Description()
    status = _method(adapter, _GET_DESC, ctypes.c_long, ctypes.c_void_p)(ctypes.byref(told))
    if status != 0 or told.flags & _SOFTWARE:
        return None
    luid = luid_of(told.luid.high, told.luid.low)
    return Adapter(luid, _slot(told.luid), told.vendor, told.name, told.dedicated_video)


def _slot(luid: Any) -> str | None:
    """As other systems write it: `0000:01:00.0`. A part of a card that a virtual machine has sits nowhere."""
    gdi = ctypes.WinDLL("gdi32")
    opened = _OpenFromLuid(luid, 0)
    try:
        if gdi.D3DKMTOpenAdapterFromLuid(ctypes.byref(opened)) != 0:
            return None
    except AttributeError:
        return None
    address = _Address()
    query = _Query(opened.adapter, _ADDRESS, ctypes.addressof(address), ctypes.sizeof(address))
    told = gdi.D3DKMTQueryAdapterInfo(ctypes.byref(query)) == 0
    gdi.D3DKMTCloseAdapter(ctypes.byref(wintypes.UINT(opened.adapter)))
    if not told or address.bus >= _MOST_BUSES:
        return None
    return f"0000:{address.bus:02x}:{address.device:02x}.{address.function}"


def _method(thing: ctypes.c_void_p, place: int, result: Any, *arguments: Any) -> Any:
    """One of an object's methods, to be called without the object."""
    table = ctypes.cast(thing, ctypes.POINTER(ctypes.POINTER(ctypes.c_void_p))).contents
    called = ctypes.WINFUNCTYPE(result, ctypes.c_void_p, *arguments)(table[place])
    return lambda *given: called(thing, *given)
