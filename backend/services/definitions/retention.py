"""The `retention` section: how long things are kept. Each area reads its own entry."""

from __future__ import annotations

from collections.abc import Mapping
from math import inf
from typing import Any, TypeVar

from backend.services.definitions import readers, values
from backend.services.definitions.faults import listed, nearest
from backend.services.definitions.load import SectionLoader
from backend.services.definitions.place import Place, Reader
from backend.services.definitions.values import WrongValue

T = TypeVar("T")


_HINT = "Write a number with s, m, h, d or y, such as 90d, or never: then all of it is kept"


def _seconds(text: str) -> float:
    try:
        return inf if text == "never" else values.duration(text)
    except WrongValue as wrong:
        raise WrongValue(str(wrong), _HINT) from wrong


age = readers.quantity(_seconds, "a duration", above_zero=_HINT)
"""For how many seconds something is kept; infinitely long for `never`."""


def kept(sections: Mapping[str, Any], name: str, usual: T) -> T:
    """What the configuration says of keeping this; `usual` where it says nothing."""
    entry: T | None = (sections.get("retention") or {}).get(name)
    return usual if entry is None else entry


def retention(readers: Mapping[str, Reader[Any]]) -> SectionLoader:
    """A loader that gives what the readers make of their entries. An entry that nobody reads harms nothing: all of that
    is kept."""

    def load(place: Place) -> Mapping[str, Any]:
        fields = place.fields(None)
        if fields is None:
            return {}
        for name in fields:
            if name not in readers:
                meant = nearest(name, readers)
                hint = f"Did you mean `{meant}`?" if meant else f"There is {listed(readers)}; all else is kept"
                fields.key(name).warning(f"`{name}` is nothing whose keeping can be set", hint)
        return {name: fields.get(name, read, None) for name, read in readers.items()}

    return load
