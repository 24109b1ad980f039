"""What of the address of a target nobody may see."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import unquote

from backend.core.secrets import hide, worth_hiding

_BETWEEN = re.compile(r"[/?&=@:#,]")


def secrets_of(url: str) -> Iterator[str]:
    """What of an address nobody may see: the whole, the password, and each part that looks like a key."""
    if "://" not in url or url.lower() == "desktop://":
        return
    yield url
    rest = url.partition("://")[2]
    if "@" in rest:
        user = rest.rpartition("@")[0]
        yield from (unquote(user.partition(":")[2]), user.partition(":")[2])
    for part in _parts(url):
        if _like_a_key(part):
            yield from (part, unquote(part))


def without_parts(url: str, text: str) -> str:
    """What a library says of an address, without any part of it but the names of hosts: the name of a room may be all
    that keeps it closed."""
    parts = (part for part in _parts(url) if "." not in part or _like_a_key(part))
    return hide(text, [url, *filter(worth_hiding, parts)])


def _parts(url: str) -> list[str]:
    return _BETWEEN.split(url.partition("://")[2])


def _like_a_key(part: str) -> bool:
    """Long, and neither a word nor the name of a host."""
    if "." in part:
        return len(part) >= 20 and any(letter.isupper() for letter in part)
    return len(part) >= 8 and any(not letter.islower() and letter not in "-_" for letter in part)
