"""The keeper's Unix socket: for this user only, never waits for a client."""

from __future__ import annotations

import os
import selectors
import socket
import struct
from collections.abc import Iterator
from contextlib import suppress
from functools import partial

from keeper.host import Connected, Disconnected, Happening, Received
from keeper.protocol import MAX_LINE


class _Client:
    def __init__(self, connection: socket.socket) -> None:
        self.connection = connection
        self.received = bytearray()
        self.unsent = bytearray()
        self.waits = False  # for room to send
        self.closing = False


class SocketServer:
    """Registers itself and its clients with the selector; the data of each key is called with the ready mask."""

    def __init__(self, selector: selectors.BaseSelector, address: str) -> None:
        self._selector = selector
        self._address = address
        self._clients: dict[int, _Client] = {}
        with suppress(FileNotFoundError):
            os.unlink(address)  # the claim on the data folder says that no other keeper uses it
        self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        mask = os.umask(0o177)
        try:
            self._listener.bind(address)
        finally:
            os.umask(mask)
        self._listener.listen(8)
        self._listener.setblocking(False)
        self._selector.register(self._listener, selectors.EVENT_READ, self._accept)

    def _accept(self, _: int) -> Iterator[Happening]:
        connection, _ = self._listener.accept()
        connection.setblocking(False)
        number = connection.fileno()
        self._clients[number] = _Client(connection)
        self._selector.register(connection, selectors.EVENT_READ, partial(self._serve, number))
        yield Connected(number)

    def _serve(self, number: int, mask: int) -> Iterator[Happening]:
        client = self._clients[number]
        if mask & selectors.EVENT_WRITE:
            self._flush(number)
        if not mask & selectors.EVENT_READ:
            return
        try:
            data = client.connection.recv(1 << 16)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        client.received += data
        if not data or len(client.received) > MAX_LINE:
            self._drop(number)
            yield Disconnected(number)
            return
        *lines, rest = client.received.split(b"\n")
        client.received = bytearray(rest)
        for line in lines:
            yield Received(number, bytes(line))

    def send(self, client: int, data: bytes) -> None:
        if client in self._clients:
            self._clients[client].unsent += data
            self._flush(client)

    def clear(self, client: int) -> bool:
        return client not in self._clients or not self._clients[client].unsent

    def hang_up(self, client: int) -> None:
        if client in self._clients:
            self._clients[client].closing = True
            self._flush(client)

    def _flush(self, number: int) -> None:
        client = self._clients[number]
        try:
            while client.unsent:
                del client.unsent[: client.connection.send(client.unsent)]
        except BlockingIOError:
            pass
        except OSError:
            client.unsent.clear()  # its end is told when it is read
        if client.closing and not client.unsent:
            self._drop(number)
            return
        if client.waits != bool(client.unsent):
            client.waits = not client.waits
            events = selectors.EVENT_READ | (selectors.EVENT_WRITE if client.waits else 0)
            self._selector.modify(client.connection, events, partial(self._serve, number))

    def _drop(self, number: int) -> None:
        client = self._clients.pop(number)
        self._selector.unregister(client.connection)
        client.connection.close()

    def peer_pid(self, client: int) -> int | None:
        if not hasattr(socket, "SO_PEERCRED") or client not in self._clients:
            return None
        size = struct.calcsize("3i")
        credentials = self._clients[client].connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, size)
        return int(struct.unpack("3i", credentials)[0]) or None

    def peers(self) -> set[int]:
        """Pids of those who talk to us, where the system tells them."""
        return {pid for client in self._clients if (pid := self.peer_pid(client)) is not None}

    def close(self) -> None:
        self._selector.unregister(self._listener)
        self._listener.close()
        with suppress(OSError):
            os.unlink(self._address)
        for number in tuple(self._clients):
            self._drop(number)
