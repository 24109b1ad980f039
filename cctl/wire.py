"""One HTTP request to the daemon of this machine.

By hand over the socket: `http.client` takes longer to import than everything else that a command does together, and of
HTTP a loopback needs little. Requests are HTTP/1.0, so an answer ends where its connection ends.
"""

from __future__ import annotations

import json
import socket
from typing import Any

from cctl.failure import NOT_RUNNING, Failure

CONNECT_SECONDS = 3.0
MOST_HEAD = 1 << 16


class Api:
    """`address` as the daemon wrote it, e.g. `http://127.0.0.1:8080`; `token` is empty where it wants none."""

    def __init__(self, address: str, token: str) -> None:
        self.address = address
        self.token = token
        host, _, port = address.removeprefix("http://").rpartition(":")
        self.authority = f"{host}:{port}"
        self._place = (host.strip("[]"), int(port))

    def get(self, path: str, *, seconds: float = 10, **query: Any) -> Any:
        return self.ask("GET", path, seconds=seconds, **query)

    def ask(self, method: str, path: str, *, seconds: float, body: Any = None, **query: Any) -> Any:
        """The JSON of a success. Raises `Failure`, with the daemon's problem document where it refused."""
        status, answer = self.answer(method, path, seconds=seconds, body=body, **query)
        if status >= 400:
            raise Failure.of_problem(status, answer)
        return answer

    def answer(self, method: str, path: str, *, seconds: float, body: Any = None, **query: Any) -> tuple[int, Any]:
        """Status and JSON (None where the answer is no JSON). `seconds` is how long each piece may take to come."""
        data = b"" if body is None else json.dumps(body).encode()
        kind = "Content-Type: application/json\r\n" if data else ""
        head = f"{method} {_target(path, query)} HTTP/1.0\r\n{self.headers()}{kind}Content-Length: {len(data)}\r\n\r\n"
        with self.connect() as connection:
            connection.settimeout(seconds)
            try:
                connection.sendall(head.encode("latin-1") + data)
                return _read(connection)
            except OSError as error:
                raise self.away(error) from error

    def headers(self) -> str:
        return f"Host: {self.authority}\r\n" + (f"Authorization: Bearer {self.token}\r\n" if self.token else "")

    def connect(self) -> socket.socket:
        family = socket.AF_INET6 if ":" in self._place[0] else socket.AF_INET
        connection = socket.socket(family, socket.SOCK_STREAM)
        connection.settimeout(CONNECT_SECONDS)
        try:
            connection.connect(self._place)
        except OSError as error:
            connection.close()
            raise self.away(error) from error
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return connection

    def away(self, error: OSError) -> Failure:
        reason = "not in time" if isinstance(error, TimeoutError) else error.strerror or str(error)
        return Failure(
            NOT_RUNNING, f"The daemon at {self.address} does not answer ({reason}). See `cctl daemon status`."
        )


def _target(path: str, query: dict[str, Any]) -> str:
    if not query:
        return path
    from urllib.parse import urlencode

    return f"{path}?{urlencode({name: value for name, value in query.items() if value is not None}, doseq=True)}"


def read_head(connection: socket.socket) -> tuple[int, dict[str, str], bytes]:
    """Status, headers by lower-case name, and what came behind them. Raises `OSError`."""
    data = b""
    while b"\r\n\r\n" not in data:
        piece = connection.recv(65536)
        if not piece or len(data) > MOST_HEAD:
            raise ConnectionError("it closed the connection without an answer")
        data += piece
    head, _, rest = data.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    pairs = (line.partition(":") for line in lines)
    return int(first.split()[1]), {name.lower(): value.strip() for name, _, value in pairs}, rest


def _read(connection: socket.socket) -> tuple[int, Any]:
    status, headers, rest = read_head(connection)
    pieces = [rest]
    while piece := connection.recv(1 << 20):
        pieces.append(piece)
    body = b"".join(pieces)
    if len(body) < int(headers.get("content-length", 0)):
        raise ConnectionError("it closed the connection in the middle of an answer")
    return status, json.loads(body) if "json" in headers.get("content-type", "") else None
