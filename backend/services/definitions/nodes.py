"""Text to a graph of YAML nodes that keep their lines and columns.

libyaml composes where it is there, pure Python where it is not; both are safe: no node becomes an object. Scalars stay
what the person wrote (`no` is the word no), and whoever reads a value says what it must be. Text that would exhaust the
stack or memory is refused before it can.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import yaml
from yaml.composer import Composer
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode
from yaml.parser import Parser
from yaml.reader import Reader
from yaml.scanner import Scanner

from backend.services.definitions.faults import Report
from backend.services.definitions.source import Unreadable
from backend.services.definitions.syntax import explain

T = TypeVar("T")
IMPLICIT = "implicit"  # the tag of every node that has none of its own
MAX_DEPTH = 50
MAX_NODES = 200_000
_MAX_COMMAS = 300
_SURE_DEPTH = 1000  # the composer recurses in C, where a thread's stack has room for more than this


class _Tags:
    """Resolves nothing: what a scalar means depends on the key that it stands under."""

    def resolve(self, kind: type[Node], value: str, implicit: object) -> str:
        return IMPLICIT

    def descend_resolver(self, parent: Node | None, index: object) -> None:
        pass

    def ascend_resolver(self) -> None:
        pass


class PythonLoader(_Tags, Reader, Scanner, Parser, Composer):
    def __init__(self, text: str) -> None:
        Reader.__init__(self, text)
        Scanner.__init__(self)
        Parser.__init__(self)
        Composer.__init__(self)


def _fastest() -> Any:
    if not yaml.__with_libyaml__:
        return PythonLoader
    from yaml._yaml import CParser

    class NativeLoader(_Tags, CParser):
        pass

    return NativeLoader


Loader: Any = _fastest()


def compose(text: str, lines: Sequence[str], report: Report, loader: Any = Loader) -> Node | None:
    """The root node; None for a file that holds nothing. Raises `Unreadable` with the first fault of the syntax.

    A comma at the end of a line of a pasted Python block is left out, with a warning.
    """
    if text.lstrip().startswith("{"):
        text = text.replace("\t", " ")  # JSON may be indented with tabs, YAML may not

    def single_node(tidy: str) -> Node | None:
        _check_depth(tidy, lines, loader)
        root: Node | None = loader(tidy).get_single_node()
        return root

    root, text = without_commas(single_node, text, lines, report)
    if root is not None and "&" in text:
        _check_extent(root)
    return root


def without_commas(parse: Callable[[str], T], text: str, lines: Sequence[str], report: Report) -> tuple[T, str]:
    """What `parse` makes of the text, and the text, each comma behind a block replaced by a space in it."""
    for _ in range(_MAX_COMMAS):
        try:
            return parse(text), text
        except yaml.YAMLError as error:
            text = _without_comma(error, text, lines, report)
    raise Unreadable((1, 1), f"more than {_MAX_COMMAS} blocks end in a comma", "Remove the commas at the ends of lines")


def _without_comma(error: yaml.YAMLError, text: str, lines: Sequence[str], report: Report) -> str:
    mark = getattr(error, "problem_mark", None)
    if (
        mark is None
        or "parsing a block" not in str(getattr(error, "context", ""))
        or text[mark.index : mark.index + 1] != ","
    ):
        raise explain(error, lines) from None
    rest = lines[mark.line][mark.column + 1 :].strip()
    if rest and not rest.startswith("#"):
        raise explain(error, lines) from None
    place = (mark.line + 1, mark.column + 1)
    report.add(
        "warning", place, "the comma after this block is left out", "Remove it: in YAML a block ends with its line"
    )
    return f"{text[: mark.index]} {text[mark.index + 1 :]}"


def _check_depth(text: str, lines: Sequence[str], loader: Any) -> None:
    """Refuses what nests deeper than `MAX_DEPTH`; looks closer only where brackets or columns allow it."""
    if text.count("[") + text.count("{") + 2 * max(map(len, lines), default=0) < _SURE_DEPTH:
        return
    parser, depth = loader(text), 0
    while (event := parser.get_event()) is not None:
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > MAX_DEPTH:
            mark = event.start_mark
            message = f"blocks are nested deeper than {MAX_DEPTH} here"
            raise Unreadable((mark.line + 1, mark.column + 1), message, "Is a bracket or a brace missing before it?")


def _check_extent(root: Node) -> None:
    """Refuses anchors that stand for themselves, and aliases that multiply until memory ends."""
    known: dict[int, int] = {}
    open_nodes: set[int] = set()

    def extent(node: Node) -> int:
        key = id(node)
        if key in known:
            return known[key]
        if key in open_nodes:
            raise _unreadable(node, "this anchor (&) holds an alias (*) of itself", "Repeat what is meant instead")
        open_nodes.add(key)
        total = 1 + sum(extent(child) for child in _children(node))
        open_nodes.discard(key)
        if total > MAX_NODES:
            raise _unreadable(node, "aliases (*) multiply this to more than a machine can hold", "Repeat less")
        known[key] = total
        return total

    extent(root)


def _children(node: Node) -> list[Node]:
    if isinstance(node, MappingNode):
        return [part for pair in node.value for part in pair]
    return list(node.value) if isinstance(node, SequenceNode) else []


def _unreadable(node: Node, message: str, hint: str) -> Unreadable:
    return Unreadable((node.start_mark.line + 1, node.start_mark.column + 1), message, hint)


def flatten_merge_keys(root: Node, seen: set[int] | None = None) -> None:
    """Puts the pairs of `<<` where they belong: behind the mapping's own, which win. In place, once for each node."""
    seen = set() if seen is None else seen
    if id(root) in seen:
        return
    seen.add(id(root))
    for child in _children(root):
        flatten_merge_keys(child, seen)
    if isinstance(root, MappingNode):
        root.value = _flattened(root)


def _flattened(node: MappingNode) -> list[tuple[Node, Node]]:
    own = [pair for pair in node.value if not _is_merge(pair[0])]
    have = {key.value for key, _ in own if isinstance(key, ScalarNode)}
    for _, value in (pair for pair in node.value if _is_merge(pair[0])):
        for source in value.value if isinstance(value, SequenceNode) else [value]:
            if not isinstance(source, MappingNode):
                raise _unreadable(source, "`<<` takes a mapping", "Write the alias of a mapping: `<<: *name`")
            fresh = [pair for pair in source.value if not isinstance(pair[0], ScalarNode) or pair[0].value not in have]
            have.update(key.value for key, _ in fresh if isinstance(key, ScalarNode))
            own.extend(fresh)
    return own


def _is_merge(key: Node) -> bool:
    return isinstance(key, ScalarNode) and key.value == "<<" and not key.style
