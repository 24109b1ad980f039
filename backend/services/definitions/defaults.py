"""The `defaults` section: what every service has that does not say otherwise.

It is merged on the nodes of the file, so a fault in it is told at its own line, and once.
"""

from __future__ import annotations

from typing import Any

from yaml.nodes import MappingNode, Node, ScalarNode

from backend.services.definitions import policies, readers
from backend.services.definitions.nodes import IMPLICIT
from backend.services.definitions.paths import folder
from backend.services.definitions.place import Place, Reader
from backend.services.definitions.service import autostart, env_file, environment, lifetime, tags

NO_DEFAULT = ("name", "description", "command", "port", "log_file", "url", "depends_on")
_READERS: dict[str, Reader[Any]] = {
    "cwd": folder,
    "env": environment,
    "env_file": env_file,
    "tags": tags,
    "autostart": autostart,
    "lifetime": lifetime,
    "start_seconds": readers.duration,
    "restart": policies.restart,
    "health": policies.health_timing,
    "stop": policies.stop,
    "limits": policies.limits,
    "log": policies.log,
    "usage": policies.usage,
}
DEFAULT_KEYS = tuple(_READERS)
_MERGED = ("env", "restart", "health", "stop", "limits", "log", "usage")  # key by key
_ONLY_BESIDE_OWN = ("health",)  # an interval is no health check
_SHORT = {"restart": "when"}

Pairs = list[tuple[Node, Node]]


def check_defaults(place: Place) -> None:
    """Tells what is wrong with the section itself, also where no service uses it."""
    fields = place.fields(DEFAULT_KEYS, dict.fromkeys(NO_DEFAULT, "services.<id>"))
    if fields is None:
        return
    for key, read in _READERS.items():
        fields.get(key, read, None)


def merge_defaults(root: MappingNode) -> None:
    """Adds the defaults to each service of the file, behind the keys that it has itself. In place."""
    sections = {key.value: value for key, value in root.value if isinstance(key, ScalarNode)}
    defaults, services = sections.get("defaults"), sections.get("services")
    if not isinstance(defaults, MappingNode) or not isinstance(services, MappingNode):
        return
    usable: Pairs = []
    for key, value in defaults.value:
        if isinstance(key, ScalarNode) and key.value in DEFAULT_KEYS:
            usable.append((key, value))
    services.value = [
        (key, _with(usable, value) if isinstance(value, MappingNode) else value) for key, value in services.value
    ]


def _with(defaults: Pairs, service: MappingNode) -> MappingNode:
    own = {key.value: value for key, value in service.value if isinstance(key, ScalarNode)}
    pairs = [
        (key, _deepened(key.value, value, defaults)) if isinstance(key, ScalarNode) else (key, value)
        for key, value in service.value
    ]
    pairs += [(key, value) for key, value in defaults if key.value not in own and key.value not in _ONLY_BESIDE_OWN]
    return _like(service, pairs)


def _deepened(name: str, value: Node, defaults: Pairs) -> Node:
    given = next((found for key, found in defaults if key.value == name), None)
    if given is None or name not in _MERGED:
        return value
    mine, theirs = _as_mapping(name, value), _as_mapping(name, given)
    if mine is None or theirs is None:
        return value
    have = {key.value for key, _ in mine.value if isinstance(key, ScalarNode)}
    return _like(value, [*mine.value, *(pair for pair in theirs.value if pair[0].value not in have)])


def _as_mapping(name: str, node: Node) -> MappingNode | None:
    """`restart: always` counts as `restart: {when: always}`."""
    if isinstance(node, ScalarNode) and name in _SHORT:
        return _like(node, [(ScalarNode(IMPLICIT, _SHORT[name], node.start_mark, node.end_mark), node)])
    return node if isinstance(node, MappingNode) else None


def _like(node: Node, pairs: Pairs) -> MappingNode:
    return MappingNode(IMPLICIT, pairs, node.start_mark, node.end_mark)
