"""The `retention` section: how long things are kept. Each area reads its own entry."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from backend.services.definitions.faults import listed, nearest
from backend.services.definitions.load import SectionLoader
from backend.services.definitions.place import Place, Reader


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
