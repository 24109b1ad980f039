"""A definitions file, read: text → nodes → merge keys → defaults → variables and values → relations. Every step is pure
but for looking whether folders, programs and env files are there; none changes anything.

All faults are found, not the first one. The file is fit to be applied when none of them is an error.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from yaml.nodes import MappingNode, Node, ScalarNode

from backend.core.secrets import worth_hiding
from backend.services.definitions.defaults import check_defaults, merge_defaults
from backend.services.definitions.faults import Fault, Report, nearest
from backend.services.definitions.model import ServiceSpec
from backend.services.definitions.nodes import Loader, compose, flatten_merge_keys
from backend.services.definitions.place import Fields, Place, Reading, Surroundings
from backend.services.definitions.references import check_references
from backend.services.definitions.relations import check_relations
from backend.services.definitions.service import SERVICE_KEYS, named_id, read_service
from backend.services.definitions.source import Stamp, Unreadable, check_printable, read_text
from backend.services.definitions.variables import center_variables

SECTIONS = ("services", "modules", "knowledge", "usage", "alerts", "notifications", "retention", "defaults")
OWN_KEYS = "x-"  # keys that begin so are the person's own, a place for anchors

SectionLoader = Callable[[Place], Any]
"""What an area makes of its section; it tells faults at the places that it reads."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """`services` and `sections` hold what could be read; apply them only when `good`. `secrets` are values to redact,
    `env_files` the files beside this one that it depends on, as they were."""

    services: Mapping[str, ServiceSpec] = field(default_factory=dict)
    sections: Mapping[str, Any] = field(default_factory=dict)
    faults: tuple[Fault, ...] = ()
    secrets: frozenset[str] = frozenset()
    env_files: Mapping[Path, Stamp] = field(default_factory=dict)
    text: str = ""

    @property
    def good(self) -> bool:
        return all(fault.severity != "error" for fault in self.faults)


def surroundings(
    path: Path,
    *,
    log_dir: Path,
    root: Path,
    environ: Mapping[str, str] | None = None,
    search_path: str | None = None,
) -> Surroundings:
    """What the file at `path` is read against. `root` is the folder of the project."""
    given = os.environ if environ is None else environ
    search = given.get("PATH", os.defpath) if search_path is None else search_path
    return Surroundings(path.parent, log_dir, given, search, center_variables(root))


def load_file(path: Path, around: Surroundings, sections: Mapping[str, SectionLoader] | None = None) -> Loaded:
    """A file that cannot be read is one error; only `OSError` is raised, for a file that is not there at all."""
    try:
        text = read_text(path)
    except Unreadable as unreadable:
        report = Report(())
        report.add("error", unreadable.place, unreadable.message, unreadable.hint)
        return Loaded(faults=report.faults())
    return load(text, around, sections)


def load(
    text: str, around: Surroundings, sections: Mapping[str, SectionLoader] | None = None, loader: Any = Loader
) -> Loaded:
    """`sections` are the loaders of the areas that this version has; a section without one is kept for later."""
    lines = text.splitlines()
    reading = Reading(Report(lines), around)
    services: dict[str, ServiceSpec] = {}
    results: dict[str, Any] = {}
    try:
        check_printable(text)
        root = compose(text, lines, reading.report, loader)
        if root is not None:
            services, results = _read_root(root, text, reading, sections or {})
    except Unreadable as unreadable:
        reading.report.add("error", unreadable.place, unreadable.message, unreadable.hint)
    return Loaded(
        services,
        results,
        reading.report.faults(),
        frozenset(filter(worth_hiding, reading.secrets)),
        reading.env_files,
        text,
    )


def _read_root(
    root: Node, text: str, reading: Reading, loaders: Mapping[str, SectionLoader]
) -> tuple[dict[str, ServiceSpec], dict[str, Any]]:
    if "<<" in text:
        flatten_merge_keys(root)
    place = Place(root, reading)
    if place.is_null:
        return {}, {}
    if not isinstance(root, MappingNode):
        place.error(
            f"the file must be a mapping, not {place.kind}", "Begin with `services:` and put each service below it"
        )
        return {}, {}
    sections = _sections(place)
    if sections is None:
        return {}, {}
    if (defaults := sections.at("defaults")) is not None:
        check_defaults(defaults)
        merge_defaults(root)
    results = {name: _section(name, sections, loaders) for name in sections if name not in ("services", "defaults")}
    services = sections.at("services")
    specs = {} if services is None else _read_services(services)
    check_references(reading, tuple(sections))
    return specs, results


def _sections(place: Place) -> Fields | None:
    """The sections, after every other key has been told; what looks like a service is told as one."""
    fields = place.fields(None)
    if fields is None:
        return None
    for name in fields:
        if name in SECTIONS or name.startswith(OWN_KEYS):
            continue
        key, value = fields.key(name), fields.at(name)
        if value is not None and _is_service(value.node):
            key.error(
                f"the service `{name}` stands beside `services:`, not in it", "Indent it and its lines by two spaces"
            )
        elif name in SERVICE_KEYS:
            key.error(f"`{name}` belongs to a service", "Put it below the id of a service, and that below `services:`")
        else:
            meant = nearest(name, SECTIONS)
            hint = (
                f"Did you mean `{meant}`?"
                if meant
                else f"There is: {', '.join(SECTIONS)}; keys of your own begin with x-"
            )
            key.error(f"`{name}` is not a section of this file", hint)
    return fields


def _is_service(node: Node) -> bool:
    return isinstance(node, MappingNode) and any(
        isinstance(key, ScalarNode) and key.value == "command" for key, _ in node.value
    )


def _section(name: str, sections: Fields, loaders: Mapping[str, SectionLoader]) -> Any:
    value = sections.at(name)
    if name not in SECTIONS or value is None:
        return None
    if name not in loaders:
        sections.key(name).warning(f"`{name}` is not used by this version", "It may stay: nothing of it is lost")
        return None
    return loaders[name](value)


def _read_services(place: Place) -> dict[str, ServiceSpec]:
    if not isinstance(place.node, MappingNode):
        place.error(f"services must be a mapping, not {place.kind}", "Write an id, and its settings indented below it")
        return {}
    fields = place.fields(None)
    place.reading.declared["service"] = tuple(fields or ())
    specs: dict[str, ServiceSpec] = {}
    places: dict[str, tuple[Place, Place]] = {}
    for name in fields or ():
        assert fields is not None
        key, value = fields.key(name), fields.at(name)
        if value is None or not isinstance(value.node, MappingNode):
            _no_service(key, value)
        elif named_id(key) and (spec := read_service(value, key)) is not None:
            specs[name], places[name] = spec, (key, value)
    check_relations(specs, places, tuple(fields or ()))
    return specs


def _no_service(key: Place, value: Place | None) -> None:
    if key.raw in SERVICE_KEYS:
        key.error(f"`{key.raw}` stands where an id belongs", "Indent it by two spaces, below the id of its service")
    elif value is None:
        key.error(f"`{key.raw}` has no settings", "Write them below it, indented by two spaces: command: [...]")
    else:
        value.error(f"a service is a mapping, not {value.kind}", "Write `key: value` lines below the id, indented")
