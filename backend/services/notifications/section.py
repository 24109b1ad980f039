"""The `notifications` section of the configuration.

notifications:
  group: 10s
  targets:
    phone: tgram://123456:ABC/987
    desk: {url: desktop://, on: [crash, alert], quiet: {from: "22:00", to: "07:00"}}
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import time
from urllib.parse import urlsplit

from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from backend.services.definitions import readers
from backend.services.definitions.faults import nearest
from backend.services.definitions.place import Place, Reader
from backend.services.definitions.references import id_of
from backend.services.definitions.service import is_id
from backend.services.notifications.addresses import secrets_of
from backend.services.notifications.model import KINDS, SEVERITIES, USUAL, Kind, Quiet, Section, Severity, Target
from backend.services.notifications.template import FIELDS, Template, unknown_names

MOST_TARGETS = 50
LONGEST_GROUP = 3600.0  # seconds
MOST_TEXT = 2000
_ADDRESS = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://\S*")
_CLOCK = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)")
_TARGET_KEYS = ("url", "on", "services", "modules", "min_severity", "quiet", "template", "per_hour")


def section(place: Place) -> Section:
    for text in _scalars(place.node):  # also where an address stands at the wrong place: a fault may repeat it
        place.reading.secrets.extend(secrets_of(text))
    fields = place.fields(("targets", "group"))
    if fields is None:
        return Section()
    return Section(fields.get("targets", _targets, {}), fields.get("group", _group, Section().group))


def _group(place: Place) -> float | None:
    seconds = readers.duration(place)
    if seconds is not None and seconds > LONGEST_GROUP:
        place.error(f"{place.kind} is too long to wait for more of a kind", "Write an hour at most, such as 30s")
        return None
    return seconds


def _scalars(root: Node) -> Iterator[str]:
    """Each once, however often it is referred to."""
    seen: set[int] = set()
    left = [root]
    while left:
        node = left.pop()
        if id(node) in seen:
            continue
        seen.add(id(node))
        if isinstance(node, ScalarNode):
            yield node.value
        elif isinstance(node, SequenceNode):
            left.extend(node.value)
        elif isinstance(node, MappingNode):
            left.extend(value for _, value in node.value)


def _targets(place: Place) -> dict[str, Target] | None:
    fields = place.fields(None)
    if fields is None:
        return None
    names = [name for name in fields if is_id(fields.key(name))]
    if len(names) > MOST_TARGETS:
        place.error(f"these are {len(names)} targets", f"There are at most {MOST_TARGETS}")
    found = {}
    for name in names:
        if (one := fields.at(name)) is None:
            fields.key(name).error(
                f"the target `{name}` has no address", "Write desktop://, https://… or what Apprise has"
            )
        elif (target := _target(name, one)) is not None:
            found[name] = target
    return found


def _target(name: str, place: Place) -> Target | None:
    if isinstance(place.node, ScalarNode):
        url = _address(place)
        return None if url is None else Target(name, url)
    fields = place.fields(_TARGET_KEYS)
    if fields is None:
        return None
    if "url" not in fields:
        place.error("`url` is missing", "Write desktop://, https://… or an address of Apprise")
        return None
    url = fields.get("url", _address, None)
    on: tuple[Kind, ...] | None = fields.get("on", _kinds, None)
    quiet = fields.get("quiet", _quiet, None)
    services, modules = fields.get("services", _services, None), fields.get("modules", _modules, None)
    template = fields.get("template", _template, None)
    per_hour = fields.get("per_hour", readers.integer(1, 3600, "a number of messages"), 60)
    least: Severity = fields.get("min_severity", _severity, "info")
    if url is None:
        return None
    return Target(
        name,
        url,
        on=USUAL if on is None else frozenset(on),
        services=None if services is None else frozenset(services),
        modules=None if modules is None else frozenset(modules),
        min_severity=least,
        quiet=quiet,
        template=template,
        per_hour=per_hour,
    )


def _address(place: Place) -> str | None:
    value = readers.one_line(place)
    if value is None:
        return None
    place.reading.secrets.extend(secrets_of(value))
    found = _ADDRESS.fullmatch(value)
    if found is None:
        hint = "Write desktop://, https://… or an address of Apprise such as mailto://… or tgram://…"
        place.error("this is not the address of a target", hint)
        return None
    if found[1].lower() in {"http", "https"} and not _has_host(value):
        place.error("this web address has no host", "Write it in full: https://host/path")
        return None
    return value


def _has_host(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


_kind: Reader[Kind] = readers.choice(KINDS)
_kinds: Reader[tuple[Kind, ...]] = readers.one_or_more(
    _kind,
    "[crash, alert]",
    none=("this target would hear of nothing", "Leave `on` out for the usual, or write [crash, alert]"),
)
_services = readers.one_or_more(id_of("service"), "[comfyui]")
_modules = readers.one_or_more(id_of("module"), "[backup]")
_severity: Reader[Severity] = readers.choice(SEVERITIES)


def _quiet(place: Place) -> Quiet | None:
    fields = place.fields(("from", "to"))
    if fields is None:
        return None
    if "from" not in fields or "to" not in fields:
        place.error("these hours have no beginning or no end", 'Write {from: "22:00", to: "07:00"}')
        return None
    begin, end = fields.get("from", _clock, None), fields.get("to", _clock, None)
    if begin is None or end is None:
        return None
    if begin == end:
        place.error("these hours end when they begin", 'Write {from: "22:00", to: "07:00"}')
        return None
    return Quiet(begin, end)


def _clock(place: Place) -> time | None:
    value = place.scalar('a time of the day such as "22:00"')
    if value is None:
        return None
    found = _CLOCK.fullmatch(value)
    if found is None:
        place.error(f"{place.kind} is not a time of the day", 'Write it in quotes: "22:00"')
        return None
    return time(int(found[1]), int(found[2]))


def _template(place: Place) -> Template | None:
    value = readers.text(place)
    if value is None:
        return None
    if len(value) > MOST_TEXT:
        place.error(f"this text has {len(value)} characters", f"It has at most {MOST_TEXT}")
        return None
    unknown = next(unknown_names(value), None)
    if unknown is not None:
        meant = nearest(unknown, FIELDS)
        hint = f"Did you mean {{{meant}}}?" if meant else f"There is: {', '.join(FIELDS)}; {{{{ stands for a brace"
        place.error(f"{{{unknown}}} is not a field of messages", hint)
        return None
    return Template(value)
