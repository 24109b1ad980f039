"""The `knowledge` section of the configuration, read with every fault at its place."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from backend.services.definitions import readers, values
from backend.services.definitions.paths import folder
from backend.services.definitions.place import Fields, Place
from backend.services.knowledge.spec import CADENCES, TIERS, KnowledgeSpec, Tier
from backend.services.modules import rules
from backend.services.modules.rules import Cron, Every, WrongRule

KEYS = ("roots", "include", "exclude", "max_size", "rescan", "fetch", "cadences")
_MEANT = {
    **dict.fromkeys(("root", "folders", "folder", "paths", "path", "dirs", "directories"), "roots"),
    **dict.fromkeys(("ignore", "excludes"), "exclude"),
    **dict.fromkeys(("only", "includes", "patterns"), "include"),
    **dict.fromkeys(("schedule", "schedules", "cadence", "scan_schedule", "tiers"), "cadences"),
    **dict.fromkeys(("module", "fetcher"), "fetch"),
    "max_file_size": "max_size",
}
_LEAST_RESCAN = 10.0
_DEFAULT = KnowledgeSpec()

_roots = readers.one_or_more(folder, "[C:/notes]")
_patterns = readers.one_or_more(readers.one_line, '["*.md"]')


def knowledge_section(place: Place) -> KnowledgeSpec:
    fields = place.fields(KEYS, _MEANT)
    if fields is None:
        return KnowledgeSpec()
    if fields.lacks("roots"):
        fields.place.error("the knowledge base has no roots", "Write roots: [C:/notes], the folders that it is made of")
    return KnowledgeSpec(
        roots=_outermost(fields),
        include=fields.get("include", _patterns, ()),
        exclude=fields.get("exclude", _patterns, ()),
        max_size=fields.get("max_size", readers.size, _DEFAULT.max_size),
        rescan=fields.get("rescan", _rescan, _DEFAULT.rescan),
        fetch=fields.get("fetch", readers.one_line, None),
        cadences={**CADENCES, **fields.get("cadences", _cadences, {})},
    )


def _outermost(fields: Fields) -> tuple[Path, ...]:
    """Without those that lie in others: no file is there twice."""
    found = {one: Path(os.path.realpath(one)) for one in fields.get("roots", _roots, ())}
    for one, real in found.items():
        around = next((other for other, outer in found.items() if outer != real and real.is_relative_to(outer)), None)
        if around is not None:
            fields.place.warning(f"the root `{one}` lies in `{around}`", "Leave it out: its files are there already")
    outer = {
        real
        for real in found.values()
        if not any(real != other and real.is_relative_to(other) for other in found.values())
    }
    return tuple(dict.fromkeys(real for real in found.values() if real in outer))


def _rescan(place: Place) -> float | None:
    seconds = readers.some_time(place)
    if seconds is not None and seconds < _LEAST_RESCAN:
        place.error(
            f"{place.kind} is too often to look through everything", "Write 10s or more; changes are seen at once"
        )
        return None
    return seconds


def _cadences(place: Place) -> Mapping[Tier, Cron | Every] | None:
    fields = place.fields(TIERS)
    if fields is None:
        return None
    found: dict[Tier, Cron | Every] = {}
    for tier in TIERS:
        value = fields.at(tier)
        rule = None if value is None else _cadence(value)
        if rule is not None:
            found[tier] = rule
    return found


def _cadence(place: Place) -> Cron | Every | None:
    """`"0 9 * * 1"`, `@weekly` or `7d`."""
    text = readers.one_line(place)
    if text is None:
        return None
    try:
        if text.startswith("@") or len(text.split()) > 1:
            return rules.cron(text)
        return rules.every(values.duration(text))
    except (WrongRule, values.WrongValue) as wrong:
        place.error(str(wrong), f"{wrong.hint}; or an interval such as 7d")
        return None
