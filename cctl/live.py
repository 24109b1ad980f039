"""A WebSocket client for text messages of the daemon (RFC 6455, without extensions): following without polling."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import struct
import time
from collections.abc import Iterator
from typing import Any

from cctl.failure import Failure
from cctl.wire import Api, read_head

LOOK_UP = 0.5  # seconds: Windows tells a blocked program of Ctrl+C only when it looks up
_MAGIC = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
_TEXT, _CLOSE, _PING, _PONG = 1, 8, 9, 10


class Ended(Exception):
    """The daemon closed the connection, or has gone."""


class Socket:
    """Use as a context manager. Raises `Failure` where the daemon does not answer or refuses."""

    def __init__(self, api: Api, path: str) -> None:
        self._connection = api.connect()
        self._data = b""
        try:
            self._shake_hands(api, path)
        except OSError as error:
            self._connection.close()
            raise api.away(error) from error
        except BaseException:
            self._connection.close()
            raise
        self._connection.settimeout(LOOK_UP)

    def __enter__(self) -> Socket:
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def _shake_hands(self, api: Api, path: str) -> None:
        key = base64.b64encode(os.urandom(16)).decode()
        self._connection.sendall(
            f"GET {path} HTTP/1.1\r\n{api.headers()}Upgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n".encode("latin-1")
        )
        status, headers, self._data = read_head(self._connection)
        if status == 403:
            raise Failure.of_problem(401, {"detail": "token needed"})
        if status != 101:
            raise ConnectionError(f"status {status}")
        wanted = base64.b64encode(hashlib.sha1((key + _MAGIC).encode(), usedforsecurity=False).digest()).decode()
        if headers.get("sec-websocket-accept") != wanted:
            raise ConnectionError("what answers there is no WebSocket server")

    def send(self, message: Any) -> None:
        self._send(_TEXT, json.dumps(message).encode())

    def messages(self, until: float | None = None) -> Iterator[Any]:
        """JSON of each message, until the monotonic time `until`. Raises `Ended`."""
        parts: list[bytes] = []
        while (frame := self._frame(until)) is not None:
            final, kind, payload = frame
            if kind == _CLOSE:
                raise Ended
            if kind == _PING:
                self._send(_PONG, payload)
            elif kind < _CLOSE:
                parts.append(payload)
                if final:
                    yield json.loads(b"".join(parts))
                    parts = []

    def _frame(self, until: float | None) -> tuple[bool, int, bytes] | None:
        if (head := self._take(2, until)) is None:
            return None
        length = head[1] & 0x7F
        if length >= 126:
            length = int.from_bytes(self._take(2 if length == 126 else 8) or b"", "big")
        return bool(head[0] & 0x80), head[0] & 0x0F, self._take(length) or b""

    def _take(self, size: int, until: float | None = None) -> bytes | None:
        """Exactly `size` bytes, or nothing when it is `until` before they began to come."""
        pieces, there = [self._data], len(self._data)
        while there < size:
            try:
                piece = self._connection.recv(1 << 18)
            except TimeoutError:
                if until is not None and time.monotonic() >= until:
                    self._data = b"".join(pieces)
                    return None
                continue
            except OSError as error:
                raise Ended from error
            if not piece:
                raise Ended
            pieces.append(piece)
            there += len(piece)
        data = b"".join(pieces)
        self._data = data[size:]
        return data[:size]

    def _send(self, kind: int, payload: bytes) -> None:
        size = len(payload)
        head = (
            struct.pack("!BB", 0x80 | kind, 0x80 | size) if size < 126 else struct.pack("!BBH", 0x80 | kind, 254, size)
        )
        mask = os.urandom(4)
        masked = bytes(byte ^ mask[at % 4] for at, byte in enumerate(payload))
        try:
            self._connection.sendall(head + mask + masked)
        except OSError as error:
            raise Ended from error
