"""Ids that one section names and another declares, compared when all of the file is read.

To name nobody is no error: the file applies without what is missing, and works once that is there.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from backend.services.definitions import readers
from backend.services.definitions.faults import nearest
from backend.services.definitions.place import Noun, Place, Reader, Reading

_SECTIONS: Mapping[Noun, str] = {"service": "services", "module": "modules", "budget": "usage"}


def id_of(noun: Noun) -> Reader[str]:
    """Reads the id of something that another section declares."""

    def read(place: Place) -> str | None:
        value = readers.one_line(place)
        if value is not None:
            place.refers_to(noun, value)
        return value

    return read


def check_references(reading: Reading, sections: Collection[str]) -> None:
    """`sections` are those that the file has. Where one does not say what it declares, nobody can tell."""
    for noun, name, place in reading.referred:
        known = reading.declared.get(noun, None if _SECTIONS[noun] in sections else ())
        if known is None or name in known:
            continue
        meant = nearest(name, known)
        hint = f"Did you mean `{meant}`?" if meant else f"There is: {', '.join(known) or f'no {noun} yet'}"
        place.warning(f"there is no {noun} {place.kind}", hint)
