"""The values that nobody may see, and how they are struck out of all that is shown, told, stored or logged.

One `Secrets` is made for a daemon and handed to everything that speaks. It goes by value: whatever path a secret took
into a text (a command line, a reason, a traceback), it does not leave by it. What a tool writes into its own log is not
its business: that file is the tool's.
"""

from __future__ import annotations

import json
import re
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Iterable, Iterator
from threading import Lock
from typing import Any
from urllib.parse import quote, quote_plus

HIDDEN = "•••"
_COMMON = {
    *("true", "false", "none", "null", "localhost", "127.0.0.1", "0.0.0.0"),  # noqa: S104  # a word, not an address to bind
    *("debug", "info", "warning", "error", "critical", "text", "file"),  # which our own answers are made of too
}
_LINE = 8  # characters that a line of a secret must have to be one by itself
_LEAST_ENCODED = 8  # characters in base 64: less may stand there by chance
_SHORT_NUMBER = re.compile(r"\d{1,5}")


def worth_hiding(value: str) -> bool:
    """Whether it can be struck out wherever it stands: a port or a `true` would take half of every text along."""
    return len(value) >= 4 and value.lower() not in _COMMON and not _SHORT_NUMBER.fullmatch(value)


def hide(text: str, secrets: Iterable[str]) -> str:
    """`text` with every secret struck out, the longest first."""
    for secret in sorted(secrets, key=len, reverse=True):
        if secret in text:
            text = text.replace(secret, HIDDEN)
    return text


class Secrets:
    """Every secret known so far. Values come and never go: an old one may stand in what is still to be shown.

    For any thread.
    """

    def __init__(self, values: Iterable[str] = ()) -> None:
        self._adding = Lock()
        self._values: frozenset[str] = frozenset()
        self._forms: tuple[str, ...] = ()  # as they may stand in a text, the longest first
        self._encoded: tuple[str, ...] = ()  # the same in base 64
        self.add(values)

    def __contains__(self, value: object) -> bool:
        return value in self._values

    def add(self, values: Iterable[str]) -> None:
        """Those that are not `worth_hiding` are left out."""
        with self._adding:
            known = self._values.union(filter(worth_hiding, values))
            if known != self._values:
                self._values = known
                self._forms = tuple(sorted({form for value in known for form in _forms(value)}, key=len, reverse=True))
                encoded = {form for value in known for form in _in_base_64(value)}
                self._encoded = tuple(sorted(encoded, key=len, reverse=True))

    def hide(self, text: str) -> str:
        """`text` with every secret struck out, also where it stands escaped, as in JSON, addresses and tracebacks."""
        for form in self._forms:
            if form in text:
                text = text.replace(form, HIDDEN)
        return text

    def hidden_and_counted(self, text: str) -> tuple[str, int]:
        """The same as `hide`, also where one stands in base 64, and how many were struck out."""
        count = 0
        for form in (*self._forms, *self._encoded):
            if form in text:
                count += text.count(form)
                text = text.replace(form, HIDDEN)
        return text, count

    def hide_in(self, value: Any) -> Any:
        """The same for each text in a value made of dicts, lists, tuples and plain values; keys stay."""
        if isinstance(value, str):
            return self.hide(value)
        if isinstance(value, dict):
            return {key: self.hide_in(part) for key, part in value.items()}
        if isinstance(value, (list, tuple)):
            return type(value)(self.hide_in(part) for part in value)
        return value


def _forms(value: str) -> Iterator[str]:
    yield value
    yield json.dumps(value)[1:-1]
    yield json.dumps(value, ensure_ascii=False)[1:-1]
    yield repr(value)[1:-1]
    yield quote(value, safe="")
    yield quote(value)
    yield quote_plus(value)
    if "\\" in value:  # as many tools write a path of Windows
        yield value.replace("\\", "/")
    if "\n" in value:  # what is read line by line has it in parts
        yield from (line for line in value.splitlines() if len(line) >= _LINE and worth_hiding(line))


def _in_base_64(value: str) -> Iterator[str]:
    """What there is of it wherever it stands in something that was encoded: three bytes are four characters, so there
    are three ways; characters that it shares with what is beside it are left out."""
    for before, shared in ((0, 0), (1, 2), (2, 3)):
        data = bytes(before) + value.encode("utf-8", "surrogatepass")
        for encode in (b64encode, urlsafe_b64encode):
            own = encode(data)[shared : len(data) * 8 // 6].decode()
            if len(own) >= _LEAST_ENCODED:
                yield own
