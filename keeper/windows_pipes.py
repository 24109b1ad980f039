"""The keeper's named pipe: for this user only, never waits for a client.

All handles are overlapped: on a synchronous one a pending read would hold up every write. Each client has a thread that
reads and one that writes; what they see goes into the host's queue of news.
"""

from __future__ import annotations

import _winapi
import ctypes
import itertools
import logging
import queue
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from ctypes import wintypes

assert sys.platform == "win32"

from keeper.host import Connected, Disconnected, Happening, Received
from keeper.protocol import MAX_LINE
from keeper.windows_api import advapi32, check, kernel32

log = logging.getLogger("keeper")

_DUPLEX_OVERLAPPED = 3 | 0x4000_0000
_FIRST_INSTANCE = 0x8_0000  # refused while another process serves this name
_BYTES_LOCAL_ONLY = 8
_INSTANCES = 255  # with fewer, a connecting daemon would retry for ever while all are taken
_BUFFER = 1 << 16
_TOKEN_QUERY, _TOKEN_USER = 8, 1


class _SecurityAttributes(ctypes.Structure):
    _fields_ = [("length", wintypes.DWORD), ("descriptor", ctypes.c_void_p), ("inherit", wintypes.BOOL)]


class _Client:
    """One connection. The reading thread owns the handle and closes it when the writing one is done."""

    def __init__(self, number: int, pipe: int, tell: Callable[[Happening], None]) -> None:
        self._number = number
        self._pipe = pipe
        self._tell = tell
        self._outbox: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._unsent = 0
        self._lock = threading.Lock()
        pid = wintypes.ULONG()
        kernel32.GetNamedPipeClientProcessId(pipe, ctypes.byref(pid))
        self.pid: int | None = pid.value or None
        self._writer = threading.Thread(target=self._write, name=f"to client {number}", daemon=True)
        self._reader = threading.Thread(target=self._read, name=f"from client {number}", daemon=True)

    def start(self) -> None:
        self._tell(Connected(self._number))
        self._writer.start()
        self._reader.start()

    def send(self, data: bytes) -> None:
        with self._lock:
            self._unsent += len(data)
        self._outbox.put(data)

    @property
    def clear(self) -> bool:
        return self._unsent == 0

    def hang_up(self) -> None:
        """After all that was sent has been taken."""
        self._outbox.put(None)

    def _read(self) -> None:
        received = bytearray()
        with suppress(OSError):  # the client is gone, or we hung up
            while len(received) <= MAX_LINE:
                pending, _ = _winapi.ReadFile(self._pipe, _BUFFER, overlapped=True)
                count, _ = pending.GetOverlappedResult(True)
                received += (pending.getbuffer() or b"")[:count]
                *lines, rest = received.split(b"\n")
                received = bytearray(rest)
                for line in lines:
                    self._tell(Received(self._number, bytes(line)))
        self._tell(Disconnected(self._number))
        self._outbox.put(None)
        self._writer.join()
        kernel32.CloseHandle(self._pipe)

    def _write(self) -> None:
        with suppress(OSError):
            while (data := self._outbox.get()) is not None:
                for at in range(0, len(data), _BUFFER):
                    pending, _ = _winapi.WriteFile(self._pipe, data[at : at + _BUFFER], overlapped=True)
                    pending.GetOverlappedResult(True)
                with self._lock:
                    self._unsent -= len(data)
            kernel32.FlushFileBuffers(self._pipe)
        self._unsent = 0
        kernel32.DisconnectNamedPipe(self._pipe)


class PipeServer:
    """`tell` is called from several threads."""

    def __init__(self, address: str, tell: Callable[[Happening], None]) -> None:
        self._address = address
        self._tell = tell
        self._clients: dict[int, _Client] = {}
        self._numbers = itertools.count(1)
        self._closing = False
        first = self._instance(_FIRST_INSTANCE)
        threading.Thread(target=self._accept, args=(first,), name="accept", daemon=True).start()

    def send(self, client: int, data: bytes) -> None:
        if (known := self._clients.get(client)) is not None:
            known.send(data)

    def clear(self, client: int) -> bool:
        known = self._clients.get(client)
        return known is None or known.clear

    def hang_up(self, client: int) -> None:
        if (known := self._clients.get(client)) is not None:
            known.hang_up()

    def peer_pid(self, client: int) -> int | None:
        known = self._clients.get(client)
        return known.pid if known is not None else None

    def gone(self, client: int) -> None:
        """The host has seen its `Disconnected`."""
        self._clients.pop(client, None)

    def close(self) -> None:
        """The accepting thread and the handles end with the process; what was sent is given a moment to arrive."""
        self._closing = True
        for client in tuple(self._clients.values()):
            client.hang_up()
        for client in tuple(self._clients.values()):
            client._writer.join(0.5)

    def _accept(self, pipe: int) -> None:
        while not self._closing:
            try:
                _winapi.ConnectNamedPipe(pipe, overlapped=True).GetOverlappedResult(True)
            except OSError:  # the client left between its connecting and our looking
                _winapi.CloseHandle(pipe)
                pipe = self._next_instance()
                continue
            number = next(self._numbers)
            self._clients[number] = client = _Client(number, pipe, self._tell)
            pipe = self._next_instance()  # another can connect before this one is served
            client.start()

    def _next_instance(self) -> int:
        while True:
            try:
                return self._instance()
            except OSError as error:  # all are taken, or memory is short: a keeper that nobody reaches helps nobody
                log.warning("no further connection for now: %s", error)
                time.sleep(1)

    def _instance(self, first: int = 0) -> int:
        with _for_this_user_only() as security:
            return _winapi.CreateNamedPipe(
                self._address, _DUPLEX_OVERLAPPED | first, _BYTES_LOCAL_ONLY, _INSTANCES, _BUFFER, _BUFFER, 0, security
            )


@contextmanager
def _for_this_user_only() -> Iterator[int]:
    """The address of security attributes that admit this user and the system.

    By the user's own SID: "the owner" would be the administrators where the keeper was started elevated, and shut out
    the same user's unelevated daemon. Without a descriptor Windows lets everyone read.
    """
    text = f"D:P(A;;GA;;;{_user_sid()})(A;;GA;;;SY)"
    descriptor = ctypes.c_void_p()
    check(
        advapi32.ConvertStringSecurityDescriptorToSecurityDescriptorW(text, 1, ctypes.byref(descriptor), None),
        "security descriptor of the pipe",
    )
    try:
        attributes = _SecurityAttributes(ctypes.sizeof(_SecurityAttributes), descriptor, False)
        yield ctypes.addressof(attributes)
    finally:
        kernel32.LocalFree(descriptor)


def _user_sid() -> str:
    token = wintypes.HANDLE()
    check(
        advapi32.OpenProcessToken(kernel32.GetCurrentProcess(), _TOKEN_QUERY, ctypes.byref(token)), "OpenProcessToken"
    )
    try:
        user = ctypes.create_string_buffer(256)
        size = wintypes.DWORD()
        check(
            advapi32.GetTokenInformation(token, _TOKEN_USER, user, len(user), ctypes.byref(size)),
            "GetTokenInformation",
        )
    finally:
        kernel32.CloseHandle(token)
    text = wintypes.LPWSTR()
    sid = ctypes.c_void_p.from_buffer(user).value  # TOKEN_USER begins with the pointer to the SID
    check(advapi32.ConvertSidToStringSidW(sid, ctypes.byref(text)), "ConvertSidToStringSid")
    try:
        return str(text.value)
    finally:
        kernel32.LocalFree(text)
