"""A value in the file together with where it stands, so that whoever reads it can say what is wrong with it.

Every section of the file is read through these two: `Place` is one value, `Fields` the keys of one mapping. Nothing
here knows what a service is.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, TypeVar

from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from backend.services.definitions.faults import Report, Severity, nearest
from backend.services.definitions.nodes import IMPLICIT
from backend.services.definitions.source import Stamp
from backend.services.definitions.variables import expand

Noun = Literal["service", "module", "budget"]
T = TypeVar("T")
D = TypeVar("D")

_NULLS = frozenset(("", "~", "null", "Null", "NULL", "None", "None,"))
_STANDARD = "tag:yaml.org,2002:"
_TAGS = frozenset((IMPLICIT, *(_STANDARD + name for name in ("str", "int", "float", "bool", "null", "map", "seq"))))
_RAW_STRING = re.compile(r"[rR]([\"'])(.*)\1,?")
_PYTHON = re.compile(
    r"[fFbBuU][\"'].*|(?:os\.(?:environ|path|getenv|getcwd)|sys\.executable)\b.*|(?:Path|dict|str)\(.*"
)


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a definitions file is read against. `search_path` is the PATH that services get, `center` the values of
    `${center:…}`."""

    folder: Path
    log_dir: Path
    environ: Mapping[str, str]
    search_path: str
    center: Mapping[str, str]


@dataclass(slots=True)
class Reading:
    """One reading of one file: what is gathered on the way."""

    report: Report
    around: Surroundings
    secrets: list[str] = field(default_factory=list)
    env_files: dict[Path, Stamp] = field(default_factory=dict)
    folders: dict[str, Path] = field(default_factory=dict)  # those that are there, by how they are written
    programs: dict[tuple[str, Path | None, str], bool] = field(default_factory=dict)  # program, folder, search path
    declared: dict[Noun, Collection[str]] = field(default_factory=dict)  # the ids of these that there can be
    referred: list[tuple[Noun, str, Place]] = field(default_factory=list)  # ids of these that are named, and where


def _is_null(node: Node) -> bool:
    return isinstance(node, ScalarNode) and node.value in _NULLS and not node.style


class Place:
    __slots__ = ("_key", "_parent", "node", "reading")

    def __init__(self, node: Node, reading: Reading, parent: Place | None = None, key: str = "") -> None:
        self.node, self.reading, self._parent, self._key = node, reading, parent, key

    @property
    def path(self) -> str:
        above = self._parent.path if self._parent else ""
        dot = "." if above and not self._key.startswith("[") else ""
        return f"{above}{dot}{self._key}"

    def error(self, message: str, hint: str) -> None:
        self._add("error", self.node, message, hint)

    def warning(self, message: str, hint: str) -> None:
        self._add("warning", self.node, message, hint)

    def _add(self, severity: Severity, node: Node, message: str, hint: str, path: str | None = None) -> None:
        place = (node.start_mark.line + 1, node.start_mark.column + 1)
        self.reading.report.add(severity, place, message, hint, self.path if path is None else path)

    def refers_to(self, noun: Noun, name: str) -> None:
        """This is the id of something that another section declares."""
        self.reading.referred.append((noun, name, self))

    @property
    def is_null(self) -> bool:
        """Nothing, in YAML's words or in Python's."""
        return _is_null(self.node)

    @property
    def raw(self) -> str:
        """A scalar as it stands in the file; empty for anything else. Fit for a message, unlike an expanded text."""
        return str(self.node.value) if isinstance(self.node, ScalarNode) else ""

    @property
    def written(self) -> str:
        """A value of one line with its quotes and escapes, as in the file; empty where it takes more lines."""
        start, end = self.node.start_mark, self.node.end_mark
        lines = self.reading.report.lines
        return lines[start.line][start.column : end.column] if start.line == end.line < len(lines) else ""

    @property
    def plain(self) -> bool:
        """A scalar without quotes."""
        return isinstance(self.node, ScalarNode) and not self.node.style

    @property
    def kind(self) -> str:
        if isinstance(self.node, MappingNode):
            return "a mapping"
        if isinstance(self.node, SequenceNode):
            return "a list"
        return "nothing" if self.is_null else f"`{self.raw[:60]}`"

    @property
    def double_quoted(self) -> bool:
        return isinstance(self.node, ScalarNode) and self.node.style == '"'

    def scalar(self, wanted: str) -> str | None:
        """The text with its variables expanded, or None with a fault. `wanted` ends the sentence *this must be …*."""
        node = self.node
        if not isinstance(node, ScalarNode) or _is_null(node):
            self.error(f"this must be {wanted}, not {self.kind}", f"Write {wanted}")
            return None
        if node.tag not in _TAGS:
            self._refuse_tag()
            return None
        value: str = node.value
        if not node.style and value[:1] in "rRfFbBuUosPd" and (unwrapped := self._python(value)) != value:
            if unwrapped is None:
                return None
            value = unwrapped
        return self._expanded(value) if "${" in value else value

    def _python(self, value: str) -> str | None:
        if raw := _RAW_STRING.fullmatch(value):
            return raw.group(2)
        if value[:2] in ('r"', "r'", 'R"', "R'"):
            self.error("this Python raw string does not end where the value ends", r"Use single quotes: 'C:\ComfyUI'")
            return None
        if _PYTHON.fullmatch(value):
            hint = "Write its value; ${env:NAME} reads a variable, ${center:python} is a Python"
            self.error(f"`{value[:60]}` is Python", hint)
            return None
        return value

    def _expanded(self, value: str) -> str:
        around = self.reading.around
        result = expand(value, around.environ, around.center)
        self.reading.secrets.extend(result.secrets)
        for severity, message, hint in result.faults:
            self._add(severity, self.node, message, hint)
        return result.text

    def _refuse_tag(self) -> None:
        tag = self.node.tag.replace(_STANDARD, "!!")
        self.error(f"the tag {tag} means nothing here", "Remove it, or put the text in quotes")

    def items(self, example: str) -> list[Place] | None:
        """The items of a list; `example` shows one in the hint."""
        if not isinstance(self.node, SequenceNode):
            self.error(f"this must be a list, not {self.kind}", f"Write it in square brackets: {example}")
            return None
        if self.node.tag not in _TAGS:
            self._refuse_tag()
        return [Place(item, self.reading, self, f"[{index}]") for index, item in enumerate(self.node.value)]

    def fields(self, known: Collection[str] | None, elsewhere: Mapping[str, str] | None = None) -> Fields | None:
        """The keys of a mapping; every key that is not `known` is told, with what it was called here (`elsewhere` maps
        the names that other programs use). Without `known` all keys are taken."""
        if not isinstance(self.node, MappingNode):
            self.error(f"this must be a mapping, not {self.kind}", "Write `key: value` lines below it, indented")
            return None
        if self.node.tag not in _TAGS:
            self._refuse_tag()
        found: dict[str, tuple[Node, Node]] = {}
        meant: set[str | None] = set()
        for key, value in self.node.value:
            if not isinstance(key, ScalarNode):
                self._add("error", key, "a key must be text", "Put a word before the colon")
            elif key.value in found:
                line = found[key.value][0].start_mark.line + 1
                hint = f"It stands in line {line} already: remove one of the two"
                self._add("error", key, f"the key `{key.value}` is repeated", hint, self._below(key.value))
            elif known is not None and key.value not in known:
                meant.add(self._unknown(key, known, elsewhere or {}))
            else:
                found[key.value] = (key, value)
        return Fields(self, found, meant)

    def _below(self, key: str) -> str:
        return f"{self.path}.{key}" if self.path else key

    def _unknown(self, key: ScalarNode, known: Collection[str], elsewhere: Mapping[str, str]) -> str | None:
        """Tells of it, and gives the key that was probably meant."""
        meant = elsewhere.get(key.value.lower()) or nearest(key.value, known)
        hint = f"Did you mean `{meant}`?" if meant else f"There is: {', '.join(known)}"
        self._add(
            "error", key, f"`{key.value}` is not a key of {self.path or 'this file'}", hint, self._below(key.value)
        )
        return meant


Reader = Callable[[Place], T | None]


class Fields:
    """The keys that a mapping gives. A key without a value counts as not given."""

    __slots__ = ("_found", "_meant", "place")

    def __init__(
        self, place: Place, found: dict[str, tuple[Node, Node]], meant: Collection[str | None] = frozenset()
    ) -> None:
        """`meant` are the keys that unknown ones probably stand for."""
        self.place, self._found, self._meant = place, found, meant

    def __iter__(self) -> Iterator[str]:
        return iter(self._found)

    def __contains__(self, name: str) -> bool:
        return self.at(name) is not None

    def lacks(self, name: str) -> bool:
        """It is not given, and nothing was told of another key that was probably meant for it."""
        return name not in self and name not in self._meant

    def at(self, name: str) -> Place | None:
        pair = self._found.get(name)
        if pair is None:
            return None
        return None if _is_null(pair[1]) else Place(pair[1], self.place.reading, self.place, name)

    def key(self, name: str) -> Place:
        """Where the key itself stands, for what is wrong with a name."""
        return Place(self._found[name][0], self.place.reading, self.place, name)

    def get(self, name: str, read: Reader[T], default: D) -> T | D:
        """What `read` makes of the value; `default` where none is given, and where a fault has been told."""
        if name not in self._found or (place := self.at(name)) is None:
            return default
        value = read(place)
        return default if value is None else value
