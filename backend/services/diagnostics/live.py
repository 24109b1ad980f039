"""Asks a running daemon as any client would: does each address answer, how fast, with what? Standard library only.

Reads only: nothing is started, stopped or changed.
"""

from __future__ import annotations

import json
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

PREVIEW = 90


@dataclass(frozen=True)
class Answer:
    """`status` 0: there was none, `preview` says why. `body` is decoded JSON, or None; `seconds` till it was read."""

    path: str
    status: int
    seconds: float
    preview: str
    body: Any = None

    @property
    def ok(self) -> bool:
        return 200 <= self.status < 300


class Live:
    """`address` like `http://127.0.0.1:8080`; `token` is API_TOKEN, or empty."""

    def __init__(self, address: str, token: str = "", seconds: float = 10.0) -> None:
        self._address = address.rstrip("/")
        self._headers = {"Accept": "application/json"} | ({"Authorization": f"Bearer {token}"} if token else {})
        self._seconds = seconds

    def get(self, path: str) -> Answer:
        request = urllib.request.Request(self._address + path, headers=self._headers)  # noqa: S310 - the person's own
        started = time.monotonic()
        try:
            with urllib.request.urlopen(request, timeout=self._seconds) as response:  # noqa: S310
                status, text = response.status, response.read().decode(errors="replace")
        except urllib.error.HTTPError as error:
            status, text = error.code, error.read().decode(errors="replace")
        except (OSError, ValueError) as error:
            return Answer(path, 0, time.monotonic() - started, str(getattr(error, "reason", error)))
        body = _decoded(text)
        return Answer(path, status, time.monotonic() - started, _preview(body, text), body)

    def every(self) -> Iterator[Answer]:
        """One answer after the other, for what is fixed and then for each service."""
        for path in ("/health", "/", "/openapi.json", "/docs", "/api/system/stats", "/api/system/processes?limit=5"):
            answer = self.get(path)
            yield answer
            if answer.status == 0:
                return
        for path in ("/api/system/ports", "/api/system/info", "/api/config", "/api/events?limit=5", "/api/diagnostics"):
            yield self.get(path)
        services = self.get("/api/services")
        yield services
        for service in services.body["services"] if services.ok else ():
            name = urllib.parse.quote(service["id"], safe="")
            for path in ("", "/status", "/logs?lines=5"):
                yield self.get(f"/api/services/{name}{path}")


def _decoded(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return None


def _preview(body: Any, text: str) -> str:
    if isinstance(body, dict):
        parts = (f"{key}: {_short(value)}" for key, value in body.items() if key != "timestamp")
        text = ", ".join(parts)
    line = " ".join(text.split())
    return line if len(line) <= PREVIEW else f"{line[: PREVIEW - 1]}…"


def _short(value: Any) -> str:
    if isinstance(value, list):
        return f"[{len(value)}]"
    if isinstance(value, dict):
        return f"{{{', '.join(list(value)[:4])}{', …' if len(value) > 4 else ''}}}"
    return str(value)
