"""Looks at an answer while it passes: which model wrote it, what it used, and when the first words came.

It gets a copy of each block after that has gone on to the client, and whatever is wrong with it is nobody's trouble but
the ledger's. What is compressed is unpacked here; what is neither JSON nor a stream of it is not looked at.
"""

from __future__ import annotations

import json
import re
import zlib
from collections import deque
from typing import Any, Protocol

from backend.services.usage.answers import model_in, together, used_in
from backend.services.usage.model import Used

WHOLE = 1 << 18  # bytes of a document that is read as it is; of a longer one only its beginning and its end
TAIL = 1 << 16
MOST_LINE = 1 << 20  # bytes of one event
MOST_UNPACKED = 1 << 20  # bytes at once

_STREAMS = {"text/event-stream", "application/x-ndjson", "application/jsonl", "application/stream+json"}
_WORDS = re.compile(rb'"(?:content|text|delta|response|thinking|reasoning_content|partial_json|arguments)"\s*:\s*"[^"]')
_TELLING = re.compile(rb'"(?:usage|usageMetadata)"\s*:\s*\{|"eval_count"\s*:')
# Not in a text, where the quote has a backslash. That is looked at behind the quote: a pattern that begins with a
# letter of its own is searched for many times as quickly.
_USAGE = re.compile(r'"(?<!\\")(?:usage|usageMetadata)"\s*:\s*(?=\{)')
_MODEL = re.compile(r'"(?<!\\")model"\s*:\s*"([^"\\]{1,200})"')


class Unpacker(Protocol):
    @property
    def unconsumed_tail(self) -> bytes: ...
    def decompress(self, data: bytes, max_length: int = 0, /) -> bytes: ...


class Observer:
    """`words` is set once the first words of a stream have passed."""

    def __init__(self, content_type: str, content_encoding: str) -> None:
        kind = content_type.partition(";")[0].strip().lower()
        self.streamed = kind in _STREAMS
        self.words = False
        self._json = kind == "application/json" or kind.endswith("+json")
        encoding = content_encoding.strip().lower()
        self._unpacker = _unpacker(encoding)
        packed = self._unpacker is None and encoding not in {"", "identity"}
        self._blind = packed or not (self.streamed or self._json)
        self._used: Used | None = None
        self._model: str | None = None
        self._line = b""
        self._head = bytearray()
        self._tail: deque[bytes] = deque()
        self._tail_size = 0

    def feed(self, block: bytes) -> None:
        if self._blind:
            return
        take = self._feed_lines if self.streamed else self._keep
        if self._unpacker is None:
            take(block)
            return
        try:
            while block:
                take(self._unpacker.decompress(block, MOST_UNPACKED))
                block = self._unpacker.unconsumed_tail
        except zlib.error:
            self._blind = True

    def result(self) -> tuple[str | None, Used | None]:
        """The model and what was used, as far as the answer has told by now."""
        if self.streamed:
            self._event(self._line)
        elif self._json and not self._blind:
            self._read_document()
        return self._model, self._used

    # Streams

    def _feed_lines(self, block: bytes) -> None:
        if not self.words and _WORDS.search(block):
            self.words = True
        data = self._line + block if self._line else block
        end = data.rfind(b"\n") + 1
        whole, rest = data[:end], data[end:]
        if self._may_tell(whole):
            for line in whole.split(b"\n"):
                self._event(line)
        self._line = rest if len(rest) <= MOST_LINE else b""

    def _may_tell(self, text: bytes) -> bool:
        return self._model is None or _TELLING.search(text) is not None

    def _event(self, line: bytes) -> None:
        """Only what can tell something is parsed: the first event, and those with figures."""
        if not self._may_tell(line):
            return
        document = _document(line.removeprefix(b"data:"))
        if document is not None:
            self._take(document)

    def _take(self, document: dict[str, Any]) -> None:
        self._used = together(self._used, used_in(document))
        self._model = model_in(document) or self._model

    # Documents

    def _keep(self, block: bytes) -> None:
        if len(self._head) + len(block) <= WHOLE and not self._tail:
            self._head += block
            return
        if not self._tail:
            self._head += block[: WHOLE - len(self._head)]
        self._tail.append(block)
        self._tail_size += len(block)
        while self._tail_size - len(self._tail[0]) >= TAIL:
            self._tail_size -= len(self._tail.popleft())

    def _read_document(self) -> None:
        if not self._tail:
            document = _document(bytes(self._head))
            if document is not None:
                self._take(document)
            return
        beginning = self._head.decode("utf-8", "replace")
        end = b"".join(self._tail)[-TAIL:].decode("utf-8", "replace")
        found = _MODEL.search(end) or _MODEL.search(beginning[:TAIL])
        self._model = found[1] if found else None
        for place in reversed(list(_USAGE.finditer(end))):
            try:
                raw, _ = json.JSONDecoder().raw_decode(end, place.end())
            except (ValueError, RecursionError):
                continue
            self._take({"usage": raw, "usageMetadata": raw if "promptTokenCount" in raw else None})
            return


def _unpacker(encoding: str) -> Unpacker | None:
    match encoding:
        case "gzip" | "x-gzip":
            return zlib.decompressobj(zlib.MAX_WBITS | 16)
        case "deflate":
            return zlib.decompressobj()
        case _:
            return None


def _document(text: bytes) -> dict[str, Any] | None:
    text = text.strip()
    if not text.startswith(b"{"):
        return None
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None
