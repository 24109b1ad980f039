"""What is wrong between services: ids and logs that are shared, dependencies that lead nowhere or in a circle."""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping

from yaml.nodes import MappingNode, SequenceNode

from backend.services.definitions.faults import nearest
from backend.services.definitions.model import ServiceSpec
from backend.services.definitions.place import Place

Places = Mapping[str, tuple[Place, Place]]  # of each service: where its id stands, and where its definition


def check_relations(specs: Mapping[str, ServiceSpec], places: Places, ids: Collection[str]) -> None:
    """`ids` are all that the file has, those of services that could not be read included."""
    _shared_ids(places)
    _shared_logs(specs, places)
    unknown = _unknown_dependencies(specs, places, ids)
    _cycles({name: [on for on in spec.depends_on if on not in unknown] for name, spec in specs.items()}, places)


def _shared_ids(places: Places) -> None:
    first: dict[str, str] = {}
    for name, (key, _) in places.items():
        other = first.setdefault(name.lower(), name)
        if other != name:
            line = places[other][0].node.start_mark.line + 1
            key.error(f"`{name}` and `{other}` (line {line}) differ only in case", "Give one of them another id")


def _shared_logs(specs: Mapping[str, ServiceSpec], places: Places) -> None:
    first: dict[str, str] = {}
    for name, spec in specs.items():
        other = first.setdefault(os.path.normcase(spec.log_file).lower(), name)
        if other != name and other.lower() != name.lower():
            key, definition = places[name]
            place = _child(definition, "log_file") or key
            place.error(f"`{other}` writes to this log file too", f"Leave log_file out to get {name}.log")


def _unknown_dependencies(specs: Mapping[str, ServiceSpec], places: Places, ids: Collection[str]) -> set[str]:
    unknown, known = set(), set(ids)
    for name, spec in specs.items():
        for on in spec.depends_on:
            if on in known and on != name:
                continue
            place = _dependency_place(places[name][1], on)
            if on == name:
                place.error(f"`{name}` depends on itself", "Remove it")
            else:
                close = nearest(on, ids)
                hint = f"Did you mean `{close}`?" if close else f"There is: {', '.join(ids)}"
                place.error(f"there is no service `{on}`", hint)
                unknown.add(on)
    return unknown


def _child(definition: Place, name: str) -> Place | None:
    if isinstance(definition.node, MappingNode):
        for key, value in definition.node.value:
            if key.value == name:
                return Place(value, definition.reading, definition, name)
    return None


def _dependency_place(definition: Place, name: str) -> Place:
    """The word itself, wherever it stands in `depends_on`."""
    place = _child(definition, "depends_on") or definition
    parts = place.node.value if isinstance(place.node, SequenceNode) else [pair[0] for pair in place.node.value]
    for index, node in enumerate(parts):
        if node.value == name:
            key = f"[{index}]" if isinstance(place.node, SequenceNode) else name
            return Place(node, place.reading, place, key)
    return place


def _cycles(edges: Mapping[str, list[str]], places: Places) -> None:
    """Each circle is told once, spelled out, at the first dependency in it."""
    done: set[str] = set()
    for start in edges:
        trail: dict[str, None] = {}  # in order
        todo = [(start, iter(edges[start]))] if start not in done else []
        while todo:
            name, rest = todo[-1]
            trail[name] = None
            following = next((on for on in rest if on in edges and on not in done and on != name), None)
            if following is None:
                done.add(name)
                trail.popitem()
                todo.pop()
            elif following in trail:
                _tell_cycle([*trail][[*trail].index(following) :], places)
            else:
                todo.append((following, iter(edges[following])))


def _tell_cycle(circle: list[str], places: Places) -> None:
    first = circle[0]
    place = _dependency_place(places[first][1], circle[1])
    place.error(f"services wait for each other: {' → '.join([*circle, first])}", "Remove one of these dependencies")
